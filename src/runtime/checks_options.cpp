#include "runtime/checks_options.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "store/csv/options.hpp"

namespace fullbase::runtime {
namespace {

std::string limit_problem(std::string_view text) {
  try {
    store::RejectLimit::parse(text);
    return {};
  } catch (const base::Error& error) {
    return error.problem();
  }
}

/// Reports a rule that states no bound, or one that nothing can meet.
template <class Rule>
void check_bounds(const Rule& rule, const config::Node& node, config::Diagnostics& diagnostics) {
  if (!rule.at_least && !rule.at_most) diagnostics.error(node.position(), "there is no bound", "add at_least or at_most");
  if constexpr (!std::is_same_v<Rule, RangeRule>) {
    if (rule.at_least && rule.at_most && *rule.at_least > *rule.at_most)
      diagnostics.error(node.position(), "at_least is greater than at_most, so that nothing could pass");
  }
}

config::Description<RowsRule> rows_rule() {
  return config::Description<RowsRule>("rows check", "How many rows the table has.")
      .option("at_least", &RowsRule::at_least, "Rows.", config::at_least(0), config::default_means("no bound"))
      .option("at_most", &RowsRule::at_most, "Rows.", config::at_least(0), config::default_means("no bound"))
      .check(check_bounds<RowsRule>);
}

config::Description<MissingRule> missing_rule() {
  return config::Description<MissingRule>("missing check", "How many values of a column may be missing.")
      .required("column", &MissingRule::column, "The column.", config::non_empty())
      .option("at_most", &MissingRule::at_most, "A number of rows, or a share such as 1%.",
              config::text_of("number or share", limit_problem));
}

config::Description<RangeRule> range_rule() {
  return config::Description<RangeRule>("range check", "Between which values a column lies; missing values pass.")
      .required("column", &RangeRule::column, "The column.", config::non_empty())
      .option("at_least", &RangeRule::at_least, "A number, date or time, or an expression such as `as_of - 365d`.",
              config::non_empty(), config::default_means("no bound"))
      .option("at_most", &RangeRule::at_most, "The same.", config::non_empty(), config::default_means("no bound"))
      .check(check_bounds<RangeRule>);
}

config::Description<AllowedRule> allowed_rule() {
  return config::Description<AllowedRule>("allowed check", "Which values a column may have; missing values pass.")
      .required("column", &AllowedRule::column, "The column.", config::non_empty())
      .required("values", &AllowedRule::values, "All that may occur.", config::non_empty());
}

config::Description<KeyRule> key_rule() {
  return config::Description<KeyRule>("key check", "Every value of a column occurs in another table; missing values pass.")
      .required("column", &KeyRule::column, "The column.", config::non_empty())
      .required("in", &KeyRule::in, "The other table and its column: `customers.customer`.",
                config::text_of("table.column", [](std::string_view text) {
                  const auto dot = text.rfind('.');
                  const bool both = dot != std::string_view::npos && dot > 0 && dot + 1 < text.size();
                  return both ? std::string() : fmt::format("'{}' is no table and column; write table.column", text);
                }));
}

config::Description<FreshRule> fresh_rule() {
  return config::Description<FreshRule>("fresh check", "How near to as_of the newest value before it lies.")
      .required("column", &FreshRule::column, "A column of dates or timestamps.", config::non_empty())
      .required("within", &FreshRule::within, "The most that it may lie back.", config::duration(config::more_than(0)));
}

config::Description<MetricRule> metric_rule() {
  return config::Description<MetricRule>("metric check", "Which values a number has that the step notes in the manifest.")
      .required("name", &MetricRule::name, "The note's name.", config::non_empty())
      .option("at_least", &MetricRule::at_least, "The least that passes.", config::default_means("no bound"))
      .option("at_most", &MetricRule::at_most, "The most that passes.", config::default_means("no bound"))
      .check(check_bounds<MetricRule>);
}

std::vector<std::string> rules_of(const CheckOptions& check) {
  std::vector<std::string> rules;
  const auto add = [&](bool there, const char* name) {
    if (there) rules.emplace_back(name);
  };
  add(check.rows.has_value(), "rows");
  add(!check.unique.empty(), "unique");
  add(check.missing.has_value(), "missing");
  add(check.range.has_value(), "range");
  add(check.allowed.has_value(), "allowed");
  add(check.key.has_value(), "key");
  add(check.fresh.has_value(), "fresh");
  add(check.expect.has_value(), "expect");
  add(check.metric.has_value(), "metric");
  return rules;
}

}  // namespace

std::vector<std::tuple<Severity, std::string, std::string>> enum_names(Severity) {
  return {{Severity::error, "error", "Nothing is published."}, {Severity::warn, "warn", "A warning."}};
}

config::Description<CheckOptions> describe(config::Type<CheckOptions>) {
  using config::optional_of;
  using config::structure;
  return config::Description<CheckOptions>("check",
                                           "A rule that a table keeps; exactly one of the rules, and what else is said of it.")
      .option("rows", &CheckOptions::rows, "How many rows the table has.", optional_of(structure(rows_rule())),
              config::default_means("no such rule"))
      .option("unique", &CheckOptions::unique,
              "Columns whose values together occur once; rows in which one of them is missing pass.")
      .option("missing", &CheckOptions::missing, "How many values of a column may be missing.",
              optional_of(structure(missing_rule())), config::default_means("no such rule"))
      .option("range", &CheckOptions::range, "Between which values a column lies.", optional_of(structure(range_rule())),
              config::default_means("no such rule"))
      .option("allowed", &CheckOptions::allowed, "Which values a column may have.", optional_of(structure(allowed_rule())),
              config::default_means("no such rule"))
      .option("key", &CheckOptions::key, "Every value of a column occurs in another table.", optional_of(structure(key_rule())),
              config::default_means("no such rule"))
      .option("fresh", &CheckOptions::fresh, "How near to as_of the newest value lies.", optional_of(structure(fresh_rule())),
              config::default_means("no such rule"))
      .option("expect", &CheckOptions::expect, "A condition that is true in every row.", config::non_empty(),
              config::default_means("no such rule"))
      .option("metric", &CheckOptions::metric, "Which values a number has that the step notes in the manifest.",
              optional_of(structure(metric_rule())), config::default_means("no such rule"))
      .option("severity", &CheckOptions::severity, "What comes of a rule that is broken.")
      .option("name", &CheckOptions::name, "What messages and the manifest call the check.", config::non_empty(),
              config::default_means("its rule and column"))
      .check([](const CheckOptions& check, const config::Node& node, config::Diagnostics& diagnostics) {
        const auto rules = rules_of(check);
        if (rules.empty())
          diagnostics.error(node.position(), "this check has no rule",
                            "add one of rows, unique, missing, range, allowed, key, fresh, expect, metric");
        if (rules.size() > 1)
          diagnostics.error(node.position(), fmt::format("this check has {} rules: {}", rules.size(), fmt::join(rules, ", ")),
                            "write a list item for each");
      });
}

std::string rule_of(const CheckOptions& check) {
  const auto rules = rules_of(check);
  return rules.empty() ? std::string() : rules.front();
}

}  // namespace fullbase::runtime
