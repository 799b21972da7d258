#include "jobs/suppressed_aggregate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "algorithms/tables/aggregate.hpp"
#include "algorithms/tables/ordered_groups.hpp"
#include "algorithms/tables/suppression.hpp"
#include "comm/redistribute.hpp"
#include "data/derived_source.hpp"
#include "data/row_selection.hpp"
#include "jobs/aggregate_lines.hpp"

namespace fullbase::jobs {
namespace {

using tables::AggregateOptions;
using tables::Function;
using tables::Measure;

// Names that no option can give.
constexpr const char* all_keys = "all keys'";
constexpr const char* children = "children'";

/// Tables from the coarsest to the cells themselves, by the number of keys. The coarsest, of all lines together, is there even
/// where it is not written: the run's manifest tells how many lines there are.
std::vector<std::size_t> levels_of(const AggregateOptions& options) {
  std::vector<std::size_t> levels;
  for (std::size_t keys = 0; keys <= options.by.size(); ++keys) {
    if (options.suppress->totals || keys == 0 || keys == options.by.size()) levels.push_back(keys);
  }
  return levels;
}

bool is_written(const AggregateOptions& options, std::size_t keys) {
  return options.suppress->totals || keys == options.by.size();
}

/// Sets of lines that measures are about; of each the customers decide whether a cell is shown.
struct LineSets {
  std::vector<std::string> needed = {""};  ///< conditions; in what is shown each has enough customers
  std::vector<std::string> others = {};    ///< none, or enough: what a difference of two measures or the sum itself is about
};

LineSets line_sets(const AggregateOptions& options, const data::Schema& schema, const data::ExpressionEnvironment& environment) {
  LineSets sets;
  std::set<std::string> told_missing;
  std::set<std::string> told_zero;
  for (const auto& [name, measure] : options.measures) {
    if (measure.of.empty()) continue;
    const auto field = data::BoundExpression::bind(data::Expression::parse(measure.of), schema, environment).field();
    if (field.nullable && told_missing.insert(measure.of).second) {
      sets.needed.push_back(fmt::format("({}) is not missing", measure.of));
      sets.others.push_back(fmt::format("({}) is missing", measure.of));
    }
    // A sum to which few add something is about these few.
    const bool adds =
        measure.function == Function::sum || measure.function == Function::mean || measure.function == Function::std;
    if (adds && told_zero.insert(measure.of).second) sets.others.push_back(fmt::format("({}) != 0", measure.of));
  }
  return sets;
}

std::string table_name(const AggregateOptions& options, std::size_t keys) {
  if (keys == options.by.size()) return "";
  return keys == 0 ? "totals" : fmt::format("totals_{}", keys);
}

/// True where every key is there, else missing: such lines are in no cell, and must be in no total.
data::Derivation derivation(const AggregateOptions& options) {
  std::string text;
  for (const std::string& key : options.by) {
    const auto column = data::column_expression(key);
    text += fmt::format("{}{} = {}", text.empty() ? "" : " and ", column, column);
  }
  return {all_keys, data::Expression::parse(text)};
}

/// What is asked of the first `keys` keys, without what is only counted to decide.
AggregateOptions shown_options(const AggregateOptions& options, std::size_t keys) {
  AggregateOptions shown = options;
  shown.by.resize(keys);
  shown.suppress.reset();
  return shown;
}

/// The same and what decides: the customers of each set of lines, and the parts of each total.
AggregateOptions counted_options(const AggregateOptions& options, std::size_t keys, const LineSets& sets) {
  AggregateOptions counted = shown_options(options, keys);
  if (keys < options.by.size()) counted.by.emplace_back(all_keys);
  const auto customer = data::column_expression(options.suppress->count);
  for (const auto* const kind : {&sets.needed, &sets.others}) {
    for (const auto& where : *kind)
      counted.measures.emplace_back(fmt::format("customers' {}", counted.measures.size()),
                                    Measure{.function = Function::distinct, .of = customer, .where = where});
  }
  if (keys < options.by.size())
    counted.measures.emplace_back(children,
                                  Measure{.function = Function::distinct, .of = data::column_expression(options.by[keys])});
  return counted;
}

/// One table of the step: all of it, and what decides which of its cells are shown.
struct Level {
  std::size_t keys = 0;
  data::Batch cells = {};  ///< this rank's, all columns
  tables::CellLevel counts = {};
};

std::vector<std::int64_t> gathered(comm::Communicator& communicator, std::span<const std::int64_t> mine) {
  return communicator.all_gather_all(mine).values;
}

class Suppressed {
 public:
  Suppressed(const AggregateOptions& options, runtime::StepContext& context)
      : options_(options),
        context_(context),
        communicator_(context.communicator()),
        environment_(context.environment().expressions()),
        source_(context.input(), {derivation(options)}, environment_),
        sets_(line_sets(options, source_.schema(), environment_)) {}

  void run() {
    for (const std::size_t keys : levels_of(options_)) levels_.push_back(make(keys));
    std::vector<tables::CellLevel> counts;
    for (auto& level : levels_) counts.push_back(std::move(level.counts));
    const auto all_cells = static_cast<std::int64_t>(counts.back().cells());
    if (!options_.suppress->totals) counts.front().children.assign(counts.front().cells(), all_cells);
    const auto below = options_.suppress->below;
    const auto needed = sets_.needed.size();
    const auto shown = tables::shown_cells(counts, below, needed);
    std::int64_t few = 0;
    std::int64_t for_others = 0;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      if (!is_written(options_, levels_[i].keys)) continue;
      write(levels_[i], shown[i]);
      for (std::size_t cell = 0; cell < shown[i].size(); ++cell) {
        if (shown[i][cell]) continue;
        (tables::is_about_few(counts[i], cell, below, needed) ? few : for_others) += 1;
      }
    }
    context_.note("groups", all_cells);
    context_.note("suppressed_cells", few);
    context_.note("suppressed_for_totals", for_others);
  }

