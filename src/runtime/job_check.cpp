#include "runtime/job_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/contract.hpp"

namespace fullbase::runtime {
namespace {

class StepCheck final : public CheckContext {
 public:
  StepCheck(const StepEntry& step, const CheckedJob& job, const KnownTables& tables, const std::vector<Origin>& origins,
            std::vector<const data::Schema*> schemas, config::Diagnostics& diagnostics)
      : step_(step), job_(job), tables_(tables), origins_(origins), schemas_(std::move(schemas)), diagnostics_(diagnostics) {}

  const std::string& step_id() const noexcept override { return step_.id; }
  const Environment& environment() const noexcept override { return step_.environment; }
  bool has_input(int slot) const noexcept override {
    return slot >= 0 && static_cast<std::size_t>(slot) < schemas_.size() && schemas_[static_cast<std::size_t>(slot)] != nullptr;
  }
  const data::Schema& input(int slot) const override {
    FULLBASE_EXPECTS(has_input(slot), "a job asks for inputs that it has");
    return *schemas_[static_cast<std::size_t>(slot)];
  }
  std::string table_name(int slot) const override { return job_.table_name(origins_.at(static_cast<std::size_t>(slot))); }
  bool names_previous() const noexcept override { return job_.file.options.previous.has_value(); }
  const PreviousOutput* previous() const noexcept override {
    reads_previous_ = true;
    return tables_.previous.get();
  }
  /// Whether the step has asked for it.
  bool reads_previous() const noexcept { return reads_previous_; }
  int inputs() const noexcept override { return static_cast<int>(schemas_.size()); }
  const std::string& slot_name(int slot) const override { return step_.inputs.at(static_cast<std::size_t>(slot)).name; }
  bool is_filtered() const noexcept override { return !step_.common.where.empty(); }
  bool is_filtered(int slot) const noexcept override {
    const auto& name = step_.inputs[static_cast<std::size_t>(slot)].name;
    return std::ranges::any_of(step_.common.where,
                               [&](const auto& condition) { return condition.first.empty() || condition.first == name; });
  }
  void error(std::string_view path, std::string problem, std::string advice) override {
    at(path, [&](const config::Position& position) { diagnostics_.error(position, std::move(problem), std::move(advice)); });
  }
  void unknown(std::string_view path, std::string problem, std::string_view name,
               const std::vector<std::string>& known) override {
    at(path, [&](const config::Position& position) { diagnostics_.unknown_name(position, std::move(problem), name, known); });
  }
  void warn(std::string_view path, std::string problem, std::string advice) override {
    at(path, [&](const config::Position& position) { diagnostics_.warn(position, std::move(problem), std::move(advice)); });
  }

 private:
  /// Calls report(position) with the option's path added to the diagnostics'; an empty path is the step itself.
  template <class Report>
  void at(std::string_view path, Report&& report) {
    std::optional<config::Diagnostics::Scope> scope;
    if (!path.empty()) scope.emplace(diagnostics_, path);
    report(config::locate(step_.node, path));
  }

  const StepEntry& step_;
  const CheckedJob& job_;
  const KnownTables& tables_;
  const std::vector<Origin>& origins_;
  std::vector<const data::Schema*> schemas_;
  config::Diagnostics& diagnostics_;
  mutable bool reads_previous_ = false;
};

class JobCheck {
 public:
  JobCheck(CheckedJob& job, const KnownTables& tables, config::Diagnostics& diagnostics)
      : job_(job), tables_(tables), diagnostics_(diagnostics) {}

  void check(std::size_t index) {
    const auto& step = job_.file.steps[index];
    const auto scope = diagnostics_.enter(step.id);
    const auto errors = diagnostics_.error_count();
    const auto& origins = job_.graph.origins[index];
    std::vector<const data::Schema*> schemas(origins.size());
    bool complete = true;
    for (std::size_t slot = 0; slot < origins.size(); ++slot) {
      check_table_name(origins[slot]);
      schemas[slot] = job_.schema(origins[slot], tables_);
      complete = complete && (schemas[slot] != nullptr || (!step.inputs[slot].required && origins[slot].text.empty()));
    }
    auto& checked = job_.steps[index];
    checked.filters.resize(origins.size());
    if (!complete) return;
    bind_filters(step, schemas, checked);
    StepCheck context(step, job_, tables_, origins, std::move(schemas), diagnostics_);
    auto outlines = step.step->check(context);
    checked.reads_previous = context.reads_previous();
    check_outlines(step, outlines);
    if (diagnostics_.error_count() == errors) check_columns(step, outlines);
    // A step with a mistake still says how its tables look, so that those that read it are checked in the same go.
    if (diagnostics_.error_count() == errors || !outlines.empty()) checked.outlines = std::move(outlines);
  }

