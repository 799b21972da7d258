// When a step's state is looked at, and kept, on a clock of the test's own.
#include "runtime/step_checkpoints.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "comm/launch.hpp"

namespace fullbase::runtime {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST(StepCheckpoints, AStateThatGrowsAndTakesTimeToCountIsKeptAndSeldomLookedAt) {
  std::string pattern = (fs::temp_directory_path() / "fullbase_checkpoints_XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const auto communicator = comm::single();
  store::WorkFolder folder(*communicator, pattern + "/result.h5");
  KeepingTime::Clock::time_point now;
  KeepingTime time(0.02, [&] { return now; });
  std::ostringstream log;
  Progress progress({}, log);
  StepCheckpoints checkpoints(*communicator, folder, "forest", {}, time, progress);

  // Grows as trees do that are grown one after the other; to keep it would take a third of what may be spent.
  const std::vector<std::uint8_t> bytes(100'000'000);
  std::int64_t size = 0;
  int looks = 0;
  const auto save = [&](data::StateWriter& writer) {
    ++looks;
    std::this_thread::sleep_for(5ms);
    writer.put("nodes", std::span(bytes).first(static_cast<std::size_t>(size)));
  };
  int rounds = 0;
  while (checkpoints.made() == 0 && size < std::ssize(bytes)) {
    now += 10ms;
    size = ++rounds * std::int64_t{16'300};
    checkpoints.end_round(save);
  }
  EXPECT_EQ(checkpoints.made(), 1) << looks << " looks in " << rounds << " rounds";
  EXPECT_LT(looks, 100);
  EXPECT_GT(checkpoints.seconds(), 0);
  folder.remove(*communicator);
  fs::remove_all(pattern);
}

}  // namespace
}  // namespace fullbase::runtime
