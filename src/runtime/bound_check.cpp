#include "runtime/bound_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/time.hpp"
#include "data/type_kinds.hpp"
#include "runtime/job_check.hpp"

namespace fullbase::runtime {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) result.append(c == quote ? 2 : 1, c);
  return result + quote;
}

/// What stands for a value beside a column of this type in an expression.
std::string literal(const std::string& value, data::Type type) {
  return is_text(type) ? quoted(value, '\'') : "(" + value + ")";
}

/// Binds the checks of one table.
class TableBinding {
 public:
  TableBinding(const CheckedJob& job, const KnownTables& tables, const StoreNames& store, config::Diagnostics& diagnostics)
      : job_(job), tables_(tables), store_(store), diagnostics_(diagnostics) {}

  std::optional<BoundCheck> bind(const config::Located<std::string>& table, const CheckOptions& options,
                                 const config::Node& node) {
    node_ = &node;
    BoundCheck check;
    check.table = table.value;
    check.options = options;
    check.rule = rule_of(options);
    check.origin = resolve_reference(job_.file, store_, table, diagnostics_);
    const auto* const schema = schema_of(check.origin);
    if (schema == nullptr || check.rule.empty()) return {};
    schema_ = schema;
    environment_ =
        check.origin.kind == Origin::Kind::step ? job_.file.steps[check.origin.step].environment : job_.file.environment;
    const auto errors = diagnostics_.error_count();
    const auto scope = diagnostics_.enter(check.rule);
    bind_rule(check);
    if (diagnostics_.error_count() != errors) return {};
    check.name = options.name.value_or(check.rule + looked_at(check));
    return check;
  }

 private:
  void bind_rule(BoundCheck& check) {
    const auto& options = check.options;
    if (options.rows) return;
    if (!options.unique.empty()) return bind_unique(check);
    if (options.missing) return bind_missing(check);
    if (options.range) return bind_range(check);
    if (options.allowed) return bind_allowed(check);
    if (options.key) return bind_key(check);
    if (options.fresh) return bind_fresh(check);
    if (options.expect) return bind_condition(check, "expect", *options.expect);
    if (check.origin.kind != Origin::Kind::step || !check.origin.table.empty())
      diagnostics_.error(at("metric"), fmt::format("'{}' is no step, and only steps note numbers", check.table),
                         "write this check under the step's id");
  }

  void bind_unique(BoundCheck& check) {
    for (const auto& name : check.options.unique) {
      const auto column = find(check, "unique", name);
      if (column && is_float((*schema_)[*column].type))
        diagnostics_.error(at("unique"), fmt::format("'{}' holds {}, which is no key", name, type_text((*schema_)[*column])));
    }
  }

  void bind_missing(BoundCheck& check) {
    const auto& name = check.options.missing->column;
    if (find(check, "missing.column", name)) bind_condition(check, "missing", quoted(name, '`') + " is not missing");
  }

  void bind_range(BoundCheck& check) {
    const auto& rule = *check.options.range;
    const auto column = find(check, "range.column", rule.column);
    if (!column) return;
    const auto type = (*schema_)[*column].type;
    const auto name = quoted(rule.column, '`');
    std::string condition = name + " is missing";
    std::string bounds;
    if (rule.at_least) bounds = name + " >= " + literal(*rule.at_least, type);
    if (rule.at_most) bounds += (bounds.empty() ? "" : " and ") + name + " <= " + literal(*rule.at_most, type);
    bind_condition(check, "range", fmt::format("{} or ({})", condition, bounds));
    // The bounds may mention the column that they bound and no other.
    if (check.condition && check.condition->columns().size() > 1)
      diagnostics_.error(at("range"), "a bound mentions another column", "write the rule as a condition: expect: ...");
  }

  void bind_allowed(BoundCheck& check) {
    const auto& rule = *check.options.allowed;
    const auto column = find(check, "allowed.column", rule.column);
    if (!column) return;
    const auto name = quoted(rule.column, '`');
    std::vector<std::string> values;
    for (const auto& value : rule.values) values.push_back(literal(value, (*schema_)[*column].type));
    bind_condition(check, "allowed", fmt::format("{} is missing or {} in ({})", name, name, fmt::join(values, ", ")));
  }

  void bind_key(BoundCheck& check) {
    const auto& rule = *check.options.key;
    const auto column = find(check, "key.column", rule.column);
    const auto dot = rule.in.rfind('.');
    const auto scope = diagnostics_.enter("in");
    check.reference = resolve_reference(job_.file, store_, {rule.in.substr(0, dot), at("key.in")}, diagnostics_);
    const auto* const reference = schema_of(check.reference);
    if (!column || reference == nullptr) return;
    const auto other = rule.in.substr(dot + 1);
    const auto found = reference->find(other);
    if (!found) return unknown_column(at("key.in"), other, *reference);
    check.reference_column = *found;
    const auto& mine = (*schema_)[*column];
    const auto& theirs = (*reference)[*found];
    const bool alike = is_text(mine.type) ? is_text(theirs.type) : mine.type == theirs.type && mine.scale == theirs.scale;
    if (!alike || is_float(mine.type))
      diagnostics_.error(at("key.in"), fmt::format("{} holds {} and {} {}, which cannot be compared as keys", rule.column,
                                                   type_text(mine), rule.in, type_text(theirs)));
  }

