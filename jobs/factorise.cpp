// job: factorise - factors of customers and items, whose products say who likes what.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "algorithms/recommendation/factor_tables.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "jobs/als_fit.hpp"
#include "jobs/als_options.hpp"
#include "jobs/column_names.hpp"
#include "jobs/pair_columns.hpp"
#include "jobs/previous_factors.hpp"
#include "jobs/registry.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::AlsRound;
using recommendation::Feedback;
using recommendation::InteractionsRead;

struct FactoriseJob : PairOptions, AlsJobOptions {
  bool anew = false;
};

config::Description<FactoriseJob> description() {
  config::Description<FactoriseJob> description(
      "factorise",
      "Factors of customers and items by alternating least squares\n"
      "A few numbers for each customer and each item, such that the product of two rows says how much the one likes the other.\n"
      "Customers and items are those of the pairs; the factors serve a recommend step.");
  describe_pairs(description);
  describe_als(description);
  description.option(
      "anew", &FactoriseJob::anew,
      "With `previous`: whether factors begin anew, as on a first night; for the night on which rank, biases or keys "
      "change.");
  return description;
}

/// A row an iteration.
TableBuilder rounds_table(const FactoriseJob& options, const std::vector<AlsRound>& rounds, double mean) {
  TableBuilder table;
  auto& iterations = table.int64s("iteration");
  auto& objectives = table.float64s("objective");
  for (const auto& round : rounds) {
    iterations.push_back(round.iteration);
    objectives.push_back(round.objective);
  }
  if (options.feedback == Feedback::implicit) return table;
  auto& errors = table.float64s("rmse");
  for (const auto& round : rounds) errors.push_back(round.rmse);
  if (recommendation::has_biases(options)) table.float64s("mean").assign(rounds.size(), mean);
  return table;
}

class Factorise final : public runtime::Step {
 public:
  explicit Factorise(FactoriseJob options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto columns = check_pairs(context, options_);
    if (!columns) return {};
    columns_ = *columns;
    std::vector<runtime::TableOutline> outlines = {{"", rounds_table(options_, {}, 0).schema()}};
    const auto add = [&](const char* table, const char* option, int column) {
      const auto key = prepare::KeySlots::key_field(context.input()[column]);
      auto schema = recommendation::factors_schema(key, options_.rank, shape().biases);
      if (repeated_name(schema))
        context.error(option, fmt::format("the table of factors has a column '{}' of its own", key.name),
                      "rename the column of the pairs by a select step");
      outlines.push_back({table, std::move(schema)});
    };
    add("customers", "customer", columns_.customer);
    add("items", "item", columns_.item);
    if (!options_.anew)
      check_previous_factors(context, context.input()[columns_.customer], context.input()[columns_.item], shape());
    return outlines;
  }

  /// The pairs, while they are read and then; and what threads solve rows with. Of the customers and items nothing is known
  /// before they are read: their keys and factors are not counted in.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const auto pairs = base::Partition(rows.front(), ranks).most_rows();
    const auto bytes = std::max(56 * pairs, 16 * pairs + recommendation::bytes_to_solve(options_, 0));
    return {.least = bytes, .best = bytes};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks);
    forecast_als(forecast, options_, static_cast<double>(inputs.front().rows.rows), ranks);
    forecast.tables[""] = {options_.iterations, runtime::Certainty::most};
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    auto read =
        recommendation::read_interactions(communicator, context.input(), columns_, context.budget(), value_range(options_));
    note_pairs_left_out(context, read);
    note_sizes(context, read);
    require_rank(options_, read.matrix, context.input().name());

    auto before = options_.anew ? std::nullopt : read_previous_factors(context, read);
    context.note("start", before ? "previous" : "afresh");
    StepPart step(context);
    const auto factors =
        fit_factors(step, read.matrix, options_, std::move(before), [&](const AlsRound& round) { return describe(round); });
    const auto& rounds = factors.rounds;
    context.note("iterations", std::ssize(rounds));
    context.note("objective", rounds.back().objective);
    if (options_.feedback == Feedback::explicit_) context.note("rmse", rounds.back().rmse);
    if (factors.biases) context.note("mean", factors.mean);
    if (options_.tolerance > 0 && std::ssize(rounds) == options_.iterations)
      context.warn(fmt::format("the objective still fell by more than the tolerance after {} iterations", options_.iterations));

    context.write_small("", rounds_table(options_, rounds, factors.mean).batch());
    write(context, "customers", factors.customers, read.matrix.customers, read.customers, true);
    write(context, "items", factors.items, read.matrix.items, read.items, false);
  }

 private:
  recommendation::FactorsShape shape() const noexcept { return {options_.rank, recommendation::has_biases(options_)}; }

  static void note_sizes(runtime::StepContext& context, const InteractionsRead& read) {
    const auto longest = [](const recommendation::SideKeys& side) {
      std::int64_t most = 0;
      for (std::int64_t row = 0; row < side.rows(); ++row) most = std::max<std::int64_t>(most, side.entries_of(row));
      return most;
    };
    context.note("entries", context.input().rows() - read.missing);
    context.note("customers", read.customers.rows());
    context.note("items", read.items.rows());
    context.note("most_items_of_a_customer", longest(read.customers));
    context.note("most_customers_of_an_item", longest(read.items));
  }

  Round describe(const AlsRound& round) const {
    const bool is_explicit = options_.feedback == Feedback::explicit_;
    return {round.iteration, options_.iterations,
            fmt::format("objective {:.6g}{}", round.objective,
                        is_explicit ? fmt::format(", rmse {:.4f}", round.rmse) : std::string())};
  }

  void write(runtime::StepContext& context, const char* table, const recommendation::FactorRows& rows,
             const recommendation::RowShares& shares, const recommendation::SideKeys& keys, bool is_customers) const {
    auto& communicator = context.communicator();
    const auto writer = context.create(table, shares.rows(), {}, {keys.string_width()});
    comm::collective_try(communicator, "write factors", [&] {
      recommendation::write_factors(communicator, rows, shares, keys, is_customers, shape(), *writer);
    });
    writer->finish();
  }

  FactoriseJob options_;
  recommendation::InteractionColumns columns_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> factorise_kind() {
  return runtime::make_job_kind<FactoriseJob, Factorise>(description());
}

}  // namespace fullbase::jobs
