// job: drift - what has moved between the output of the night before and tonight: distributions, and customers between segments.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/compare/group_labels.hpp"
#include "algorithms/compare/population_stability.hpp"
#include "algorithms/compare/transitions.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "data/type_kinds.hpp"
#include "jobs/drift_tables.hpp"
#include "jobs/registry.hpp"
#include "runtime/previous.hpp"

namespace fullbase::jobs {
namespace {

using compare::GroupLabels;

struct DriftOptions {
  std::optional<std::string> against = {};
  std::vector<std::string> columns = {};
  double rare = 0.01;
  std::optional<std::string> by = {};
  std::optional<std::string> key = {};
  std::optional<std::string> segment = {};
};

config::Description<DriftOptions> description() {
  return config::Description<DriftOptions>(
             "drift",
             "What has moved between two nights: distributions of columns, and customers between segments\n"
             "Compares a table with one of the output that `previous` names. Each column has a population stability index: the "
             "sum\n"
             "over bins of (b - a) ln(b / a), a and b being the bin's share of the rows before and tonight. Numbers fall into "
             "bins by\n"
             "the deciles of the night before, texts by value; missing values have a bin of their own, and an empty bin counts "
             "as\n"
             "half a row.")
      .option("against", &DriftOptions::against, "Table of the previous output, as outputs name it: `rfm`, `segments/centroids`.",
              config::non_empty(), config::default_means("the one that `from` names"))
      .option("columns", &DriftOptions::columns, "Columns to compare.", config::distinct(),
              config::default_means("the numbers, booleans and categories that both tables have, but for `key`"))
      .option("rare", &DriftOptions::rare, "Texts that hold less than this share of the rows on both nights are one bin.",
              config::between(0.0, 1.0))
      .option("by", &DriftOptions::by, "A column of both tables; columns are compared within each of its values as well.",
              config::non_empty())
      .option("key", &DriftOptions::key, "With `segment`: the column that says whose row it is.", config::non_empty())
      .option("segment", &DriftOptions::segment,
              "With `key`: a column of both tables; the table `transitions` counts who went from which value to which.",
              config::non_empty())
      .check([](const DriftOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.key.has_value() != options.segment.has_value())
          diagnostics.error(config::locate(node, options.key ? "key" : "segment"), "`key` and `segment` go together",
                            options.key ? "name the column of segments" : "name the column that says whose row it is");
      });
}

/// Compared as numbers: 0 and 1 are.
bool has_numbers(data::Type type) {
  return is_number(type) || type == data::Type::boolean;
}
/// Whether `by`, `key` or `segment` may name a column of this type.
bool fits_option(std::string_view option, data::Type type) {
  if (option == "key") return type != data::Type::float32 && type != data::Type::float64;
  return type == data::Type::category || type == data::Type::int64 || (option == "by" && type == data::Type::string);
}

class Drift final : public runtime::Step {
 public:
  explicit Drift(DriftOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    if (!context.names_previous())
      context.error("", "drift needs the output of the night before", "add previous: {file: out/latest.h5} at the top");
    if (context.is_filtered())
      context.error("where", "a condition would leave out rows of tonight's table alone",
                    "make both tables by a select step with this condition, and compare those");
    against_ = options_.against.value_or(context.table_name());
    const auto* const before = find_table(context);
    const auto& after = context.input();
    bool right = true;
    for (const auto& [path, name] : labels()) {
      right &= context.column(path, *name).has_value();
      if (!right) continue;
      const auto type = after[*after.find(*name)].type;
      if (fits_option(path, type)) continue;
      context.error(path, fmt::format("column '{}' is of type {}", *name, data::type_name(type)),
                    std::string_view(path) == "key" ? "a key is a whole number, a time or a text"
                                                    : "values to compare by are whole numbers or categories");
      right = false;
    }
    for (std::size_t i = 0; i < options_.columns.size(); ++i)
      right &= context.column(fmt::format("columns[{}]", i), options_.columns[i]).has_value();
    if (right && before != nullptr) check_pairs(context, before->schema, after);
    std::vector<runtime::TableOutline> outlines = {{"", drift_schema(options_.by.has_value())}, {"bins", bins_schema()}};
    if (options_.key) outlines.push_back({"transitions", transitions_schema()});
    return outlines;
  }

  void run(runtime::StepContext& context) override {
    const auto* const before = context.previous_table(against_);
    if (before == nullptr) {
      context.warn("there is no night before to compare with: the tables are empty");
      context.write_small("", drift_table({}, nullptr, options_.by.has_value()));
      context.write_small("bins", bins_table({}));
      if (options_.key) context.write_small("transitions", transitions_table({}, data::Type::int64));
      return;
    }
    const auto& after = context.input();
    write_stability(context, *before, after);
    if (options_.key) write_transitions(context, *before, after);
  }

 private:
  std::vector<std::pair<const char*, const std::string*>> labels() const {
    std::vector<std::pair<const char*, const std::string*>> named;
    if (options_.by) named.emplace_back("by", &*options_.by);
    if (options_.key) named.emplace_back("key", &*options_.key);
    if (options_.segment) named.emplace_back("segment", &*options_.segment);
    return named;
  }