  void bind_fresh(BoundCheck& check) {
    const auto& name = check.options.fresh->column;
    const auto column = find(check, "fresh.column", name);
    if (!column) return;
    const auto type = (*schema_)[*column].type;
    if (!is_time(type))
      return diagnostics_.error(at("fresh.column"),
                                fmt::format("'{}' holds {}, no dates or timestamps", name, type_text((*schema_)[*column])));
    if (!environment_.as_of)
      return diagnostics_.error(at("fresh"), "there is no as_of that values could be near to",
                                "add as_of: 2026-01-31 to the job");
    bind_condition(check, "fresh", quoted(name, '`') + " < as_of");
    check.as_of =
        type == data::Type::date ? base::day_of_timestamp(environment_.zone.to_local(*environment_.as_of)) : *environment_.as_of;
  }

  void bind_condition(BoundCheck& check, const char* path, const std::string& text) {
    try {
      check.condition =
          data::BoundExpression::bind_condition(data::Expression::parse(text), *schema_, environment_.expressions());
      if (check.columns.empty()) check.columns = check.condition->columns();
    } catch (const base::Error& error) {
      diagnostics_.error(at(path), error);
    }
  }

  /// The schema of what a check names; null after a report, or where its step has a mistake.
  const data::Schema* schema_of(const Origin& origin) {
    if (origin.kind == Origin::Kind::none) return nullptr;
    const auto* const schema = job_.schema(origin, tables_);
    if (schema != nullptr || origin.kind != Origin::Kind::step || job_.steps[origin.step].outlines.empty()) return schema;
    std::vector<std::string> known;
    for (const auto& outline : job_.steps[origin.step].outlines) {
      if (!outline.name.empty()) known.push_back(outline.name);
    }
    diagnostics_.unknown_name(origin.position,
                              fmt::format("step {} writes no table '{}'", job_.file.steps[origin.step].id, origin.table),
                              origin.table, known);
    return nullptr;
  }

  std::optional<int> find(BoundCheck& check, const char* path, const std::string& name) {
    const auto found = schema_->find(name);
    if (found)
      check.columns.push_back(*found);
    else
      unknown_column(at(path), name, *schema_);
    return found;
  }

  void unknown_column(const config::Position& position, const std::string& name, const data::Schema& schema) {
    std::vector<std::string> known;
    for (const auto& field : schema.fields) known.push_back(field.name);
    diagnostics_.unknown_name(position, fmt::format("there is no column '{}'", name), name, known);
  }

  config::Position at(const char* path) const { return config::locate(*node_, path); }

  /// " customer, time": what tells checks of one rule apart.
  std::string looked_at(const BoundCheck& check) const {
    if (check.options.expect) return " " + *check.options.expect;
    if (check.options.metric) return " " + check.options.metric->name;
    std::vector<std::string> names;
    for (const auto column : check.columns) names.push_back((*schema_)[column].name);
    return names.empty() ? std::string() : fmt::format(" {}", fmt::join(names, ", "));
  }

  const CheckedJob& job_;
  const KnownTables& tables_;
  const StoreNames& store_;
  config::Diagnostics& diagnostics_;
  const config::Node* node_ = nullptr;
  const data::Schema* schema_ = nullptr;
  Environment environment_;
};

}  // namespace

std::vector<BoundCheck> bind_checks(const CheckedJob& job, const KnownTables& tables, const StoreNames& store,
                                    config::Diagnostics& diagnostics) {
  std::vector<BoundCheck> bound;
  TableBinding binding(job, tables, store, diagnostics);
  const auto* const section = job.file.root.find("checks");
  const auto scope = diagnostics.enter("checks");
  for (const auto& [table, checks] : job.file.options.checks) {
    const auto table_scope = diagnostics.enter(table.value);
    const auto* const node = section->find(table.value);
    for (std::size_t i = 0; i < checks.size(); ++i) {
      std::optional<config::Diagnostics::Scope> item;
      if (node->is_sequence()) item.emplace(diagnostics, fmt::format("[{}]", i));
      auto check = binding.bind(table, checks[i], node->is_sequence() ? node->items()[i] : *node);
      if (check) bound.push_back(std::move(*check));
    }
  }
  return bound;
}

}  // namespace fullbase::runtime
