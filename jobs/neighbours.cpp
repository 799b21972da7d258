// job: neighbours - the items, or the customers, that are most alike; and what neighbours say of pairs.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/predict_by_neighbours.hpp"
#include "algorithms/recommendation/ranked_table.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "jobs/column_names.hpp"
#include "jobs/neighbour_options.hpp"
#include "jobs/neighbour_table.hpp"
#include "jobs/pair_columns.hpp"
#include "jobs/registry.hpp"
#include "parallel/scan.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::InteractionsRead;
using recommendation::Side;

constexpr int matrix_slot = 0;
constexpr int pairs_slot = 1;

struct NeighboursJob : PairOptions, NeighbourJobOptions {};

config::Description<NeighboursJob> description() {
  config::Description<NeighboursJob> description(
      "neighbours",
      "The items, or the customers, that are most alike\n"
      "Two items are alike where the same customers have them, two customers where they have the same items. With a table of\n"
      "pairs the value that each would have is predicted from what all neighbours have, not only those that are listed.");
  describe_pairs(description);
  describe_neighbours(description);
  return description;
}

class Neighbours final : public runtime::Step {
 public:
  explicit Neighbours(NeighboursJob options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto columns = check_pairs(context, options_, matrix_slot);
    if (!columns) return {};
    columns_ = *columns;
    const auto& matrix = context.input(matrix_slot);
    const auto key = prepare::KeySlots::key_field(matrix[options_.of == Side::items ? columns_.item : columns_.customer]);
    table_ = neighbour_table(key);
    std::vector<runtime::TableOutline> outlines = {{"", table_.schema()}};
    check_name(context, outlines.front().schema, options_.of == Side::items ? "item" : "customer");
    if (!context.has_input(pairs_slot)) {
      check_no_predictions(context);
      return outlines;
    }

    const auto customer = check_asked(context, "customer", options_.customer, matrix[columns_.customer]);
    const auto item = check_asked(context, "item", options_.item, matrix[columns_.item]);
    if (!customer || !item) return {};
    asked_ = {*customer, *item};
    const auto& pairs = context.input(pairs_slot);
    predictions_.fields = {pairs[*customer],
                           pairs[*item],
                           {.name = "prediction", .type = data::Type::float64},
                           {.name = "neighbours", .type = data::Type::int64}};
    check_name(context, predictions_, "customer");
    outlines.push_back({"predictions", predictions_});
    return outlines;
  }

