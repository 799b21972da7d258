// job: neighbours - the items, or the customers, that are most alike; and what neighbours say of pairs.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/predict_by_neighbours.hpp"
#include "algorithms/recommendation/ranked_table.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "base/block.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "jobs/neighbour_options.hpp"
#include "jobs/pair_columns.hpp"
#include "jobs/registry.hpp"
#include "jobs/stated_range.hpp"
#include "parallel/scan.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::InteractionsRead;
using recommendation::Side;

constexpr int matrix_slot = 0;
constexpr int pairs_slot = 1;

struct NeighboursJob : PairOptions, NeighbourJobOptions {
  std::optional<StatedRange> range = {};
};

config::Description<NeighboursJob> description() {
  config::Description<NeighboursJob> description(
      "neighbours",
      "The items, or the customers, that are most alike\n"
      "Two items are alike where the same customers have them, two customers where they have the same items. With a table of\n"
      "pairs the value that each would have is predicted from what all neighbours have, not only those that are listed.");
  describe_pairs(description);
  describe_neighbours(description);
  description.option("range", &NeighboursJob::range,
                     "What values lie between; one outside is an error, and predictions are cut off at it.",
                     config::default_means("all numbers"));
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
    auto neighbour = key;
    neighbour.name = "neighbour";
    table_ = {key, neighbour, "likeness", {{.name = "common", .type = data::Type::int64}}};
    std::vector<runtime::TableOutline> outlines = {{"", table_.schema()}};
    check_name(context, outlines.front().schema, options_.of == Side::items ? "item" : "customer");
    if (!context.has_input(pairs_slot)) return outlines;

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
      bytes += (12 * options_.neighbours + 192) * base::Partition(rows[pairs_slot], ranks).most_rows();
    return {.least = bytes, .best = bytes};
  }

  void run(runtime::StepContext& context) override {
    const auto range = options_.range ? value_range(*options_.range) : recommendation::ValueRange{};
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
    for (const auto& field : schema.fields) {
      if (std::ranges::count(schema.fields, field.name, &data::Field::name) == 1) continue;
      context.error(option, fmt::format("a table that this step writes has a column '{}' of its own", field.name),
                    "rename the column of the pairs by a select step");
      return;
    }
  }

  /// The column of the pairs that are asked for, whose values can be found among those of `known`.
  static std::optional<int> check_asked(runtime::CheckContext& context, const char* option, const std::string& name,
                                        const data::Field& known) {
    const auto column = context.column(option, name, pairs_slot);
    if (!column) return column;
    const auto& field = context.input(pairs_slot)[*column];
    const bool is_text = data::is_text(field.type);
    if (is_text == data::is_text(known.type) && (is_text || field.type == data::Type::int64)) return column;
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
    const auto entries = recommendation::total_entries(communicator, found.lists);
    std::int64_t without = 0;
    for (std::int64_t row = 0; row < found.lists.rows(); ++row) without += found.lists.length(row) == 0 ? 1 : 0;
    context.note("neighbours", entries);
    context.note("without_neighbours", communicator.sum_value(without));
    if (entries == 0) context.warn(fmt::format("no two {} are alike: the table has no rows", of_items ? "items" : "customers"));
    const auto writer = context.create("", entries, {}, {keys.string_width(), 0, keys.string_width()});
    recommendation::write_ranked(communicator, found.lists, of_items ? read.matrix.items : read.matrix.customers, keys, keys,
                                 table_, *writer, [&](std::int64_t first, std::int64_t last) {
                                   const auto begin = found.common.begin();
                                   std::vector<data::Column> columns;
                                   columns.emplace_back(table_.more.front(),
                                                        std::vector<std::int64_t>(begin + first, begin + last));
                                   return columns;
                                 });
    writer->finish();
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
