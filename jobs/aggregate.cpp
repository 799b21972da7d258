// job: aggregate - measures of each customer, or of any other group of lines, over windows of time.
#include "algorithms/tables/aggregate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/block.hpp"
#include "base/time.hpp"
#include "jobs/aggregate_lines.hpp"
#include "jobs/expressions.hpp"
#include "jobs/registry.hpp"
#include "jobs/suppressed_aggregate.hpp"
#include "runtime/resources.hpp"

namespace fullbase::jobs {
namespace {

using tables::AggregateOptions;
using tables::Function;
using tables::Measure;
using tables::Window;

/// A measure as a job file has it: one of the functions, and what goes with it.
struct WrittenMeasure {
  std::optional<std::string> count, sum, mean, std, min, max, first, last, distinct, quantile, share;
  std::string where = {};
  std::string of = {};
  double at = 0.5;
};

struct FunctionKey {
  Function function;
  const char* name;
  std::optional<std::string> WrittenMeasure::*member;
  const char* doc;
};

const std::array<FunctionKey, 11>& function_keys() {
  static const std::array<FunctionKey, 11> keys = {{
      {Function::count, "count", &WrittenMeasure::count, "Lines in which this expression is not missing; `*`: all lines."},
      {Function::sum, "sum", &WrittenMeasure::sum, "Exact sum; 0 where there is no line."},
      {Function::mean, "mean", &WrittenMeasure::mean, "Mean."},
      {Function::std, "std", &WrittenMeasure::std, "Standard deviation of a sample (n - 1)."},
      {Function::min, "min", &WrittenMeasure::min, "Least value."},
      {Function::max, "max", &WrittenMeasure::max, "Greatest value."},
      {Function::first, "first", &WrittenMeasure::first,
       "Value of the earliest line; at equal times, of the first in the table."},
      {Function::last, "last", &WrittenMeasure::last, "Value of the latest line; at equal times, of the last in the table."},
      {Function::distinct, "distinct", &WrittenMeasure::distinct, "Number of different values."},
      {Function::quantile, "quantile", &WrittenMeasure::quantile, "Quantile `at`: the least value that so many are not above."},
      {Function::share, "share", &WrittenMeasure::share,
       "Share of the lines, or of the sum of `of`, in which this condition holds."},
  }};
  return keys;
}

config::Description<WrittenMeasure> written_description() {
  config::Description<WrittenMeasure> description("measure", "One function of an expression, over the lines of a group.");
  for (const FunctionKey& key : function_keys())
    description.option(key.name, key.member, key.doc, config::non_empty(), config::default_means("another function"));
  return description
      .option("where", &WrittenMeasure::where, "Lines that the measure looks at (`quantity > 0`).", config::default_means("all"))
      .option("of", &WrittenMeasure::of, "With share: what is added up, an expression.", config::default_means("lines"))
      .option("at", &WrittenMeasure::at, "With quantile: which, 0.5 the median.", config::more_than(0.0), config::at_most(1.0));
}

/// `{sum: amount, where: quantity > 0}`, or `count` alone.
config::Form<Measure> measure_form() {
  const auto structure = config::structure(written_description());
  config::Shape bare;
  bare.kind = config::Shape::Kind::choice;
  bare.name = "measure";
  bare.alternatives.push_back({"count", "Lines.", true, {}});
  config::Shape shape;
  shape.kind = config::Shape::Kind::either;
  shape.name = "measure";
  shape.items = {bare, structure.shape};
  return {shape,
          [parse = structure.parse](const config::Node& node, config::Diagnostics& diagnostics) -> std::optional<Measure> {
            if (node.is_scalar() && node.text() == "count") return Measure{};
            const auto written = parse(node, diagnostics);
            if (!written) return std::nullopt;
            Measure measure{.where = written->where, .amount = written->of, .at = written->at};
            int functions = 0;
            for (const FunctionKey& key : function_keys()) {
              if (!((*written).*key.member)) continue;
              ++functions;
              measure.function = key.function;
              measure.of = *((*written).*key.member);
            }
            if (functions != 1) {
              diagnostics.error(node.position(), fmt::format("a measure has one function, this one has {}", functions),
                                "write count, or {sum: amount}, {mean: price}, {distinct: invoice}, ...");
              return std::nullopt;
            }
            if (measure.function == Function::count && measure.of == "*") measure.of.clear();
            if (!measure.amount.empty() && measure.function != Function::share) {
              diagnostics.error(node.position(), "'of' belongs to share alone");
              return std::nullopt;
            }
            return measure;
          },
          [](const Measure& measure) {
            std::vector<config::Entry> entries;
            const auto add = [&](const char* key, const std::string& text) {
              if (!text.empty()) entries.push_back({key, config::Node::scalar(text, true)});
            };
            for (const FunctionKey& key : function_keys()) {
              if (key.function == measure.function) add(key.name, measure.of.empty() ? "*" : measure.of);
            }
            add("where", measure.where);
            add("of", measure.amount);
            if (measure.function == Function::quantile) entries.push_back({"at", config::form<double>().show(measure.at)});
            return config::Node::mapping(std::move(entries));
          }};
}

/// `30d`, `12h`; `all` for all lines before as_of.
config::Form<Window> window_form() {
  return config::converted<Window, std::string>(
      config::text_of("duration such as 90d, or all",
                      [](std::string_view text) {
                        if (text == "all") return std::string();
                        const auto length = base::parse_duration(text);
                        return length && *length > 0 ? std::string()
                                                     : fmt::format("'{}' is no duration such as 90d, nor all", text);
                      }),
      [](std::string text, const config::Position&, config::Diagnostics&) {
        const auto length = text == "all" ? std::optional<std::int64_t>() : base::parse_duration(text);
        return std::optional<Window>(Window{std::move(text), length});
      },
      [](const Window& window) { return window.name; });
}

/// `{below: 10, count: customer}`
config::Description<tables::Suppression> suppression_description() {
  return config::Description<tables::Suppression>("suppression", "Groups of few customers are left out.")
      .required("count", &tables::Suppression::count, "The column that names the customer.", config::non_empty())
      .option("below", &tables::Suppression::below, "Groups of fewer different customers are left out.", config::at_least(2))
      .option("totals", &tables::Suppression::totals,
              "Whether there are tables of totals beside: `totals` of all groups, and `totals_1`, ... of those that agree in the "
              "first "
              "keys. Further groups, and totals, are then left out, so that no difference of what is shown tells about few "
              "customers.");
}

config::Description<AggregateOptions> description() {
  return config::Description<AggregateOptions>(
             "aggregate",
             "Measures of each customer, or of any other group of lines, over windows of time\n"
             "A row for each combination of keys, in their order. Lines at or after as_of are left out; so are lines without a "
             "key or\n"
             "a time, and they are counted. With windows, a measure `spent` becomes the columns spent_30d, spent_90d, ...")
      .required("by", &AggregateOptions::by, "The key column, or several.", config::non_empty(), config::distinct())
      .option("time", &AggregateOptions::time,
              "Column with the line's time, a timestamp or a date; windows, first and last go by it.",
              config::default_means("lines have no time"))
      .option("windows", &AggregateOptions::windows,
              "Windows that end at as_of and begin so long before it, each with all measures; `all` begins with the first line.",
              window_form(), config::default_means("one, of all lines"))
      .required("measures", &AggregateOptions::measures, "What is measured: name -> `count` or {function: expression}.",
                measure_form(), config::non_empty(), config::identifier_keys())
      .option("suppress", &AggregateOptions::suppress, "What keeps groups of few customers from being published.",
              config::optional_of(config::structure(suppression_description())), config::default_means("nothing is left out"))
      .check([](const AggregateOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        std::set<std::string> names;
        for (const Window& window : options.windows) {
          if (!names.insert(window.name).second)
            diagnostics.error(config::locate(node, "windows"), fmt::format("the window {} stands there twice", window.name));
        }
        if (options.windows.size() > 200) diagnostics.error(config::locate(node, "windows"), "at most 200 windows fit one step");
      });
}

class AggregateStep final : public runtime::Step {
 public:
  explicit AggregateStep(AggregateOptions options) : options_(std::move(options)) {
    // Each window holds those before it.
    std::ranges::stable_sort(options_.windows,
                             [](const Window& a, const Window& b) { return a.length && (!b.length || *a.length < *b.length); });
  }

