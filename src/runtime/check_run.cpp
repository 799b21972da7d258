#include "runtime/check_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "algorithms/checks/findings.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"
#include "store/csv/options.hpp"

namespace fullbase::runtime {
namespace {

std::string counted(std::int64_t rows) {
  return fmt::format("{} row{}", base::format_count(rows), rows == 1 ? "" : "s");
}

CheckRecord begin_record(const BoundCheck& check) {
  CheckRecord record;
  record.table = check.table;
  record.name = check.name;
  record.rule = check.rule;
  record.severity = check.options.severity == Severity::warn ? "warn" : "error";
  return record;
}

template <class Rule, class Value>
bool within(const Rule& rule, const Value& value) {
  return (!rule.at_least || value >= *rule.at_least) && (!rule.at_most || value <= *rule.at_most);
}

template <class Rule>
std::string bounds_text(const Rule& rule) {
  std::vector<std::string> bounds;
  if (rule.at_least) bounds.push_back(fmt::format("at least {}", *rule.at_least));
  if (rule.at_most) bounds.push_back(fmt::format("at most {}", *rule.at_most));
  return fmt::format("{}", fmt::join(bounds, ", "));
}

class CheckRun {
 public:
  CheckRun(comm::Communicator& communicator, const BoundCheck& check, const data::BlockSource& table,
           const data::BlockSource* reference, data::Budget& budget)
      : communicator_(communicator),
        check_(check),
        table_(table),
        reference_(reference),
        budget_(budget),
        record_(begin_record(check)) {}

  CheckRecord run(const StepRecord* step) {
    const auto& options = check_.options;
    if (options.rows)
      look_at_rows(*options.rows);
    else if (options.metric)
      look_at_metric(*options.metric, *step);
    else if (options.fresh)
      look_at_newest();
    else if (!options.unique.empty())
      take(checks::repeated_keys(communicator_, table_, check_.columns, budget_), "repeat an earlier one's key");
    else if (options.key)
      take(checks::unknown_keys(communicator_, table_, check_.columns.front(), *reference_, check_.reference_column, budget_),
           fmt::format("have a value that {} lacks", options.key->in));
    else
      take(checks::rows_against(communicator_, table_, *check_.condition), broken_how());
    return std::move(record_);
  }

 private:
  std::string broken_how() const {
    if (check_.options.missing) return "have no value";
    if (check_.options.range) return fmt::format("are not {}", bounds_text(*check_.options.range));
    if (check_.options.allowed) return "have another value than those allowed";
    return "do not meet it";
  }

  void look_at_rows(const RowsRule& rule) {
    record_.observed = table_.rows();
    record_.passed = within(rule, table_.rows());
    if (!record_.passed) record_.problem = fmt::format("{}, not {}", counted(table_.rows()), bounds_text(rule));
  }

  void look_at_metric(const MetricRule& rule, const StepRecord& step) {
    const auto note = std::find_if(step.notes.begin(), step.notes.end(), [&](const auto& one) { return one.first == rule.name; });
    std::optional<double> value;
    if (note != step.notes.end()) {
      record_.observed = note->second;
      if (const auto* const whole = std::get_if<std::int64_t>(&note->second)) value = static_cast<double>(*whole);
      if (const auto* const number = std::get_if<double>(&note->second)) value = *number;
    }
    record_.passed = value && within(rule, *value);
    if (record_.passed) return;
    if (value) {
      record_.problem = fmt::format("it is {}, not {}", *value, bounds_text(rule));
      return;
    }
    std::vector<std::string> names;
    for (const auto& [name, noted] : step.notes) names.push_back(name);
    record_.problem = note == step.notes.end() ? fmt::format("the step notes no such number; it notes {}", fmt::join(names, ", "))
                                               : "what the step notes is no number";
  }

  void look_at_newest() {
    const auto newest = checks::newest(communicator_, table_, check_.columns.front(), *check_.condition);
    if (!newest) {
      record_.problem = "no value lies before as_of";
      return;
    }
    const bool is_date = table_.schema()[check_.columns.front()].type == data::Type::date;
    const auto shown = is_date ? base::format_date(*newest) : base::format_timestamp(*newest);
    const auto age = (*check_.as_of - *newest) * (is_date ? base::microseconds_per_day : 1);
    const auto within = check_.options.fresh->within;
    record_.observed = shown;
    record_.passed = age <= within;
    const auto days = [](std::int64_t microseconds) {
      return fmt::format("{:.4g} days", static_cast<double>(microseconds) / static_cast<double>(base::microseconds_per_day));
    };
    if (!record_.passed)
      record_.problem = fmt::format("the newest value, {}, lies {} before as_of, not within {}", shown, days(age), days(within));
  }

  void take(const checks::Finding& finding, const std::string& how) {
    record_.rows = finding.rows;
    record_.observed = finding.rows;
    record_.first = named(finding.first);
    record_.passed = finding.rows == 0;
    if (check_.options.missing)
      record_.passed = store::RejectLimit::parse(check_.options.missing->at_most).allows(finding.rows, table_.rows());
    if (record_.passed) return;
    const auto limit = check_.options.missing && check_.options.missing->at_most != "0"
                           ? fmt::format(" (at most {} may)", check_.options.missing->at_most)
                           : std::string();
    record_.problem = fmt::format("{} {}{}: {}{}", counted(finding.rows), how, limit, fmt::join(record_.first, ", "),
                                  finding.rows > std::ssize(finding.first) ? ", ..." : "");
  }

  /// Collective. "row 17" of each row, its number as the user knows it. Not its values: logs are read by more people than
  /// customers' data.
  std::vector<std::string> named(const std::vector<std::int64_t>& rows) {
    const auto names = comm::collective_try(communicator_, "name rows", [&] {
      std::vector<std::string> result;
      for (const auto row : rows) {
        if (communicator_.is_root()) result.push_back(fmt::format("row {}", table_.source_row(row)));
      }
      return result;
    });
    return communicator_.broadcast_texts(names);
  }

  comm::Communicator& communicator_;
  const BoundCheck& check_;
  const data::BlockSource& table_;
  const data::BlockSource* reference_;
  data::Budget& budget_;
  CheckRecord record_;
};

}  // namespace

CheckRecord run_check(comm::Communicator& communicator, const BoundCheck& check, const data::BlockSource& table,
                      const data::BlockSource* reference, const StepRecord* step, data::Budget& budget) {
  const comm::StageScope stage(communicator.statistics(), "checks");
  return CheckRun(communicator, check, table, reference, budget).run(step);
}

CheckRecord skipped_check(const BoundCheck& check, std::string why) {
  auto record = begin_record(check);
  record.skipped = std::move(why);
  return record;
}

std::string check_text(const CheckRecord& check) {
  return fmt::format("{}: {}: {}", check.table, check.name, check.problem);
}

std::optional<base::Error> checks_error(std::span<const CheckRecord> checks) {
  std::vector<std::string> broken;
  for (const auto& check : checks) {
    if (!check.passed && check.skipped.empty() && check.severity == "error") broken.push_back(check_text(check));
  }
  if (broken.empty()) return {};
  const auto what = broken.size() == 1 ? std::string("a check has") : fmt::format("{} checks have", broken.size());
  return base::input_error(fmt::format("{} failed, so nothing is published\n  {}", what, fmt::join(broken, "\n  ")), "checks")
      .known_to_all();
}

}  // namespace fullbase::runtime