  /// The table before; null on a first night, and on the first one of a step.
  const store::TableSummary* find_table(runtime::CheckContext& context) const {
    if (context.previous() == nullptr) return nullptr;
    const auto* const table = context.previous()->find(against_);
    if (table != nullptr) return table;
    const auto problem = fmt::format("the previous output has no table {}", against_);
    if (against_ == context.table_name()) {
      context.warn("", problem + ": there is nothing to compare with tonight");
    } else {
      context.unknown("against", problem, against_, context.previous()->table_names());
    }
    return nullptr;
  }

  /// Pairs the columns of both tables, and reports those that cannot be compared.
  void check_pairs(runtime::CheckContext& context, const data::Schema& before, const data::Schema& after) {
    const auto fits = [&](const std::string& path, const std::string& name, bool by_value) {
      const auto there = before.find(name);
      if (!there) {
        std::vector<std::string> known;
        for (const auto& field : before.fields) known.push_back(field.name);
        context.unknown(path, fmt::format("the previous output's {} has no column '{}'", against_, name), name, known);
        return false;
      }
      const auto was = before[*there].type;
      const auto is = after[*after.find(name)].type;
      if ((is_text(was) && is_text(is) && path != "segment") || (!by_value && has_numbers(was) && has_numbers(is)) ||
          (by_value && was == is))
        return true;
      context.error(path,
                    fmt::format("column '{}' was {} in the previous output, and is {} tonight", name, data::type_name(was),
                                data::type_name(is)),
                    "leave it out until both nights have it alike");
      return false;
    };
    for (const auto& [path, name] : labels()) fits(path, *name, true);
    for (std::size_t i = 0; i < options_.columns.size(); ++i) {
      const auto& name = options_.columns[i];
      const auto path = fmt::format("columns[{}]", i);
      const auto type = after[*after.find(name)].type;
      if (!has_numbers(type) && !is_text(type)) {
        context.error(path, fmt::format("column '{}' is of type {}", name, data::type_name(type)),
                      "derive a number from it in a select step, such as days(as_of - date)");
      } else if (fits(path, name, is_by_value(name, type))) {
        add(name, before, after);
      }
    }
    if (!options_.columns.empty()) return;
    for (const auto& field : after.fields) {
      const auto there = before.find(field.name);
      if (!there || field.name == options_.key || field.name == after.key || field.type == data::Type::string) continue;
      const auto was = before[*there].type;
      const bool alike = is_text(field.type) ? is_text(was) : has_numbers(field.type) && has_numbers(was);
      if (alike && (!is_by_value(field.name, field.type) || is_text(was) || was == field.type)) add(field.name, before, after);
    }
  }
  bool is_by_value(const std::string& name, data::Type type) const {
    return is_text(type) || name == options_.by || name == options_.segment;
  }
  void add(const std::string& name, const data::Schema& before, const data::Schema& after) {
    pairs_.push_back({name, *before.find(name), *after.find(name), is_by_value(name, after[*after.find(name)].type)});
  }

  /// Collective.
  static GroupLabels require_labels(runtime::StepContext& context, const data::BlockSource& before,
                                    const data::BlockSource& after, const std::string& name, const char* path) {
    auto labels = GroupLabels::build(context.communicator(), {&before, *before.schema().find(name)},
                                     {&after, *after.schema().find(name)}, context.budget());
    if (!labels)
      throw base::input_error(fmt::format("column '{}' has more than {} values", name, base::format_count(GroupLabels::most)),
                              fmt::format("steps.{}.{}", context.step_id(), path), "name a column of fewer")
          .known_to_all();
    return std::move(*labels);
  }

  void write_stability(runtime::StepContext& context, const data::BlockSource& before, const data::BlockSource& after) const {
    std::optional<GroupLabels> groups;
    compare::Grouping grouping;
    if (options_.by) {
      groups = require_labels(context, before, after, *options_.by, "by");
      grouping = {&*groups, *before.schema().find(*options_.by), *after.schema().find(*options_.by)};
    }
    const auto columns =
        compare::population_stability(context.communicator(), before, after, pairs_, grouping, {options_.rare}, context.budget());
    std::int64_t shifted = 0;
    for (const auto& column : columns) {
      if (column.too_many_values) {
        context.warn(fmt::format("column '{}' has more than {} values, and is left out", column.column,
                                 base::format_count(GroupLabels::most)));
      } else if (level_of(column.measures.front().index) == "shifted") {
        ++shifted;
      }
    }
    context.note("columns", std::ssize(columns));
    context.note("shifted", shifted);
    context.write_small("", drift_table(columns, groups ? &*groups : nullptr, options_.by.has_value()));
    context.write_small("bins", bins_table(columns));
  }

  void write_transitions(runtime::StepContext& context, const data::BlockSource& before, const data::BlockSource& after) const {
    const auto table = compare::transitions(context.communicator(), before, after, std::span(&*options_.key, 1),
                                            *options_.segment, context.budget());
    context.left_out("key missing before", table.before_without_key);
    context.left_out("key missing", table.after_without_key);
    context.write_small("transitions", transitions_table(table, after.schema()[*after.schema().find(*options_.segment)].type));
  }

  DriftOptions options_;
  std::string against_;
  std::vector<compare::ComparedColumn> pairs_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> drift_kind() {
  return runtime::make_job_kind<DriftOptions, Drift>(description());
}

}  // namespace fullbase::jobs
