#include "runtime/job_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/time.hpp"
#include "runtime/like.hpp"
#include "runtime/output_place.hpp"
#include "runtime/resources.hpp"
#include "runtime/suppression_default.hpp"

namespace fullbase::runtime {
namespace {

/// A text, or a mapping of slots to texts; null is none, as the resolved job shows it.
config::Form<BySlot> by_slot(std::string name) {
  config::Shape shape;
  shape.kind = config::Shape::Kind::either;
  shape.name = std::move(name);
  shape.nullable = true;
  const auto one = config::text(config::non_empty());
  shape.items = {one.shape, config::mapping_shape(one.shape, {})};
  return {shape,
          [text = one](const config::Node& node, config::Diagnostics& diagnostics) -> std::optional<BySlot> {
            BySlot values;
            if (node.is_null()) return values;
            if (!node.is_mapping()) {
              auto value = text.parse(node, diagnostics);
              if (!value) return std::nullopt;
              values.emplace_back("", config::Located<std::string>{std::move(*value), node.position()});
              return values;
            }
            for (const auto& entry : node.entries()) {
              const auto scope = diagnostics.enter(entry.key);
              auto value = text.parse(entry.value, diagnostics);
              if (!value) return std::nullopt;
              values.emplace_back(entry.key, config::Located<std::string>{std::move(*value), entry.value.position()});
            }
            return values;
          },
          [](const BySlot& values) {
            if (values.size() == 1 && values.front().first.empty())
              return config::Node::scalar(values.front().second.value, true);
            std::vector<config::Entry> entries;
            for (const auto& [slot, text] : values) entries.push_back({slot, config::Node::scalar(text.value, true)});
            return entries.empty() ? config::Node::null() : config::Node::mapping(std::move(entries));
          }};
}

config::Description<OutputOptions> output_description() {
  return config::Description<OutputOptions>("output", "Where results go.")
      .required("file", &OutputOptions::file,
                "The HDF5 file that the run publishes; an existing one stays readable until then. `{as_of}` in it stands for the "
                "job's as_of as 2026-01-31.",
                config::non_empty())
      .option("latest", &OutputOptions::latest,
              "A symbolic link that points to the output afterwards, unless it points to one of a later as_of.",
              config::non_empty(), config::default_means("no link"))
      .option("keep", &OutputOptions::keep,
              "How many outputs of this `file` are kept, by as_of; older ones are removed afterwards.", config::at_least(1),
              config::default_means("all"))
      .option("group", &OutputOptions::group, "The group that the output and its manifest belong to.", config::non_empty(),
              config::default_means("the user's"))
      .option("mode", &OutputOptions::mode, "Access rights of the file, in octal digits.",
              config::text_of("access rights", [](std::string_view text) {
                const bool octal = text.size() >= 3 && text.size() <= 4 &&
                                   std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
                return octal ? std::string()
                             : fmt::format("'{}' are no access rights; write them like \"0640\", in quotes", text);
              }));
}

config::Description<InputOptions> input_description() {
  return config::Description<InputOptions>(
             "input", "A table in a file that others made: HDF5 (a data frame, a group of columns, a 2-D dataset) or Parquet.")
      .required("file", &InputOptions::file, "Path of the file.", config::non_empty())
      .option("table", &InputOptions::table, "The group or dataset in it.");
}

config::Description<PreviousOptions> previous_description() {
  return config::Description<PreviousOptions>(
             "previous", "The output of the run before this one, from which segments, scores and comparisons go on.")
      .required("file", &PreviousOptions::file,
                "Path of that output, or of a link to it; it may be the very file that this run publishes.", config::non_empty())
      .option("required", &PreviousOptions::required,
              "Whether a file that is not there is an error; else it makes this a first night, with a warning.");
}

config::Description<SampleOptions> sample_description() {
  return config::Description<SampleOptions>("sample", "How `fullbase run --sample 1%` takes a share of the data.")
      .required("by", &SampleOptions::by,
                "The column by which rows are kept or left out, in every table that has it: all tables keep the same customers.",
                config::non_empty());
}

config::Description<SuppressionDefault> suppression_default_description() {
  return config::Description<SuppressionDefault>("suppression default",
                                                 "Groups of few customers are left out of published aggregates.")
      .required("count", &SuppressionDefault::count, "The column that names the customer.", config::non_empty())
      .option("below", &SuppressionDefault::below, "Groups of fewer different customers are left out.", config::at_least(2));
}

config::Description<PrivacyOptions> privacy_description() {
  return config::Description<PrivacyOptions>("privacy", "What protects the customers whose data this is.")
      .option("key_file", &PrivacyOptions::key_file,
              "A file of 32 to 64 random bytes, mode 0600: the key of columns with `pseudonym: true`. `--key-fd` goes before it.",
              config::non_empty(), config::default_means("--key-fd gives it, where one is needed"))
      .option(
          "suppress", &PrivacyOptions::suppress,
          "What every published aggregate step has that does not group by the customer; a step's own `suppress` may be stricter, "
          "and have totals.",
          config::optional_of(config::structure(suppression_default_description())), config::default_means("each step says it"));
}

config::Description<ResourceOptions> resource_description() {
  return config::Description<ResourceOptions>("resources", "What a rank may use. No result depends on it.")
      .option("threads", &ResourceOptions::threads, "Threads of a rank.", config::between(1, 4096),
              config::default_means("what Slurm or the machine grants"))
      .option("memory_per_rank", &ResourceOptions::memory_per_rank,
              "Data that a rank may hold in memory; what goes beyond it is streamed from disk.",
              config::bytes(config::at_least(least_memory_per_rank)), config::default_means("what Slurm or the machine grants"))
      .option("silence_limit", &ResourceOptions::silence_limit, "A rank that gives no sign of life for this long ends the job.",
              config::duration(config::between(std::int64_t{1'000'000}, std::int64_t{3'600'000'000})))
      .option(
          "checkpoint_share", &ResourceOptions::checkpoint_share,
          "Share of the time that checkpoints and finished steps may take which only a run that is killed would need; the more,\n"
          "the less such a run loses. 0: none are made, but when the run is asked to stop.",
          config::between(0.0, 0.5))
      .option(
          "stop_patience", &ResourceOptions::stop_patience,
          "How long a run that is asked to stop goes on to the end of a round of its step, from which it can be gone on from\n"
          "without loss. What takes longer ends at once, and is gone on from at the checkpoint before.",
          config::duration(config::between(std::int64_t{0}, std::int64_t{86'400'000'000})));
}

/// The slots that the step's `from` or `where` names, checked against those of its kind.
void check_slots(const BySlot& given, const char* key, const StepEntry& step, config::Diagnostics& diagnostics) {
  const auto& slots = step.inputs;
  std::vector<std::string> known;
  for (const auto& slot : slots) known.push_back(slot.name);
  for (const auto& [name, text] : given) {
    if (name.empty() && step.kind->names_inputs()) {
      diagnostics.error(text.position, fmt::format("the inputs of a {} step have names", step.kind->name()),
                        fmt::format("write {}: {{NAME: ..., OTHER: ...}}, names of your choice", key));
      continue;
    }
    if (name.empty() ? slots.size() == 1 : std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (name.empty())
      diagnostics.error(text.position, fmt::format("a {} step has {} inputs", step.kind->name(), slots.size()),
                        slots.empty() ? fmt::format("leave out '{}'", key)
                                      : fmt::format("write {}: {{{}: ...}}", key, fmt::join(known, ": ..., ")));
    else
      diagnostics.unknown_name(text.position, fmt::format("a {} step has no input '{}'", step.kind->name(), name), name, known);
  }
}

/// The step's inputs in the order of their slots.
std::vector<InputSlot> input_slots(const StepEntry& step) {
  if (!step.kind->names_inputs()) return step.kind->inputs();
  std::vector<InputSlot> slots;
  for (const auto& [name, reference] : step.common.from) {
    if (!name.empty()) slots.push_back({.name = name, .doc = step.kind->inputs().front().doc});
  }
  return slots;
}

/// A text alone is for the only input, or for the only one that has to be there.
void name_only_required(BySlot& given, const StepEntry& step) {
  if (step.inputs.size() < 2 || step.kind->names_inputs()) return;
  const auto is_required = [](const InputSlot& slot) { return slot.required; };
  if (std::count_if(step.inputs.begin(), step.inputs.end(), is_required) != 1) return;
  const auto& only = *std::find_if(step.inputs.begin(), step.inputs.end(), is_required);
  for (auto& [name, text] : given) {
    if (name.empty()) name = only.name;
  }
}

void check_inputs(const StepEntry& step, config::Diagnostics& diagnostics) {
  const auto from = diagnostics.enter("from");
  check_slots(step.common.from, "from", step, diagnostics);
  if (step.kind->names_inputs() && step.common.from.empty()) {
    diagnostics.error(step.position, "there is no 'from'", "name the step's inputs: from: {NAME: table, OTHER: table}");
    return;
  }
  for (const auto& slot : step.inputs) {
    const bool given = std::any_of(step.common.from.begin(), step.common.from.end(),
                                   [&](const auto& one) { return one.first.empty() || one.first == slot.name; });
    if (!given && slot.required)
      diagnostics.error(step.position,
                        step.inputs.size() == 1 ? "there is no 'from'" : fmt::format("'from' lacks the input '{}'", slot.name),
                        "name a table of the store, an input or another step");
  }
}

/// `fullbase digest` prints a line "all" for all tables together.
void check_name(const std::string& name, const config::Position& position, config::Diagnostics& diagnostics) {
  if (name == "all")
    diagnostics.error(position, "no table can be called 'all', which digests use for all tables together",
                      "give it another name");
}

/// The moment that an as_of says; nothing after a report.
std::optional<std::int64_t> moment(const config::Located<std::string>& text, const base::TimeZone& zone,
                                   config::Diagnostics& diagnostics) {
  const auto time = base::TimeFormat().parse(text.value, zone);
  if (time) return time.value;
  diagnostics.error(text.position, fmt::format("'{}' {}", text.value, base::describe(time.status)),
                    "write a date (2026-01-31) or a time (2026-01-31T06:00:00Z)");
  return {};
}

Environment make_environment(const JobOptions& options, config::Diagnostics& diagnostics) {
  Environment environment;
  environment.seed = options.seed;
  try {
    environment.zone = base::TimeZone(options.timezone.value);
  } catch (const base::Error& error) {
    diagnostics.error(options.timezone.position, error);
  }
  if (options.as_of) environment.as_of = moment(*options.as_of, environment.zone, diagnostics);
  return environment;
}

void check_imports(const JobOptions& options, config::Diagnostics& diagnostics) {
  const auto scope = diagnostics.enter("import");
  const std::string* reader = nullptr;  // of standard input
  for (const auto& [name, table] : options.import) {
    check_name(name.value, name.position, diagnostics);
    if (table.reads_standard_input()) {
      if (reader != nullptr)
        diagnostics.error(name.position, fmt::format("standard input is read by the tables '{}' and '{}'", *reader, name.value),
                          "only one table can have it");
      reader = &name.value;
    }
    try {
      csv_options(table, options.timezone.value);
    } catch (const base::Error& error) {
      diagnostics.error(name.position, error);
    }
  }
}

/// The step's options as they are run: what every step has, then its kind's.
config::Node resolve(const StepOptions& common, const config::Node& own) {
  std::vector<config::Entry> entries;
  const auto shown = step_description().show(common);
  for (const config::Node* const part : {&shown, &own})
    entries.insert(entries.end(), part->entries().begin(), part->entries().end());
  return config::Node::mapping(std::move(entries));
}

/// Nothing for what is no step of a known kind, which the description of steps has reported.
std::optional<StepEntry> parse_step(const config::Entry& entry, const Environment& environment, const JobKinds& kinds,
                                    config::Diagnostics& diagnostics) {
  if (!entry.value.is_mapping()) return {};
  StepEntry step;
  step.id = entry.key;
  step.position = entry.key_position;
  step.node = entry.value;
  step.common = step_description().parse_own(step.node, diagnostics);
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one->name() == step.common.job; });
  if (kind == kinds.end()) return {};
  step.kind = kind->get();
  step.inputs = input_slots(step);
  name_only_required(step.common.from, step);
  name_only_required(step.common.where, step);
  step.environment = environment;
  if (step.common.as_of) step.environment.as_of = moment(*step.common.as_of, environment.zone, diagnostics);
  check_inputs(step, diagnostics);
  {
    const auto where = diagnostics.enter("where");
    check_slots(step.common.where, "where", step, diagnostics);
  }
  auto parsed = step.kind->parse(step.node.without(step_description().keys()), diagnostics);
  step.resolved = resolve(step.common, parsed.resolved);
  step.step = std::move(parsed.step);
  return step;
}

}  // namespace

const config::Description<StepOptions>& step_description() {
  static const auto description =
      config::Description<StepOptions>("step", "What every step has, whatever its job.")
          .required("job", &StepOptions::job, "The kind of job.", config::non_empty())
          .option("from", &StepOptions::from,
                  "The table to work on: one of the store or of `inputs`, an earlier step, or `step.table` for another of its "
                  "tables. A job "
                  "with several inputs takes a mapping of their names.",
                  by_slot("reference"))
          .option("where", &StepOptions::where, "Rows to work on: a condition such as `price > 0 and customer is not missing`.",
                  by_slot("condition"))
          .option("publish", &StepOptions::publish,
                  "Whether the step's tables are in the output; later steps may use them either way.")
          .option("required", &StepOptions::required,
                  "false: if its data is at fault, the step and those that read it are left out, and the rest is published.")
          .option("as_of", &StepOptions::as_of, "The moment that this step looks back from, in its conditions too.",
                  config::time_text(), config::default_means("the job's as_of"))
          .option("like", &StepOptions::like,
                  "Another step: every key that it states and this one does not, `job` among them, holds for this one too.",
                  config::non_empty(), config::default_means("none"));
  return description;
}

config::Description<JobOptions> job_description(const JobKinds& kinds) {
  std::vector<const config::AnyDescription*> descriptions;
  for (const auto& kind : kinds) descriptions.push_back(&kind->options());
  return config::Description<JobOptions>("job file", "What a run does: steps that turn tables into tables.")
      .required("version", &JobOptions::version, "Version of the job file's format.", config::one_of({1}))
      .option("as_of", &JobOptions::as_of, "The moment that the run looks back from; rows at or after it are left out.",
              config::time_text(), config::default_means("none: jobs that need it say so"))
      .option("timezone", &JobOptions::timezone, "Where days begin, and where times without an offset are local: an IANA name.")
      .option("seed", &JobOptions::seed, "Start of every random draw.")
      .option("store", &JobOptions::store, "Folder of the store that tables come from.", config::default_means("no store"))
      .option("output", &JobOptions::output, "Where results go.", config::optional_of(config::structure(output_description())))
      .option("previous", &JobOptions::previous, "The output of the night before.",
              config::optional_of(config::structure(previous_description())))
      .option("import", &JobOptions::import,
              "Tables of the store and the files that they are made of; only new or changed files are read.",
              config::identifier_keys())
      .option("inputs", &JobOptions::inputs, "Tables in HDF5 and Parquet files that others made, by the names that steps use.",
              config::mapping_of<InputOptions, config::Located<std::string>>(config::structure(input_description()),
                                                                             config::identifier_keys()))
      .option("privacy", &JobOptions::privacy, "What protects the customers whose data this is.",
              config::structure(privacy_description()))
      .option(
          "roots", &JobOptions::roots,
          "Folders that hold every file which the job reads or writes, links followed; others are refused. FULLBASE_ROOTS in the "
          "environment, folders with `:` between them, limits it besides.",
          config::default_means("no limit"))
      .option("resources", &JobOptions::resources, "What a rank may use.", config::structure(resource_description()))
      .option("sample", &JobOptions::sample, "What `fullbase run --sample` goes by; without that option all rows are read.",
              config::optional_of(config::structure(sample_description())), config::default_means("--sample-by says it"))
      .option("steps", &JobOptions::steps, "What is done. Order follows from the references.",
              config::mapping_of<config::Node, config::Located<std::string>>(
                  config::kinds("job", step_description(), std::move(descriptions), "like"), config::identifier_keys()))
      .option("checks", &JobOptions::checks,
              "Rules that tables keep, by the names that steps use for them; a night that breaks one is not published.");
}

JobFile parse_job(const config::Node& root, const JobKinds& kinds, config::Diagnostics& diagnostics) {
  JobFile job;
  job.root = with_suppression(with_likes(root, diagnostics), kinds, diagnostics);
  job.options = job_description(kinds).parse(job.root, diagnostics);
  job.environment = make_environment(job.options, diagnostics);
  // One that cannot be read has been reported, and is not missing.
  const auto* const as_of = job.root.find("as_of");
  if (as_of != nullptr && !as_of->is_null() && !job.environment.as_of) job.environment.as_of = 0;
  if (job.options.output) {
    check_output(*job.options.output, job.environment, job.root, diagnostics);
    job.output = output_file(job.options.output->file, job.environment);
  }
  check_imports(job.options, diagnostics);
  // From the tree and not from options.steps, which a mistake in one step empties: the others are checked all the same.
  const auto* const steps = job.root.find("steps");
  for (const auto& entry : steps == nullptr ? std::span<const config::Entry>() : steps->entries()) {
    const auto steps_scope = diagnostics.enter("steps");
    const auto scope = diagnostics.enter(entry.key);
    check_name(entry.key, entry.key_position, diagnostics);
    if (auto step = parse_step(entry, job.environment, kinds, diagnostics)) job.steps.push_back(std::move(*step));
  }
  for (const auto& [name, input] : job.options.inputs) {
    const auto same = std::find_if(job.steps.begin(), job.steps.end(), [&](const auto& step) { return step.id == name.value; });
    if (same != job.steps.end())
      diagnostics.error(same->position, fmt::format("'{}' is an input and a step", name.value), "give one of them another name");
  }
  return job;
}

config::Node JobFile::resolved(const JobKinds& kinds) const {
  JobOptions shown = options;
  shown.steps.clear();
  for (const auto& step : steps) shown.steps.emplace_back(config::Located<std::string>{step.id, step.position}, step.resolved);
  const std::array<std::string, 1> resources = {"resources"};
  return job_description(kinds).show(shown).without(resources);
}

}  // namespace fullbase::runtime
