#include "runtime/previous.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/error.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

constexpr const char* format = "fullbase run 1";
constexpr const char* anew = "make that output again with this version, or begin anew by naming a file that is not there yet";

/// The file that a path leads to; empty if there is none.
std::string without_links(const std::string& file) {
  std::error_code error;
  const auto path = std::filesystem::canonical(file, error);
  if (!error) return path.string();
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return {};
  throw base::system_error("look for the previous output", error.value(), file);
}

std::string manifest_of(const std::string& path) {
  auto text = store::output_manifest(path);
  if (!text)
    throw base::input_error("is no output of `fullbase run`: it has no manifest", path, "name the output of the last run");
  return std::move(*text);
}

nlohmann::json parse(const std::string& text, const std::string& path) {
  auto manifest = nlohmann::json::parse(text, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("digest") || !manifest["digest"].is_string())
    throw base::input_error("has a manifest that says nothing of a run", path, "name the output of the last run");
  if (manifest.value("format", std::string()) != format)
    throw base::input_error("has a manifest of another format than this program reads", path, anew);
  return manifest;
}

/// The moment that the run looked back from, as its resolved job says it.
std::optional<std::int64_t> moment(const nlohmann::json& manifest) {
  const auto job = manifest.find("job");
  if (job == manifest.end() || !job->is_object()) return {};
  const auto as_of = job->find("as_of");
  const auto zone = job->find("timezone");
  if (as_of == job->end() || !as_of->is_string()) return {};
  const base::TimeZone place =
      zone != job->end() && zone->is_string() ? base::TimeZone(zone->get<std::string>()) : base::TimeZone();
  const auto time = base::TimeFormat().parse(as_of->get<std::string>(), place);
  return time ? std::optional(time.value) : std::nullopt;
}

}  // namespace

std::shared_ptr<const PreviousOutput> PreviousOutput::load(comm::Communicator& communicator, const std::string& file) {
  const comm::StageScope stage(communicator.statistics(), "previous");
  auto path =
      comm::collective_try(communicator, "look", [&] { return communicator.is_root() ? without_links(file) : std::string(); });
  path = communicator.broadcast_text(path);
  if (path.empty()) return nullptr;
  auto text =
      comm::collective_try(communicator, "manifest", [&] { return communicator.is_root() ? manifest_of(path) : std::string(); });
  text = communicator.broadcast_text(text);
  const std::shared_ptr<PreviousOutput> previous(new PreviousOutput);
  previous->path_ = path;
  previous->read_manifest(text);
  previous->tables_ = comm::collective_try(communicator, "tables", [&] { return store::list_tables(path); });
  return previous;
}

void PreviousOutput::read_manifest(const std::string& text) {
  const auto manifest = parse(text, path_);
  digest_ = manifest["digest"].get<std::string>();
  as_of_ = moment(manifest);
}

const store::TableSummary* PreviousOutput::find(std::string_view table) const {
  const auto found = std::ranges::find(tables_, table, &store::TableSummary::name);
  if (found == tables_.end()) return nullptr;
  if (!found->problem.empty()) throw base::input_error(found->problem, "previous", anew);
  return &*found;
}

std::vector<std::string> PreviousOutput::table_names() const {
  std::vector<std::string> names;
  for (const auto& table : tables_) names.push_back(table.name);
  return names;
}

std::unique_ptr<data::BlockSource> PreviousOutput::open(std::string_view table) const {
  return store::open_table(path_, "/" + std::string(table));
}

void PreviousOutput::require_unchanged() const {
  if (parse(manifest_of(path_), path_)["digest"] != digest_)
    throw base::input_error("is not what it was when the job was checked", path_,
                            "another run has published there; run the job again");
}

}  // namespace fullbase::runtime
