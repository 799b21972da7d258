#include "runtime/step_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "comm/agreement.hpp"
#include "parallel/stop.hpp"
#include "parallel/unstoppable.hpp"
#include "runtime/fingerprint.hpp"
#include "runtime/step_json.hpp"
#include "store/file.hpp"
#include "store/sealed_text.hpp"
#include "store/whole_number.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::pair<data::StateType, const char*>, 5> type_names = {{{data::StateType::byte, "byte"},
                                                                                {data::StateType::int32, "int32"},
                                                                                {data::StateType::int64, "int64"},
                                                                                {data::StateType::float32, "float32"},
                                                                                {data::StateType::float64, "float64"}}};

std::optional<data::StateType> type_named(std::string_view name) {
  const auto found = std::ranges::find_if(type_names, [&](const auto& one) { return name == one.second; });
  return found == type_names.end() ? std::nullopt : std::optional(found->first);
}

const char* name_of(data::StateType type) {
  return std::ranges::find_if(type_names, [&](const auto& one) { return type == one.first; })->second;
}

/// The number in "17.json"; 0 for other names.
std::int64_t generation_of(std::string_view file) {
  std::int64_t generation = 0;
  const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), generation);
  const auto rest = std::string_view(end, static_cast<std::size_t>(file.data() + file.size() - end));
  return error == std::errc() && rest == store::record_ending ? generation : 0;
}

}  // namespace

std::string checkpoint_text(const CheckpointRecord& record) {
  ordered_json arrays = ordered_json::array();
  for (const auto& array : record.layout)
    arrays.push_back({{"name", array.name}, {"type", name_of(array.type)}, {"rows", array.rows}, {"width", array.width}});
  return store::sealed_text(checkpoint_format, {{"step", record.step},
                                                {"generation", record.generation},
                                                {"fingerprint", fingerprint_json(record.fingerprint)},
                                                {"file", store::seal_json(record.seal)},
                                                {"arrays", arrays}});
}