  bool takes_filter(int) const override { return true; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& input = context.input();
    bool right = !options_.by.empty();  // else reported when it was read
    for (const std::string& name : options_.by) right &= context.column("by", name).has_value();
    if (!options_.time.empty()) right &= context.column("time", options_.time).has_value();
    if (!options_.windows.empty() && !context.require_as_of()) right = false;
    std::vector<runtime::TableOutline> outlines;
    if (!right) return outlines;
    if (options_.suppress) check_suppression(options_, context);
    try {
      if (options_.suppress) return suppressed_tables(options_, context);
      outlines.push_back({"", tables::Aggregate::schema(input, options_, context.environment().expressions())});
    } catch (const base::Error& error) {
      if (error.kind() != base::ErrorKind::job_file) throw;
      context.error(error.where(), error.problem(), error.advice());
    }
    return outlines;
  }

  /// Least: a few groups a pass. Best: each line its own group, in one pass, and a fifth of it for the values that distinct
  /// counts and quantiles list, at 24 bytes each.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const auto local = base::Partition(rows.front(), ranks).most_rows();
    const std::int64_t windows = std::max<std::int64_t>(1, std::ssize(options_.windows));
    const std::int64_t words = 2 + windows * 3 * std::ssize(options_.measures);
    std::int64_t lists = std::ranges::count_if(options_.measures, [](const auto& measure) {
      return measure.second.function == tables::Function::distinct || measure.second.function == tables::Function::quantile;
    });
    // Customers of all lines and of three sets of lines a measure, and the parts of each total.
    if (options_.suppress) lists += 3 * std::ssize(options_.measures) + 2;
    constexpr auto least = runtime::least_memory_per_rank;
    return {.least = least, .best = least + (8 * words + 5 * 24 * lists) * local};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    const auto windows = static_cast<double>(std::max<std::size_t>(1, options_.windows.size()));
    auto forecast = runtime::grouped(inputs, ranks);
    forecast.tables[""] = runtime::rows_by_key(inputs.front(), options_.by);
    if (options_.suppress) forecast_suppressed(options_, inputs.front(), forecast);
    forecast.values += forecast.keyed_rows * static_cast<double>(options_.measures.size()) * (1 + windows / 8);
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    if (options_.suppress) return run_suppressed(options_, context);
    const tables::Aggregate aggregate(context.communicator(), context.input(), context.filter(), options_,
                                      context.environment().expressions(), context.budget(), context.spill(),
                                      [&](std::int64_t done, std::int64_t total) { context.progress(done, total, "lines"); });
    note_left_out(context, options_, aggregate);
    const auto writer = context.create("", aggregate.rows(), aggregate.dictionaries(), aggregate.string_widths());
    aggregate.write(context.communicator(), *writer);
    writer->finish();
    context.note("groups", aggregate.rows());
    context.note("passes", aggregate.passes());
  }

 private:
  AggregateOptions options_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> aggregate_kind() {
  return runtime::make_job_kind<AggregateOptions, AggregateStep>(description());
}

}  // namespace fullbase::jobs