 private:
  Level make(std::size_t keys) {
    const bool is_last = keys == options_.by.size();
    const auto counted = counted_options(options_, keys, sets_);
    const auto schema = tables::Aggregate::schema(source_.schema(), counted, environment_);
    const tables::Aggregate aggregate(communicator_, source_, context_.filter(), counted, environment_, context_.budget(),
                                      context_.spill(),
                                      [&](std::int64_t done, std::int64_t total) { context_.progress(done, total, "lines"); });
    if (is_last) note_left_out(context_, options_, aggregate);
    Level level{.keys = keys, .cells = tables::ordered_groups(communicator_, aggregate, schema)};
    auto& columns = level.cells.columns;
    if (!is_last) {
      level.counts.children = gathered(communicator_, columns.back().int64s());
      columns.pop_back();
      columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(keys));  // true in all of them
    }
    const std::size_t shown = keys + options_.measures.size();
    for (std::size_t column = shown; column < columns.size(); ++column)
      level.counts.customers.push_back(gathered(communicator_, columns[column].int64s()));
    columns.resize(shown);
    return level;
  }

  void write(const Level& level, const std::vector<std::uint8_t>& shown) {
    std::vector<std::int32_t> rows;
    for (std::int64_t row = level.cells.rows.first; row < level.cells.rows.last; ++row) {
      if (shown[static_cast<std::size_t>(row)]) rows.push_back(static_cast<std::int32_t>(row - level.cells.rows.first));
    }
    context_.write_local(table_name(options_, level.keys), comm::redistribute(communicator_, data::take_rows(level.cells, rows)));
  }

  const AggregateOptions& options_;
  runtime::StepContext& context_;
  comm::Communicator& communicator_;
  data::ExpressionEnvironment environment_;
  data::DerivedSource source_;
  LineSets sets_;
  std::vector<Level> levels_;
};

bool chooses(const std::string& expression) {
  try {
    return data::Expression::parse(expression).calls("if");
  } catch (const data::ExpressionError&) {
    return false;  // the schema of the result reports it
  }
}

const char* problem_of(const Measure& measure) {
  if (!measure.of.empty() && chooses(measure.of)) return "`if` looks at a part of a group's lines, maybe those of few customers";
  if (!measure.where.empty()) return "a measure with `where` looks at a part of a group's lines, maybe those of few customers";
  switch (measure.function) {
    case Function::count:
    case Function::sum:
    case Function::mean:
    case Function::std:
    case Function::distinct:
      return nullptr;
    case Function::share:
      return "a share tells about a part of a group's lines, maybe those of few customers";
    default:
      return "least, greatest, first and last values and quantiles are those of one customer";
  }
}

}  // namespace

void check_suppression(const AggregateOptions& options, runtime::CheckContext& context) {
  context.column("suppress.count", options.suppress->count);
  if (std::find(options.by.begin(), options.by.end(), options.suppress->count) != options.by.end())
    context.error("suppress.count", "each customer is a group of its own", "group by something else, or leave out `suppress`");
  if (!options.windows.empty())
    context.error("windows", "windows look at parts of a group's lines, maybe those of few customers",
                  "leave out `windows`, or `suppress`");
  for (const auto& [name, measure] : options.measures) {
    if (const char* const problem = problem_of(measure))
      context.error("measures." + name, problem, "with `suppress` there are count, sum, mean, std and distinct of all lines");
  }
}

std::vector<runtime::TableOutline> suppressed_tables(const AggregateOptions& options, runtime::CheckContext& context) {
  const auto environment = context.environment().expressions();
  std::vector<runtime::TableOutline> outlines;
  const auto cells = tables::Aggregate::schema(context.input(), shown_options(options, options.by.size()), environment);
  outlines.push_back({"", cells});
  for (const std::size_t keys : levels_of(options)) {
    if (keys == options.by.size() || !is_written(options, keys)) continue;
    auto schema = cells;
    schema.key.clear();
    schema.fields.erase(schema.fields.begin() + static_cast<std::ptrdiff_t>(keys),
                        schema.fields.begin() + static_cast<std::ptrdiff_t>(options.by.size()));
    outlines.push_back({table_name(options, keys), std::move(schema)});
  }
  return outlines;
}

void forecast_suppressed(const AggregateOptions& options, const runtime::InputSize& input, runtime::Forecast& forecast) {
  const auto levels = levels_of(options);
  for (double* const work : {&forecast.values, &forecast.keyed_rows, &forecast.bytes_sent})
    *work *= static_cast<double>(levels.size());
  for (const std::size_t keys : levels) {
    if (keys == options.by.size()) continue;
    const std::vector<std::string> first(options.by.begin(), options.by.begin() + static_cast<std::ptrdiff_t>(keys));
    forecast.tables[table_name(options, keys)] = runtime::rows_by_key(input, first);
  }
}

void run_suppressed(const AggregateOptions& options, runtime::StepContext& context) {
  Suppressed(options, context).run();
}

}  // namespace fullbase::jobs
