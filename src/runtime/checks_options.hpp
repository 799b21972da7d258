// What `checks` of a job file says: rules that tables keep before a night is published.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/description.hpp"

namespace fullbase::runtime {

enum class Severity {
  error,  ///< nothing is published
  warn,   ///< a warning
};
std::vector<std::tuple<Severity, std::string, std::string>> enum_names(Severity);

struct RowsRule {
  std::optional<std::int64_t> at_least = {};
  std::optional<std::int64_t> at_most = {};
};

struct MissingRule {
  std::string column;
  std::string at_most = "0";  ///< rows, or a share
};

/// Bounds are texts of expressions without columns: 0, 2011-12-10, as_of - 30d.
struct RangeRule {
  std::string column;
  std::optional<std::string> at_least = {};
  std::optional<std::string> at_most = {};
};

struct AllowedRule {
  std::string column;
  std::vector<std::string> values;
};

struct KeyRule {
  std::string column;
  std::string in;  ///< table.column
};

struct FreshRule {
  std::string column;
  std::int64_t within = 0;  ///< microseconds
};

struct MetricRule {
  std::string name;
  std::optional<double> at_least = {};
  std::optional<double> at_most = {};
};

/// One check: exactly one of the rules is there.
struct CheckOptions {
  std::optional<RowsRule> rows = {};
  std::vector<std::string> unique = {};
  std::optional<MissingRule> missing = {};
  std::optional<RangeRule> range = {};
  std::optional<AllowedRule> allowed = {};
  std::optional<KeyRule> key = {};
  std::optional<FreshRule> fresh = {};
  std::optional<std::string> expect = {};
  std::optional<MetricRule> metric = {};
  Severity severity = Severity::error;
  std::optional<std::string> name = {};
};
config::Description<CheckOptions> describe(config::Type<CheckOptions>);

/// The key of the rule that is there: "rows", "unique", ...
std::string rule_of(const CheckOptions& check);

/// By table, in the order of the file: what a table has to keep.
using TableChecks = std::vector<std::pair<config::Located<std::string>, std::vector<CheckOptions>>>;

}  // namespace fullbase::runtime
