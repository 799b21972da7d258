// job: rfm - recency, frequency and monetary value of each customer, with scores and named segments.
#include "algorithms/value/rfm.hpp"

#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/block.hpp"
#include "jobs/expressions.hpp"
#include "jobs/registry.hpp"
#include "jobs/rfm_cuts.hpp"
#include "runtime/resources.hpp"

namespace fullbase::value {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Cuts, const char*, const char*>, 2> enum_names(Cuts) {
  return {{{Cuts::refresh, "refresh", "By the quantiles of tonight's customers."},
           {Cuts::keep, "keep", "By the cuts of the night before (`previous`), so that a score means the same on both."}}};
}

}  // namespace fullbase::value

namespace fullbase::jobs {
namespace {

using value::RfmOptions;
using value::ScoreRange;
using value::SegmentRule;

/// A score alone, or the lowest and the highest: `r: 5`, `r: [4, 5]`.
config::Form<ScoreRange> score_range() {
  return config::converted<ScoreRange, std::vector<std::int64_t>>(
      config::form<std::vector<std::int64_t>>(config::at_least(1)),
      [](std::vector<std::int64_t> scores, const config::Position& position, config::Diagnostics& diagnostics) {
        std::optional<ScoreRange> range;
        if (scores.size() == 1 || (scores.size() == 2 && scores[0] <= scores[1])) {
          range = ScoreRange{scores.front(), scores.back()};
        } else {
          diagnostics.error(position, "scores are a number, or the lowest and the highest: [4, 5]");
        }
        return range;
      },
      [](const ScoreRange& range) {
        return std::vector<std::int64_t>{range.lowest, range.highest};
      });
}

config::Description<SegmentRule> rule_description() {
  return config::Description<SegmentRule>("segment rule", "A name for customers whose three scores lie in ranges.")
      .required("name", &SegmentRule::name, "Name of the segment.", config::non_empty())
      .option("r", &SegmentRule::r, "Scores of recency, lowest and highest.", score_range())
      .option("f", &SegmentRule::f, "Scores of frequency.", score_range())
      .option("m", &SegmentRule::m, "Scores of monetary value.", score_range());
}

config::Description<RfmOptions> description() {
  return config::Description<RfmOptions>(
             "rfm",
             "Recency, frequency and monetary value of each customer, with scores and segments\n"
             "Reads lines (what was bought, when, by whom); lines at or after as_of are left out. The amount is the net of all\n"
             "lines, exact; recency counts whole days from the last order to as_of, by the clocks of the job's time zone.")
      .option("customer", &RfmOptions::customer, "Column that says whose line it is; rows of the result are in its order.")
      .option("order", &RfmOptions::order, "Column with the order's id: equal ids of one customer are one order.")
      .option("time", &RfmOptions::time, "Column with the line's time.")
      .option("amount", &RfmOptions::amount, "The line's amount: a column, or an expression such as `quantity * price`.")
      .option("orders", &RfmOptions::orders, "Condition on lines that count as an order (returns do not: `quantity > 0`).",
              config::default_means("all lines"))
      .option("scores", &RfmOptions::scores, "Scores run from 1 to this, by quantiles; equal values have equal scores.",
              config::between(2, 100))
      .option("cuts", &RfmOptions::cuts, "Where scores begin.")
      .option("segments", &RfmOptions::segments, "Rules that name customers by their scores; the first that fits counts.",
              config::structure(rule_description()), config::default_means("the usual eleven: Champions, Loyal, At risk, ..."))
      .option("without_orders", &RfmOptions::without_orders, "Segment of customers with no order at all.", config::non_empty())
      .option("otherwise", &RfmOptions::otherwise, "Segment of customers that no rule fits.", config::non_empty());
}

class RfmStep final : public runtime::Step {
 public:
  explicit RfmStep(RfmOptions options) : options_(std::move(options)) {}

  bool takes_filter(int) const override { return true; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& input = context.input();
    bool right = context.require_as_of().has_value();
    right &= context.column("customer", options_.customer).has_value();
    right &= context.column("order", options_.order).has_value();
    right &= context.column("time", options_.time).has_value();
    right &= bind_value(context, "amount", options_.amount, input).has_value();
    if (!options_.orders.empty()) right &= bind_condition(context, "orders", options_.orders, input).has_value();
    if (options_.cuts == value::Cuts::keep) check_cuts(context);
    std::vector<runtime::TableOutline> outlines;
    if (!right) return outlines;
    reported(context, "", [&] {
      outlines.push_back({"", value::rfm_schema(input, options_, context.environment().expressions())});
      outlines.push_back({"cuts", cuts_schema()});
    });
    return outlines;
  }

  /// Least: a few customers a pass. Best: each line its own customer and order, in one pass, of which orders take a fifth.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    constexpr auto least = runtime::least_memory_per_rank;
    constexpr std::int64_t customer = 320;
    return {.least = least, .best = least + customer * base::Partition(rows.front(), ranks).most_rows()};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks);
    forecast.tables[""] = runtime::rows_by_key(inputs.front(), {options_.customer});
    forecast.tables["cuts"] = {3 * options_.scores, runtime::Certainty::most};
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    const auto kept = options_.cuts == value::Cuts::keep ? last_cuts(context, options_.scores) : value::RfmCuts();
    const value::Rfm rfm(
        context.communicator(), context.input(), context.filter(), options_, context.environment().expressions(),
        context.budget(), context.spill(), [&](std::int64_t done, std::int64_t total) { context.progress(done, total, "lines"); },
        &kept);
    const auto writer = context.create("", rfm.rows(), rfm.dictionaries(), rfm.string_widths());
    rfm.write(context.communicator(), *writer);
    writer->finish();
    context.write_small("cuts", cuts_table(rfm.cuts()));
    const auto& left_out = rfm.left_out();
    context.left_out("where does not hold", left_out.filtered);
    context.left_out("customer missing", left_out.missing_customer);
    context.left_out("time missing", left_out.missing_time);
    context.left_out("at or after as_of", left_out.after_as_of);
    context.left_out("amount missing", left_out.missing_amount);
    context.note("order_lines_without_order_id", left_out.missing_order);
    context.note("customers", rfm.rows());
    context.note("passes", rfm.passes());
    if (rfm.passes() > 1)
      context.note("passes_because",
                   "memory_per_rank has no room for all customers at once; the input was read once for each range");
    if (options_.cuts == value::Cuts::keep) context.note("cuts_kept", !kept.f.empty());
  }

 private:
  RfmOptions options_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> rfm_kind() {
  return runtime::make_job_kind<RfmOptions, RfmStep>(description());
}

}  // namespace fullbase::jobs
