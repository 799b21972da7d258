#include "runtime/progress.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace fullbase::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

/// A progress that writes into a string under a clock that only tests move.
struct Watched {
  explicit Watched(ProgressSettings settings) {
    settings.bar = false;
    progress.emplace(settings, log, [this] { return now; });
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> found;
    std::istringstream in(log.str());
    for (std::string one; std::getline(in, one);) found.push_back(one);
    return found;
  }
  Progress::Clock::time_point now{};
  std::ostringstream log;
  std::optional<Progress> progress;
};

TEST(Progress, ALogGetsALineAtTheStartAndTheEndAndThrottledOnesBetween) {
  ProgressSettings settings;
  settings.line_interval = seconds(20);
  Watched watched(settings);
  watched.progress->begin_step("segments", "kmeans", 2, 3);
  for (int i = 0; i < 100; ++i) {
    watched.now += seconds(1);
    watched.progress->update(i, 100, "iteration");
  }
  watched.progress->end_step(100, "8 rows");
  const auto lines = watched.lines();
  ASSERT_EQ(lines.size(), 1U + 5U + 1U);
  EXPECT_THAT(lines.front(), HasSubstr("[2/3] segments (kmeans)"));
  EXPECT_THAT(lines[2], HasSubstr("39 % iteration"));
  EXPECT_THAT(lines[2], HasSubstr("to go"));
  EXPECT_THAT(lines.back(), HasSubstr("8 rows"));
}

TEST(Progress, JsonLinesAreObjectsEvenIfTextIsNotUtf8) {
  ProgressSettings settings;
  settings.format = LogFormat::json;
  Watched watched(settings);
  watched.progress->begin_step("rfm", "rfm", 1, 1);
  watched.progress->warn("a name with \xff in it and a \"quote\"");
  watched.progress->end_step(0.5, "3 rows");
  std::vector<std::string> events;
  for (const auto& line : watched.lines()) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_TRUE(object.contains("time"));
    events.push_back(object.at("event"));
  }
  EXPECT_THAT(events, ::testing::ElementsAre("step_started", "message", "step_finished"));
}

TEST(Progress, QuietKeepsWarningsSilentKeepsNothing) {
  ProgressSettings settings;
  settings.quiet = true;
  Watched quiet(settings);
  quiet.progress->info("chatter");
  quiet.progress->warn("odd");
  EXPECT_THAT(quiet.log.str(), HasSubstr("Z warning odd"));
  EXPECT_THAT(quiet.log.str(), Not(HasSubstr("chatter")));

  settings.silent = true;
  Watched silent(settings);
  silent.progress->warn("odd");
  EXPECT_EQ(silent.log.str(), "");
}

}  // namespace
}  // namespace fullbase::runtime