std::optional<CheckpointRecord> parse_checkpoint(const std::string& text) noexcept {
  const auto json = store::unsealed(checkpoint_format, text);
  if (!json) return std::nullopt;
  try {
    CheckpointRecord record{json->at("step"),
                            store::whole_number(json->at("generation")),
                            fingerprint_of_json(json->at("fingerprint")),
                            store::seal_of_json(json->at("file")),
                            {}};
    for (const auto& array : json->at("arrays")) {
      const auto type = type_named(array.at("type").get<std::string>());
      if (!type) return std::nullopt;
      record.layout.push_back(
          {array.at("name"), *type, store::whole_number(array.at("rows")), store::whole_number(array.at("width"))});
    }
    if (record.generation < 1 || store::state_bytes(record.layout) != record.seal.bytes) return std::nullopt;
    return record;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

StepCheckpoints::StepCheckpoints(comm::Communicator& communicator, const store::WorkFolder& folder, std::string step,
                                 Fingerprint fingerprint, KeepingTime& time, Progress& progress)
    : communicator_(communicator),
      folder_(folder),
      step_(std::move(step)),
      fingerprint_(std::move(fingerprint)),
      time_(time),
      progress_(progress) {}

std::string StepCheckpoints::path(std::int64_t generation, std::string_view ending) const {
  return fmt::format("{}/{}{}", folder_.checkpoints_of(step_), generation, ending);
}

void StepCheckpoints::warn(const std::string& text) {
  if (!warnings_.empty() && warnings_.back() == text) return;
  progress_.warn(fmt::format("step {}: {}", step_, text));
  warnings_.push_back(text);
}

std::unique_ptr<data::StateReader> StepCheckpoints::newest() {
  const comm::StageScope stage(communicator_.statistics(), "checkpoint");
  std::vector<std::string> texts;  // newest first
  auto highest = comm::collective_try(communicator_, "checkpoint", [&] {
    std::map<std::int64_t, std::string, std::greater<>> records;
    if (!communicator_.is_root() || !store::is_folder(folder_.checkpoints_of(step_))) return std::int64_t{0};
    for (const std::string& file : store::list_folder(folder_.checkpoints_of(step_))) {
      const auto generation = generation_of(file);
      if (generation < 1) continue;
      try {
        records[generation] = store::read_text(folder_.checkpoints_of(step_) + "/" + file);
      } catch (const base::Error& error) {
        progress_.warn(error.what());
        records[generation] = std::string();  // as good as damaged
      }
    }
    for (const auto& [generation, text] : records) texts.push_back(text);
    return records.empty() ? 0 : records.begin()->first;
  });
  next_ = communicator_.broadcast_value(highest) + 1;
  texts = communicator_.broadcast_texts(texts);
  for (const auto& text : texts) {
    const char* const next = &text == &texts.back() ? "the step begins anew" : "the checkpoint before it is tried";
    const auto record = parse_checkpoint(text);
    if (!record || record->step != step_) {
      warn(fmt::format("the record of a checkpoint cannot be read; {}", next));
      continue;
    }
    if (record->fingerprint != fingerprint_) {
      progress_.info(fmt::format("step {} begins anew, without the checkpoint that is there: {}", step_,
                                 difference(record->fingerprint, fingerprint_)));
      folder_.discard_checkpoints(communicator_, step_);
      return nullptr;
    }
    std::string problem;
    try {
      if (store::seal_of(communicator_, path(record->generation, state_ending)) == record->seal) {
        auto reader = comm::collective_try(communicator_, "checkpoint", [&] {
          return store::open_state(path(record->generation, state_ending), record->layout);
        });
        progress_.info(fmt::format("step {} goes on from checkpoint {}", step_, record->generation));
        before_ = gone_on_from_ = record->generation;
        return reader;
      }
      problem = "is not what it was when it was written";
    } catch (const base::Error& error) {
      if (error.kind() == base::ErrorKind::stopped || !error.is_known_to_all()) throw;
      problem = error.problem();
    }
    warn(fmt::format("{} {}; {}", path(record->generation, state_ending), problem, next));
  }
  return nullptr;
}

bool StepCheckpoints::is_due(const data::SaveState& save) {
  // What putting nothing costs tells what it is worth to count first.
  if (!time_.is_worth(KeepingTime::seconds(bytes_, 1))) return false;
  const auto start = std::chrono::steady_clock::now();
  try {
    bytes_ = store::state_bytes(store::layout_of(save)).value_or(0);
  } catch (const std::exception&) {
    return true;  // where the checkpoint is made, all ranks come to know the error
  }
  const bool is_worth_it = time_.is_worth(KeepingTime::seconds(bytes_, 1));
  // A state that grows is counted again when it is worth it with what it has grown by: not every round, and not in vain.
  if (!is_worth_it) bytes_ += bytes_ / 4;
  const double took = base::seconds_since(start);
  time_.spent_on_asking(took);
  seconds_ += took;
  return is_worth_it;
}

void StepCheckpoints::end_round(const data::SaveState& save) {
  const bool is_due_now = communicator_.is_root() && save && is_due(save);
  const auto told = communicator_.max_value<std::int64_t>(2 * parallel::requested_stop() + (is_due_now ? 1 : 0));
  const auto signal = static_cast<int>(told / 2);
  if (save && told != 0) keep(save);
  if (save && signal != 0 && before_ > 0) progress_.info(fmt::format("step {}: checkpoint {} is kept", step_, before_));
  if (signal != 0) throw parallel::stopped_error(signal).known_to_all();
}

void StepCheckpoints::keep(const data::SaveState& save) {
  const comm::StageScope stage(communicator_.statistics(), "checkpoint");
  const parallel::Unstoppable until_it_is_done;
  const auto start = std::chrono::steady_clock::now();
  const double expected = KeepingTime::seconds(bytes_, 1);
  try {
    write(save);
    ++made_;
  } catch (const base::Error& error) {
    if (communicator_.size() > 1 && !error.is_known_to_all()) throw;
    warn(fmt::format("no checkpoint could be made: {}", error.what()));
    // Nothing was to be lost with it: the next one is tried when it is worth it again.
    if (communicator_.is_root()) {
      try {
        store::remove_file(path(next_, state_ending));
      } catch (const base::Error&) {
        // It has no record, so it is none.
      }
    }
  }
  const double took = base::seconds_since(start);
  time_.spent(expected, took);
  seconds_ += took;
}

void StepCheckpoints::write(const data::SaveState& save) {
  comm::collective_try(communicator_, "checkpoint", [&] {
    if (communicator_.is_root()) store::make_folders(folder_.checkpoints_of(step_));
  });
  CheckpointRecord record{step_, next_, fingerprint_, {}, {}};
  record.layout = store::write_state(communicator_, path(next_, state_ending), save);
  record.seal = store::seal_of(communicator_, path(next_, state_ending));
  comm::collective_try(communicator_, "checkpoint", [&] {
    if (!communicator_.is_root()) return;
    store::replace_text(path(next_, store::record_ending), checkpoint_text(record));
    remove_all_but(next_, before_);
  });
  before_ = next_++;
}

void StepCheckpoints::remove_all_but(std::int64_t newest, std::int64_t before) {
  const auto is_kept = [&](std::string_view file) {
    return std::ranges::any_of(std::array{newest, before}, [&](std::int64_t generation) {
      return file == fmt::format("{}{}", generation, state_ending) ||
             file == fmt::format("{}{}", generation, store::record_ending);
    });
  };
  const auto folder = folder_.checkpoints_of(step_);
  for (const std::string& file : store::list_folder(folder)) {
    if (!is_kept(file)) store::remove_file(folder + "/" + file);
  }
}

}  // namespace fullbase::runtime