  /// Of the customers and items nothing is known before they are read: their keys and lists are not counted in.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    auto bytes = 56 * base::Partition(rows.front(), ranks).most_rows();
    if (asked_.size() == 2 && std::ssize(rows) > pairs_slot)
      bytes += (12 * std::min(options_.neighbours, rows.front()) + 192) * base::Partition(rows[pairs_slot], ranks).most_rows();
    return {.least = bytes, .best = bytes};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks);
    forecast.values += neighbours_values_a_pair * forecast.keyed_rows;
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    const auto range = value_range(options_);
    const auto read =
        recommendation::read_interactions(context.communicator(), context.input(matrix_slot), columns_, context.budget(), range);
    note_pairs_left_out(context, read);
    context.note("entries", context.input(matrix_slot).rows() - read.missing);
    context.note("customers", read.customers.rows());
    context.note("items", read.items.rows());
    find(context, read);
    if (context.has_input(pairs_slot)) predict(context, read, range);
  }

 private:
  static void check_name(runtime::CheckContext& context, const data::Schema& schema, const char* option) {
    if (const auto name = repeated_name(schema))
      context.error(option, fmt::format("a table that this step writes has a column '{}' of its own", *name),
                    "rename the column of the pairs by a select step");
  }

  /// Options of what is not asked for. Defaults are let pass: the echo of a job has them.
  void check_no_predictions(runtime::CheckContext& context) const {
    constexpr recommendation::PredictionOptions defaults;
    const auto report = [&](const char* option) {
      context.error(option, fmt::format("`{}` means nothing without pairs to predict", option),
                    "leave it out, or name them: from: {matrix: ..., pairs: ...}");
    };
    if (options_.means != defaults.means) report("means");
    if (options_.least_neighbours != defaults.least_neighbours) report("least_neighbours");
  }

  /// The column of the pairs that are asked for, whose values can be found among those of `known`.
  static std::optional<int> check_asked(runtime::CheckContext& context, const char* option, const std::string& name,
                                        const data::Field& known) {
    const auto column = context.column(option, name, pairs_slot);
    if (!column) return column;
    const auto& field = context.input(pairs_slot)[*column];
    if (find_each_other(field, known)) return column;
    context.error(option,
                  fmt::format("'{}' of the pairs is {}, of the matrix {}", name, data::type_text(field), data::type_text(known)),
                  "import both alike");
    return std::nullopt;
  }

  void find(runtime::StepContext& context, const InteractionsRead& read) const {
    auto& communicator = context.communicator();
    const bool of_items = options_.of == Side::items;
    const auto& keys = of_items ? read.items : read.customers;
    const auto found = recommendation::find_neighbours(
        communicator, read.matrix, options_, context.budget(),
        [&](std::int64_t done, std::int64_t total) { context.progress(done, total, "parts of all likenesses"); });
    const auto counts = write_neighbours(context, table_, found, of_items ? read.matrix.items : read.matrix.customers, keys);
    context.note("neighbours", counts.entries);
    context.note("without_neighbours", counts.without);
    if (counts.entries == 0)
      context.warn(fmt::format("no two {} are alike: the table has no rows", of_items ? "items" : "customers"));
  }

  void predict(runtime::StepContext& context, const InteractionsRead& read, const recommendation::ValueRange& range) const {
    auto& communicator = context.communicator();
    const auto& input = context.input(pairs_slot);
    const auto own = comm::own_rows(communicator, input.rows());
    std::vector<recommendation::Pair> pairs;
    data::Reservation memory;
    comm::collective_try(communicator, "pairs to predict", [&] {
      memory = context.budget().require(20 * own.size(), "the pairs to predict");
      pairs.resize(static_cast<std::size_t>(own.size()));
      parallel::scan(input, own, asked_, [&](data::Batch&& batch, int) {
        const auto customers = read.customers.rows_of(batch[0]);
        const auto items = read.items.rows_of(batch[1]);
        auto* const into = pairs.data() + (batch.rows.first - own.first);
        for (std::size_t i = 0; i < customers.size(); ++i) into[i] = {customers[i], items[i]};
      });
    });
    const auto predicted =
        recommendation::predict_by_neighbours(communicator, read.matrix, options_, options_, pairs, context.budget());
    const auto by_neighbours = communicator.sum_value(
        static_cast<std::int64_t>(std::ranges::count_if(predicted.neighbours, [](std::int32_t n) { return n > 0; })));
    const auto unknown = communicator.sum_value(static_cast<std::int64_t>(
        std::ranges::count_if(pairs, [](const recommendation::Pair& pair) { return pair.customer < 0 || pair.item < 0; })));
    context.note("predicted_by_neighbours", by_neighbours);
    context.note("predicted_by_mean", input.rows() - by_neighbours);
    context.note("unknown_pairs", unknown);
    if (by_neighbours == 0 && input.rows() > 0)
      context.warn(
          "no pair has a neighbour that tells of it, so that predictions are means; see whether both tables call "
          "customers and items the same");

    const std::vector<data::DictionaryPointer> dictionaries = {input.dictionary(asked_[0]), input.dictionary(asked_[1])};
    const auto writer =
        context.create("predictions", input.rows(), dictionaries, runtime::string_widths(communicator, input, asked_, input));
    comm::collective_try(communicator, "write predictions", [&] {
      parallel::scan(input, own, asked_, [&](data::Batch&& batch, int) {
        const auto first = batch.rows.first - own.first;
        std::vector<double> values;
        std::vector<std::int64_t> neighbours;
        for (auto i = first; i < first + batch.rows.size(); ++i) {
          values.push_back(std::clamp(predicted.values[static_cast<std::size_t>(i)], range.least, range.most));
          neighbours.push_back(predicted.neighbours[static_cast<std::size_t>(i)]);
        }
        batch.columns.emplace_back(predictions_[2], std::move(values));
        batch.columns.emplace_back(predictions_[3], std::move(neighbours));
        writer->write(batch);
      });
    });
    writer->finish();
  }

  NeighboursJob options_;
  recommendation::InteractionColumns columns_;
  std::vector<int> asked_;  ///< customer and item of the pairs
  recommendation::RankedTable table_;
  data::Schema predictions_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> neighbours_kind() {
  return runtime::make_job_kind<NeighboursJob, Neighbours>(
      description(), {{"matrix", "Who has what and how much of it: a row a pair of a customer and an item.", true},
                      {"pairs", "Pairs of customers and items whose value is to be predicted.", false}});
}

}  // namespace fullbase::jobs
