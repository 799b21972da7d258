#include "runtime/verify_work.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "runtime/finished_steps.hpp"
#include "runtime/step_checkpoints.hpp"
#include "store/file.hpp"
#include "store/file_seal.hpp"
#include "store/publish.hpp"
#include "store/sealed_text.hpp"

namespace fullbase::runtime {
namespace {

/// Pairs of a record and the ending of the file beside it, at root.
void list_records(const std::string& folder, std::string_view ending, std::vector<std::string>& found) {
  if (!store::is_folder(folder)) return;
  for (const auto& file : store::list_folder(folder)) {
    if (!file.ends_with(store::record_ending)) continue;
    found.push_back(folder + "/" + file);
    found.emplace_back(ending);
  }
}

/// The seal in a record's text; nothing if that is damaged.
std::optional<store::FileSeal> seal_in(const std::string& text) {
  try {
    for (const auto format : {step_format, checkpoint_format}) {
      if (const auto json = store::unsealed(format, text)) return store::seal_of_json(json->at("file"));
    }
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  return std::nullopt;
}

std::string problem_of(comm::Communicator& communicator, const std::string& record, const std::string& ending) {
  // Rank 0's: what ranks read for themselves could differ, and whether the file is looked at has to be the same.
  const auto text = communicator.broadcast_text(comm::collective_try(
      communicator, "read record", [&] { return communicator.is_root() ? store::read_text(record) : std::string(); }));
  const auto seal = comm::collective_try(communicator, "read record", [&] { return seal_in(text); });
  const auto file = record.substr(0, record.size() - store::record_ending.size()) + ending;
  if (!seal)
    return fmt::format("{} is damaged: it does not match its checksum, and nothing else tells whether {} is as it was", record,
                       file);
  if (store::seal_of(communicator, file) == *seal) return {};
  return fmt::format("{} is not what it was when it was written", file);
}

}  // namespace

bool is_work_folder(comm::Communicator& communicator, const std::string& path) {
  const bool is_one = communicator.is_root() && path.ends_with(".work") && store::is_folder(path + "/steps");
  return communicator.broadcast_value(is_one);
}

std::vector<std::string> verify_work(comm::Communicator& communicator, const std::string& folder) {
  const auto records = communicator.broadcast_texts(comm::collective_try(communicator, "list records", [&] {
    std::vector<std::string> found;
    if (!communicator.is_root()) return found;
    list_records(folder + "/steps", ".h5", found);
    if (!store::is_folder(folder + "/checkpoints")) return found;
    for (const auto& step : store::list_folder(folder + "/checkpoints"))
      list_records(folder + "/checkpoints/" + step, state_ending, found);
    return found;
  }));
  std::vector<std::string> problems;
  for (std::size_t i = 0; i < records.size(); i += 2) {
    std::string problem;
    try {
      problem = problem_of(communicator, records[i], records[i + 1]);
    } catch (const base::Error& error) {
      if (error.kind() != base::ErrorKind::input_data && error.kind() != base::ErrorKind::io) throw;
      problem = error.what();
    }
    if (!problem.empty()) problems.push_back(problem);
  }
  return problems;
}

}  // namespace fullbase::runtime
