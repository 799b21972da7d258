#include "runtime/finished_steps.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "comm/agreement.hpp"
#include "runtime/fingerprint.hpp"
#include "runtime/step_json.hpp"
#include "store/file.hpp"
#include "store/file_seal.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::ordered_json;

constexpr const char* format_name = "fullbase step 1";

// What keeping a step costs: bytes through a core's hash and to disk, and what any file costs.
constexpr double bytes_a_second = 5e8;
constexpr double seconds_a_step = 0.03;

struct Kept {
  StepRecord record;
  store::FileSeal seal;
};

/// Nothing for a text that is none of ours.
std::optional<Kept> parse(const std::string& text) {
  try {
    const auto json = ordered_json::parse(text);
    if (json.at("format") != format_name) return std::nullopt;
    Kept kept{step_of_json(json.at("step"), json.at("digests")), {json.at("file").at("bytes"), json.at("file").at("hash")}};
    kept.record.seconds = json.at("step").at("seconds");
    if (!kept.record.fingerprint) return std::nullopt;
    return kept;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string text_of(const StepRecord& step, const store::FileSeal& seal) {
  const ordered_json json = {{"format", format_name},
                             {"file", {{"bytes", seal.bytes}, {"hash", seal.hash}}},
                             {"step", step_json(step)},
                             {"digests", digests_json(step)}};
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

FinishedSteps::FinishedSteps(comm::Communicator& communicator, const store::WorkFolder& folder, Progress& progress)
    : communicator_(communicator), folder_(folder), progress_(progress) {
  std::vector<std::string> texts;
  comm::collective_try(communicator, "finished steps", [&] {
    if (!communicator.is_root()) return;
    for (const auto& step : folder.recorded_steps()) {
      texts.push_back(step);
      texts.push_back(store::read_text(folder.step_record(step)));
    }
  });
  texts = communicator.broadcast_texts(texts);
  for (std::size_t i = 0; i < texts.size(); i += 2) found_.emplace(texts[i], texts[i + 1]);
}

std::optional<StepRecord> FinishedSteps::take(const std::string& id, const Fingerprint& now) {
  const auto found = found_.find(id);
  if (found == found_.end()) return std::nullopt;
  const auto kept = parse(found->second);
  std::string why;
  if (!kept) {
    why = "what is kept of it cannot be read";
  } else if (*kept->record.fingerprint != now) {
    why = difference(*kept->record.fingerprint, now);
  } else {
    std::string problem;
    try {
      if (store::seal_of(communicator_, folder_.step_file(id)) != kept->seal) problem = "is not what it was when it was written";
    } catch (const base::Error& error) {
      if (!error.is_known_to_all()) throw;
      problem = error.problem();
    }
    if (problem.empty()) return kept->record;
    progress_.warn(fmt::format("{} {}", folder_.step_file(id), problem));
    why = "what is kept of it is damaged";
  }
  progress_.info(fmt::format("step {} runs again: {}", id, why));
  folder_.discard_step(communicator_, id);
  return std::nullopt;
}

void FinishedSteps::add(const StepRecord& step) {
  waiting_.push_back(step);
  if (communicator_.broadcast_value(is_worth_it())) keep();
}

bool FinishedSteps::is_worth_it() const {
  double cost = 0;
  for (const auto& step : waiting_) cost += seconds_a_step + static_cast<double>(step.bytes_written) / bytes_a_second;
  return cost <= share_of_time * std::chrono::duration<double>(Clock::now() - kept_).count();
}

void FinishedSteps::keep() {
  const comm::StageScope stage(communicator_.statistics(), "keep steps");
  for (const auto& step : waiting_) {
    const auto file = folder_.step_file(step.id);
    // Every rank brings to disk what it wrote.
    comm::collective_try(communicator_, "keep step", [&] { store::File::open_write(file).sync(); });
    const auto seal = store::seal_of(communicator_, file);
    comm::collective_try(communicator_, "keep step", [&] {
      if (communicator_.is_root()) store::replace_text(folder_.step_record(step.id), text_of(step, seal));
    });
  }
  waiting_.clear();
  kept_ = Clock::now();
}

}  // namespace fullbase::runtime
