#include "runtime/finished_steps.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.hpp"
#include "comm/agreement.hpp"
#include "parallel/unstoppable.hpp"
#include "runtime/fingerprint.hpp"
#include "runtime/step_json.hpp"
#include "store/file.hpp"
#include "store/file_seal.hpp"
#include "store/sealed_text.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::ordered_json;

struct Kept {
  StepRecord record;
  std::string form;
  store::FileSeal seal;
};

/// Nothing for a text that is none of ours, or no longer what was written.
std::optional<Kept> parse(const std::string& text, const std::string& id) {
  const auto json = store::unsealed(step_format, text);
  if (!json) return std::nullopt;
  try {
    Kept kept{step_of_json(json->at("step"), json->at("digests")), json->at("form"), store::seal_of_json(json->at("file"))};
    kept.record.seconds = json->at("step").at("seconds");
    kept.record.bytes_written = kept.seal.bytes;
    if (!kept.record.fingerprint || kept.record.id != id) return std::nullopt;
    return kept;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string text_of(const StepRecord& step, const std::string& form, const store::FileSeal& seal) {
  return store::sealed_text(
      step_format,
      {{"form", form}, {"file", store::seal_json(seal)}, {"step", step_json(step)}, {"digests", digests_json(step)}});
}

}  // namespace

FinishedSteps::FinishedSteps(comm::Communicator& communicator, const store::WorkFolder& folder, KeepingTime& time,
                             Progress& progress)
    : communicator_(communicator), folder_(folder), time_(time), progress_(progress) {
  std::vector<std::string> texts;
  comm::collective_try(communicator, "finished steps", [&] {
    if (!communicator.is_root()) return;
    for (const auto& step : folder.recorded_steps()) {
      texts.push_back(step);
      try {
        texts.push_back(store::read_text(folder.step_record(step)));
      } catch (const base::Error& error) {
        progress.warn(error.what());
        texts.emplace_back();  // as good as damaged
      }
    }
  });
  texts = communicator.broadcast_texts(texts);
  for (std::size_t i = 0; i < texts.size(); i += 2) found_.emplace(texts[i], texts[i + 1]);
}

bool FinishedSteps::is_cheap_to_copy(const StepRecord& step) {
  return KeepingTime::seconds(step.bytes_written, 0) < share_of_copying * step.seconds;
}

std::optional<StepRecord> FinishedSteps::take(const std::string& id, const Fingerprint& now, std::string_view form) {
  const auto found = found_.find(id);
  if (found == found_.end()) return std::nullopt;
  const auto kept = parse(found->second, id);
  std::string why;
  if (!kept) {
    why = "what is kept of it cannot be read";
  } else if (*kept->record.fingerprint != now) {
    why = difference(*kept->record.fingerprint, now);
  } else if (kept->form != form) {
    why = "it is published, or read, otherwise";
  } else {
    std::string problem;
    try {
      if (store::seal_of(communicator_, folder_.step_file(id)) != kept->seal) problem = "is not what it was when it was written";
    } catch (const base::Error& error) {
      if (error.kind() == base::ErrorKind::stopped || !error.is_known_to_all()) throw;
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

void FinishedSteps::add(const StepRecord& step, std::string_view form) {
  waiting_.push_back({step, std::string(form)});
  if (communicator_.broadcast_value(time_.is_worth(cost()))) keep();
}

double FinishedSteps::cost() const {
  std::int64_t bytes = 0;
  for (const auto& waiting : waiting_) bytes += waiting.step.bytes_written;
  return KeepingTime::seconds(bytes, std::ssize(waiting_));
}

void FinishedSteps::keep() {
  const comm::StageScope stage(communicator_.statistics(), "keep steps");
  const parallel::Unstoppable until_it_is_done;
  const auto start = std::chrono::steady_clock::now();
  const double expected = cost();
  // Publishing may have taken a step's file.
  std::erase_if(waiting_, [&](const auto& waiting) {
    const bool is_there = ::access(folder_.step_file(waiting.step.id).c_str(), F_OK) == 0;
    return !communicator_.broadcast_value(is_there);
  });
  // Every rank brings to disk what it wrote.
  comm::collective_try(communicator_, "keep step", [&] {
    for (const auto& waiting : waiting_) store::File::open_write(folder_.step_file(waiting.step.id)).sync();
  });
  write_records();
  time_.spent(expected, base::seconds_since(start));
}

void FinishedSteps::write_records() {
  while (!waiting_.empty()) {
    const auto& [step, form] = waiting_.front();
    try {
      const auto seal = store::seal_of(communicator_, folder_.step_file(step.id));
      comm::collective_try(communicator_, "keep step", [&] {
        if (communicator_.is_root()) store::replace_text(folder_.step_record(step.id), text_of(step, form, seal));
      });
      folder_.discard_checkpoints(communicator_, step.id);
    } catch (const base::Error& error) {
      if (!error.is_known_to_all()) throw;
      const auto warning = fmt::format("step {} is not kept, should this run be broken off: {}", step.id, error.what());
      if (!warnings_.empty() && warnings_.back() == warning) return;
      progress_.warn(warning);
      warnings_.push_back(warning);
      return;
    }
    waiting_.erase(waiting_.begin());
  }
}

}  // namespace fullbase::runtime
