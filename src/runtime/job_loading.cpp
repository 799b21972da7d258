#include "runtime/job_loading.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "base/time.hpp"
#include "comm/agreement.hpp"
#include "config/document.hpp"
#include "runtime/file_probe.hpp"
#include "runtime/output_place.hpp"
#include "runtime/roots.hpp"
#include "store/csv/import.hpp"
#include "store/latest.hpp"
#include "store/store.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

/// The variables that the text and the overrides mention, where they are set.
Values mentioned_variables(const std::string& text, const std::string& path, const std::vector<std::string>& overrides) {
  Values values;
  const auto environment = config::process_environment();
  const config::Loading loading{overrides, [&](std::string_view name) {
                                  auto value = environment(name);
                                  if (value) values.emplace(name, *value);
                                  return value;
                                }};
  config::Diagnostics mistakes;
  try {
    config::load_text(text, path, loading, mistakes);
  } catch (const base::Error&) {
    // Every rank meets it again, when it reads the text for good.
  }
  return values;
}

void share(comm::Communicator& communicator, std::string& text, Values& values) {
  text = communicator.broadcast_text(text);
  std::vector<std::string> pairs;
  for (const auto& [name, value] : values) pairs.insert(pairs.end(), {name, value});
  pairs = communicator.broadcast_texts(pairs);
  values.clear();
  for (std::size_t i = 0; i < pairs.size(); i += 2) values.emplace(pairs[i], pairs[i + 1]);
}

/// Tables of the store as the import section makes them, or as they are.
void find_store_tables(comm::Communicator& communicator, const JobFile& job, KnownTables& tables) {
  if (job.options.store) {
    probe_store(communicator, *job.options.store);
    const auto store = store::Store::open(communicator, *job.options.store);
    for (const auto& [name, table] : store.catalog().tables) tables.store[name] = table.schema;
    tables.store_called = "the store " + *job.options.store;
    if (tables.store.empty()) tables.store_called += ", which is empty or not there";
  }
  for (const auto& [name, table] : job.options.import) {
    try {
      tables.store[name.value] = store::csv_schema(csv_options(table, job.options.timezone.value));
    } catch (const base::Error&) {
      tables.store[name.value] = std::nullopt;  // reported when the job file was parsed
    }
    tables.store[store::rejects_table(name.value)] = store::rejects_schema();
  }
  // A mistake elsewhere in the section leaves no options, but names all the same.
  if (const auto* const imports = job.root.find("import")) {
    for (const auto& entry : imports->entries()) tables.store.try_emplace(entry.key, std::nullopt);
  }
}

void find_inputs(comm::Communicator& communicator, const JobFile& job, KnownTables& tables) {
  for (const auto& [name, input] : job.options.inputs) {
    const auto file = store::followed(communicator, input.file);
    probe_file(communicator, file, input.table);
    comm::collective_try(communicator, "inputs", [&, &slot = name.value, &given = input] {
      const auto& standing = tables.input_files.emplace(slot, file).first->second;
      tables.inputs[slot] = store::open_table(file, given.table, job.options.timezone.value)->schema();
      standing.require_unchanged();
    });
  }
}

/// The output of the night before; a file that is not there makes this a first night, or is an error where it is required.
void find_previous(comm::Communicator& communicator, const JobFile& job, KnownTables& tables, config::Diagnostics& diagnostics) {
  if (!job.options.previous) return;
  const auto& [file, required] = *job.options.previous;
  auto [previous, why_none] =
      PreviousOutput::load(communicator, file.value, {job.options.output ? job.options.output->file : "", job.environment.as_of},
                           Roots(job.options.roots));
  tables.previous = std::move(previous);
  const auto scope = diagnostics.enter("previous");
  if (tables.previous == nullptr) {
    if (required) throw base::input_error(why_none, "previous", "check the path, or leave out `required: true`");
    diagnostics.warn(file.position, why_none + ": this run is a first night");
    return;
  }
  const auto& before = tables.previous->as_of();
  if (before && job.environment.as_of && *before >= *job.environment.as_of)
    diagnostics.warn(file.position,
                     fmt::format("the previous output {} looks back from {}, which is no earlier than this run's as_of",
                                 file.value, base::format_timestamp(*before)),
                     "name the output of the night before by --set previous.file=FILE");
}

