#include "runtime/previous.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "runtime/previous_place.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

constexpr const char* anew = "make that output again with this version, or begin anew by naming a file that is not there yet";

}  // namespace

PreviousOutput::Found PreviousOutput::load(comm::Communicator& communicator, const std::string& file, const Tonight& tonight,
                                           const Roots& roots) {
  const comm::StageScope stage(communicator.statistics(), "previous");
  const auto place = comm::collective_try(
      communicator, "look", [&] { return communicator.is_root() ? previous_place(file, tonight, roots) : PreviousPlace{}; });
  const auto texts = communicator.broadcast_texts(std::vector<std::string>{place.path, place.manifest, place.why_none});
  if (texts[0].empty()) return {nullptr, texts[2]};
  const auto previous =
      comm::collective_try(communicator, "look", [&] { return std::shared_ptr<PreviousOutput>(new PreviousOutput(texts[0])); });
  const auto manifest = parse_manifest(texts[1], previous->path());
  previous->digest_ = manifest["digest"].get<std::string>();
  previous->as_of_ = moment_of(manifest);
  previous->tables_ = comm::collective_try(communicator, "tables", [&] { return store::list_tables(previous->path()); });
  return {previous, {}};
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
  auto source = store::open_table(path(), "/" + std::string(table));
  file_.require_unchanged();
  return source;
}

void PreviousOutput::require_unchanged() const {
  file_.require_unchanged();
  // One that was published between the first look at it and the next has another digest.
  if (parse_manifest(manifest_of(path()), path())["digest"] != digest_)
    throw base::io_error("is not what it was when the job was checked", path(),
                         "another run has published there; run the job again");
}

}  // namespace fullbase::runtime