 private:
  /// Reports a `step.table` that the step does not write.
  void check_table_name(const Origin& origin) {
    if (origin.kind != Origin::Kind::step || origin.table.empty()) return;
    const auto& outlines = job_.steps[origin.step].outlines;
    std::vector<std::string> known;
    for (const auto& outline : outlines) {
      if (outline.name == origin.table) return;
      if (!outline.name.empty()) known.push_back(outline.name);
    }
    if (outlines.empty()) return;
    const auto scope = diagnostics_.enter("from");
    auto problem = fmt::format("step {} writes no table '{}'", job_.file.steps[origin.step].id, origin.table);
    // Who names a step alone has not thought of a table.
    if (origin.text.find('.') == std::string::npos)
      diagnostics_.error(
          origin.position, std::move(problem),
          fmt::format("a step in this place stands for its table '{0}': name one that writes a '{0}'", origin.table));
    else
      diagnostics_.unknown_name(origin.position, std::move(problem), origin.table, known);
  }

  void bind_filters(const StepEntry& step, const std::vector<const data::Schema*>& schemas, CheckedStep& checked) {
    const auto scope = diagnostics_.enter("where");
    for (const auto& [name, text] : step.common.where) {
      for (std::size_t slot = 0; slot < schemas.size(); ++slot) {
        if (!name.empty() && name != step.inputs[slot].name) continue;
        if (schemas[slot] == nullptr) {
          diagnostics_.error(text.position, fmt::format("there is a condition, but no input '{}'", name));
          continue;
        }
        try {
          checked.filters[slot] = data::BoundExpression::bind_condition(data::Expression::parse(text.value), *schemas[slot],
                                                                        step.environment.expressions());
        } catch (const base::Error& error) {
          diagnostics_.error(text.position, error);
        }
      }
    }
  }

  static void check_outlines(const StepEntry& step, const std::vector<TableOutline>& outlines) {
    std::set<std::string> names;
    for (const auto& outline : outlines) {
      if (names.insert(outline.name).second) continue;
      throw base::internal_error(fmt::format("a {} step announces two tables named '{}'", step.kind->name(), outline.name));
    }
    if (!outlines.empty() && !outlines.front().name.empty())
      throw base::internal_error(fmt::format("a {} step announces no main table first", step.kind->name()));
  }

  /// Reports a table with two columns of one name, which no file could hold.
  void check_columns(const StepEntry& step, const std::vector<TableOutline>& outlines) {
    for (const auto& outline : outlines) {
      std::set<std::string> names;
      for (const auto& field : outline.schema.fields) {
        if (names.insert(field.name).second) continue;
        const auto table = outline.name.empty() ? "the result" : fmt::format("the result's table {}", outline.name);
        diagnostics_.error(config::locate(step.node, ""), fmt::format("{} has two columns named '{}'", table, field.name),
                           "rename the input's column by a select step before");
      }
    }
  }

  CheckedJob& job_;
  const KnownTables& tables_;
  config::Diagnostics& diagnostics_;
};

}  // namespace

const data::Schema* CheckedJob::schema(const Origin& origin, const KnownTables& tables) const {
  const auto in = [&](const auto& known) -> const data::Schema* {
    const auto found = known.find(origin.name);
    return found == known.end() || !found->second ? nullptr : &*found->second;
  };
  if (origin.kind == Origin::Kind::store_table) return in(tables.store);
  if (origin.kind == Origin::Kind::input) return in(tables.inputs);
  if (origin.kind != Origin::Kind::step) return nullptr;
  for (const auto& outline : steps[origin.step].outlines) {
    if (outline.name == origin.table) return &outline.schema;
  }
  return nullptr;
}

std::string CheckedJob::table_name(const Origin& origin) const {
  if (origin.kind == Origin::Kind::none) return {};
  if (origin.kind != Origin::Kind::step) return origin.name;
  const auto& id = file.steps[origin.step].id;
  return origin.table.empty() ? id : id + "/" + origin.table;
}

CheckedJob check_job(JobFile file, const KnownTables& tables, config::Diagnostics& diagnostics) {
  CheckedJob job;
  job.file = std::move(file);
  StoreNames names{{}, tables.store_called};
  for (const auto& [name, schema] : tables.store) names.tables.insert(name);
  job.graph = make_graph(job.file, names, diagnostics);
  job.steps.resize(job.file.steps.size());
  {
    const auto scope = diagnostics.enter("steps");
    JobCheck check(job, tables, diagnostics);
    for (const auto step : job.graph.order) check.check(step);
  }
  job.checks = bind_checks(job, tables, names, diagnostics);
  return job;
}

std::optional<int> CheckContext::column(std::string_view path, std::string_view name, int slot) {
  if (const auto found = input(slot).find(name)) return found;
  std::vector<std::string> known;
  for (const auto& field : input(slot).fields) known.push_back(field.name);
  unknown(path, fmt::format("there is no column '{}'", name), name, known);
  return {};
}

std::optional<std::int64_t> CheckContext::require_as_of() {
  if (!environment().as_of)
    error("", "this job looks back from a moment, and the job file has no as_of", "add as_of: 2026-01-31 at its top");
  return environment().as_of;
}

}  // namespace fullbase::runtime