/// What the job file says at its top by this key; null if nothing. A mistake within it leaves no options, and is reported where
/// it is: the section is there all the same.
const config::Node* section(const JobFile& job, std::string_view key) {
  const auto* const node = job.root.find(key);
  if (node == nullptr || node->is_null() || (node->is_mapping() && node->entries().empty())) return nullptr;
  return node;
}

void check_sections(const JobFile& job, config::Diagnostics& diagnostics) {
  const auto* const steps = section(job, "steps");
  const auto* const imports = section(job, "import");
  if (steps == nullptr && imports == nullptr)
    diagnostics.error(job.root.position(), "there are no steps, and there is nothing to import", "add steps");
  if (steps != nullptr && section(job, "output") == nullptr)
    diagnostics.error(job.root.position(), "there are steps, but no output for what they make",
                      "add output: {file: out/results.h5}");
  if (imports != nullptr && section(job, "store") == nullptr)
    diagnostics.error(imports->is_mapping() ? imports->entries().front().key_position : imports->position(),
                      "there is an import, but no store to put its tables into", "add store: FOLDER");
}

/// Collective. Rank 0's groups count: it is rank 0 that gives files away.
void check_group(comm::Communicator& communicator, const JobFile& job, config::Diagnostics& diagnostics) {
  if (!job.options.output || !job.options.output->group) return;
  const auto& group = *job.options.output->group;
  if (communicator.broadcast_value(std::int64_t{communicator.is_root() && group_number(group) ? 1 : 0}) == 1) return;
  const auto scope = diagnostics.enter("output");
  const auto key_scope = diagnostics.enter("group");
  diagnostics.error(config::locate(job.root, "output.group"), fmt::format("there is no group '{}'", group),
                    "name one of your groups (`id -Gn` lists them)");
}

/// Collective. A text has the same mistakes on every rank, but for what a machine lacks (a time zone): these are thrown on all.
void share_mistakes(comm::Communicator& communicator, const config::Diagnostics& diagnostics) {
  const auto mine = static_cast<std::int64_t>(diagnostics.error_count());
  if (communicator.max_value(mine) == -communicator.max_value(-mine)) return;
  comm::collective_try(communicator, "job file", [&] { diagnostics.throw_if_any(); });
}

/// Collective: the job of a text that all ranks have. What is thrown is the same on every rank.
LoadedJob load_text(comm::Communicator& communicator, const std::string& text, const std::string& path,
                    const std::vector<std::string>& overrides, const Values& values, const JobKinds& kinds) {
  const config::Loading loading{overrides, [&](std::string_view name) {
                                  const auto found = values.find(name);
                                  return found == values.end() ? std::optional<std::string>() : found->second;
                                }};
  config::Diagnostics diagnostics;
  const auto root = config::load_text(text, path, loading, diagnostics);
  auto job = parse_job(root, kinds, diagnostics);
  check_sections(job, diagnostics);
  check_group(communicator, job, diagnostics);
  share_mistakes(communicator, diagnostics);

  require_roots(communicator, job);

  LoadedJob loaded;
  loaded.path = path;
  find_store_tables(communicator, job, loaded.tables);
  find_inputs(communicator, job, loaded.tables);
  find_previous(communicator, job, loaded.tables, diagnostics);
  loaded.checked = check_job(std::move(job), loaded.tables, diagnostics);
  diagnostics.throw_if_any();
  for (const auto& warning : diagnostics.warnings()) loaded.warnings.push_back(warning.text());
  return loaded;
}

}  // namespace

LoadedJob load_job(comm::Communicator& communicator, const std::string& path, const std::vector<std::string>& overrides,
                   const JobKinds& kinds) {
  comm::StageScope stage(communicator.statistics(), "job file");
  std::string text;
  Values values;
  comm::collective_try(communicator, "read", [&] {
    if (!communicator.is_root()) return;
    text = config::read_document(path);
    values = mentioned_variables(text, path, overrides);
  });
  share(communicator, text, values);
  try {
    return load_text(communicator, text, path, overrides, values, kinds);
  } catch (const base::Error& error) {
    throw error.known_to_all();
  }
}

}  // namespace fullbase::runtime
