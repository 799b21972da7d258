// job: recommend - for every customer the items that they may like best, by factors, neighbours or content.
#include "algorithms/recommendation/recommend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/prepare/write_rows.hpp"
#include "algorithms/recommendation/factor_tables.hpp"
#include "algorithms/recommendation/offers.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "jobs/column_names.hpp"
#include "jobs/content_vectors.hpp"
#include "jobs/recommend_inputs.hpp"
#include "jobs/registry.hpp"

namespace fullbase::jobs {

enum class Cold : std::uint8_t { popular, none };

// Found by config through the enum's namespace.
inline std::array<std::tuple<Cold, const char*, const char*>, 2> enum_names(Cold) {
  return {{{Cold::popular, "popular", "The items that most customers have, but for those that they have themselves."},
           {Cold::none, "none", "No list."}}};
}

namespace {

using recommendation::InteractionsRead;
using recommendation::Offers;
using recommendation::RankedRows;
using recommendation::Source;

struct RecommendOptions : PairOptions {
  std::int64_t top = recommendation::TopOptions{}.top;
  bool again = recommendation::TopOptions{}.again;
  Cold cold = Cold::popular;
  bool fill_up = false;
  std::int64_t least_items = 0;
};

config::Description<RecommendOptions> description() {
  config::Description<RecommendOptions> description(
      "recommend",
      "For every customer the items that they may like best\n"
      "Scores are products of factors, or sums over the neighbours of what they have, or the likeness of an item's texts to\n"
      "those of what they have. Of equal scores the item with the lower key is first. Customers of whom nothing is known get\n"
      "what is popular, and the column `source` says so. The table `customers` has a row for everybody.");
  describe_pairs(description);
  return description.option("top", &RecommendOptions::top, "Items that a customer is recommended at most.", config::at_least(1))
      .option("again", &RecommendOptions::again, "Whether what customers have already may be recommended to them.")
      .option("cold", &RecommendOptions::cold,
              "What those get who have no list of their own: without factors, without neighbours, unknown to the matrix, or with "
              "fewer items than `least_items`.")
      .option("fill_up", &RecommendOptions::fill_up,
              "Whether what is popular follows in lists of their own that are shorter than `top`, each such row marked so.")
      .option("least_items", &RecommendOptions::least_items,
              "Different items that a customer has at least who gets a list of their own.", config::at_least(0))
      .check([](const RecommendOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.fill_up && options.cold == Cold::none)
          diagnostics.error(config::locate(node, "fill_up"), "`fill_up` adds what is popular, which `cold: none` leaves out",
                            "leave one of them out");
      });
}

/// What becomes columns of both tables.
const data::Field source_field{.name = "source", .type = data::Type::category};
data::Column source_column(std::vector<std::int32_t> codes, const data::DictionaryPointer& dictionary) {
  return {source_field, std::move(codes), {}, dictionary};
}

class Recommend final : public runtime::Step {
 public:
  explicit Recommend(RecommendOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto inputs = check_recommend(context, options_);
    if (!inputs) return {};
    inputs_ = *inputs;
    const auto& matrix = context.input(matrix_slot);
    auto customer = prepare::KeySlots::key_field(inputs_.everybody ? context.input(everybody_slot)[*inputs_.everybody]
                                                                   : matrix[inputs_.pairs.customer]);
    customer.name = matrix[inputs_.pairs.customer].name;
    lists_ = {customer, prepare::KeySlots::key_field(matrix[inputs_.pairs.item]), "score", {source_field}};
    customers_ = {{customer,
                   {.name = "items", .type = data::Type::int64},
                   {.name = "recommended", .type = data::Type::int64},
                   source_field},
                  customer.name};
    if (!check_names(context, lists_.schema()) || !check_names(context, customers_)) return {};
    return {{"", lists_.schema()}, {"customers", customers_}};
  }

  /// Lists and matrix by their formulas. How many customers and items there are is known of factors only: else their keys and
  /// lists are not counted in.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const auto all = [&](std::size_t slot) { return slot < rows.size() ? rows[slot] : std::int64_t{0}; };
    const auto most = [&](std::size_t slot) { return base::Partition(all(slot), ranks).most_rows(); };
    constexpr std::int64_t key_bytes = 64;
    const auto keys = key_bytes * (all(customers_slot) + all(items_slot) + all(everybody_slot));
    const auto columns = inputs_.rank + (inputs_.mean ? 2 : 0);
    const auto factors = recommendation::FactorRows::bytes(most(customers_slot) + most(items_slot), columns) +
                         (12 * columns + 16) * std::max(most(customers_slot), most(items_slot));
    const auto top = std::min(options_.top, all(matrix_slot));  // there are no more items than pairs
    const auto lists = 16 * (top + 4) * std::max(most(customers_slot), most(everybody_slot)) + (std::int64_t{1} << 17);
    const auto entries = std::max(most(neighbours_slot), most(vectors_slot));
    const auto bytes = keys + std::max(56 * most(matrix_slot), 16 * most(matrix_slot) + factors + lists + 56 * entries);
    return {.least = bytes, .best = bytes + 4 * columns * all(items_slot)};
  }

  /// By factors: every customer with every item. How many there are is known of factors only.
  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks);
    const auto rows = [&](std::size_t slot) { return slot < inputs.size() ? static_cast<double>(inputs[slot].rows.rows) : 0.0; };
    forecast.multiply_adds = rows(customers_slot) * rows(items_slot) * inputs_.rank + 30 * rows(neighbours_slot);
    forecast.bytes_sent += 4 * rows(items_slot) * inputs_.rank * (ranks - 1);
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    auto& budget = context.budget();
    const auto read = recommendation::read_interactions(communicator, context.input(matrix_slot), inputs_.pairs, budget);
    note_pairs_left_out(context, read);
    recommendation::SideKeys table_keys;
    if (inputs_.everybody)
      table_keys = recommendation::SideKeys::of_table(communicator, context.input(everybody_slot), *inputs_.everybody, budget);
    const auto& keys = inputs_.everybody ? table_keys : read.customers;
    const auto recipients = inputs_.everybody
                                ? recommendation::recipients_of(communicator, keys, read.customers, read.matrix.customers, budget)
                                : recommendation::all_customers(communicator, read.matrix.customers, budget);
    recommendation::OfferedItems offered;
    if (inputs_.offered) {
      offered = recommendation::offered_items(communicator, context.input(offered_slot), *inputs_.offered, read.items, budget);
      note_offered(context, offered);
    }
    std::vector<std::uint8_t> wanted(static_cast<std::size_t>(read.matrix.of_customers.rows()), 0);
    for (const auto place : recipients.places) {
      if (place >= 0 && read.matrix.of_customers.length(place) >= options_.least_items)
        wanted[static_cast<std::size_t>(place)] = 1;
    }
    const recommendation::TopOptions top{
        .top = options_.top,
        .again = options_.again,
        .offered = offered.offered,
        .wanted = wanted,
        .progress = [&](std::int64_t done, std::int64_t total) { context.progress(done, total, "lists"); }};

    data::Reservation lists_memory;
    comm::collective_try(communicator, "lists", [&] {
      const auto rows = read.matrix.of_customers.rows() + recipients.own.size();
      lists_memory =
          budget.require(recommendation::bytes_of_lists(rows, read.items.rows(), top), "the lists of a rank's customers");
    });
    const auto personal = personal_lists(context, read, top);
    std::unique_ptr<recommendation::PopularItems> popular;
    if (options_.cold == Cold::popular)
      popular = std::make_unique<recommendation::PopularItems>(communicator, read.matrix, top.offered, budget);
    const auto offers = comm::collective_try(communicator, "lists", [&] {
      return recommendation::offers_of(recipients, read.matrix, personal, popular.get(), top, options_.fill_up);
    });
    write_lists(context, offers, recipients, keys, read);
    write_customers(context, offers, recipients, keys, read);
    note_offers(context, offers, keys, read);
  }

 private:
  RankedRows personal_lists(runtime::StepContext& context, const InteractionsRead& read,
                            const recommendation::TopOptions& top) const {
    auto& communicator = context.communicator();
    auto& budget = context.budget();
    switch (inputs_.way) {
      case Way::factors:
        return lists_by_factors(context, read, top);
      case Way::neighbours_of_items:
      case Way::neighbours_of_customers: {
        const bool of_items = inputs_.way == Way::neighbours_of_items;
        const auto& keys = of_items ? read.items : read.customers;
        const auto neighbours =
            recommendation::read_ranked(communicator, context.input(neighbours_slot), inputs_.neighbours, keys,
                                        of_items ? read.matrix.items : read.matrix.customers, keys, budget);
        const auto entries = communicator.sum_value(neighbours.lists.entries());
        context.note("neighbours", entries);
        if (entries == 0)
          context.warn(fmt::format("no neighbour is known to the matrix; see whether both call {} the same",
                                   of_items ? "items" : "customers"));
        return recommendation::top_by_neighbours(communicator, read.matrix, neighbours.lists,
                                                 of_items ? recommendation::Side::items : recommendation::Side::customers, top,
                                                 budget);
      }
      case Way::content:
        break;
    }
    const auto content = read_vectors(context, vectors_slot, inputs_.vectors, read);
    return recommendation::top_by_content(communicator, read.matrix, content.vectors.rows, content.terms, top, budget);
  }

  RankedRows lists_by_factors(runtime::StepContext& context, const InteractionsRead& read,
                              const recommendation::TopOptions& top) const {
    auto& communicator = context.communicator();
    recommendation::Factors factors;
    factors.rank = inputs_.rank;
    factors.biases = inputs_.mean.has_value();
    factors.mean = inputs_.mean ? mean_of(context) : 0;
    auto customers = recommendation::read_factors(communicator, context.input(customers_slot), read.customers,
                                                  read.matrix.customers, true, context.budget());
    auto items = recommendation::read_factors(communicator, context.input(items_slot), read.items, read.matrix.items, false,
                                              context.budget());
    note_factors(context, customers_slot, "customers", customers.known);
    note_factors(context, items_slot, "items", items.known);
    factors.customers = std::move(customers.rows);
    factors.items = std::move(items.rows);
    return recommendation::top_by_factors(communicator, read.matrix, factors, top, context.budget());
  }

  /// Collective. Of the last iteration.
  double mean_of(runtime::StepContext& context) const {
    const auto& table = context.input(mean_slot);
    if (table.rows() == 0)
      throw base::input_error("the table of iterations has no row, so there is no mean", table.name(),
                              "leave its rows in: take no `where`")
          .known_to_all();
    return comm::collective_try(context.communicator(), "mean", [&] {
      const std::array columns = {*inputs_.mean};
      const double mean = table.read({table.rows() - 1, table.rows()}, columns)[0].number(0);
      if (std::isfinite(mean)) return mean;
      throw base::input_error("there is no mean of all ratings",
                              fmt::format("{}.mean[{}]", table.name(), table.source_row(table.rows() - 1)),
                              "take the table as a factorise step wrote it");
    });
  }

  /// Collective. What of a table of factors the matrix knows.
  static void note_factors(runtime::StepContext& context, int slot, const char* side, const std::vector<std::uint8_t>& known) {
    const auto& table = context.input(slot);
    const auto all = context.communicator().sum_value(std::ranges::count(known, std::uint8_t{1}));
    if (all == 0)
      throw base::input_error(fmt::format("the matrix has none of these {}", side), table.name(),
                              "take the factors and the matrix of one base")
          .known_to_all();
    context.note(fmt::format("{}_with_factors", side), all);
    if (table.rows() > all)
      context.warn(fmt::format("{} {} that have factors are not in the matrix: {}", base::format_count(table.rows() - all), side,
                               std::string_view(side) == "items" ? "nobody is recommended them" : "they have no lists by them"));
  }

  static void note_offered(runtime::StepContext& context, const recommendation::OfferedItems& offered) {
    context.note("items_offered", offered.count);
    context.note("items_offered_that_nobody_has", offered.unknown);
    if (offered.count == 0) context.warn("nobody has any of the items that are offered, so there is nothing to recommend");
  }

  void write_lists(runtime::StepContext& context, const Offers& offers, const recommendation::Recipients& recipients,
                   const recommendation::SideKeys& keys, const InteractionsRead& read) const {
    auto& communicator = context.communicator();
    const auto dictionary = recommendation::sources();
    const auto rows = recommendation::total_entries(communicator, offers.lists);
    const auto writer = context.create("", rows, {nullptr, nullptr, nullptr, nullptr, dictionary},
                                       {keys.string_width(), 0, read.items.string_width()});
    const auto& starts = offers.lists.starts;
    recommendation::write_ranked(communicator, offers.lists, recipients.own.first, keys, read.items, lists_, *writer,
                                 [&](std::int64_t first, std::int64_t last) {
                                   std::vector<std::int32_t> codes;
                                   auto row = std::upper_bound(starts.begin(), starts.end(), first) - starts.begin() - 1;
                                   for (auto entry = first; entry < last; ++entry) {
                                     while (starts[static_cast<std::size_t>(row) + 1] <= entry) ++row;
                                     const auto place = entry - starts[static_cast<std::size_t>(row)];
                                     const bool own = place < offers.personal[static_cast<std::size_t>(row)];
                                     codes.push_back(static_cast<std::int32_t>(own ? Source::personal : Source::popular));
                                   }
                                   std::vector<data::Column> columns;
                                   columns.push_back(source_column(std::move(codes), dictionary));
                                   return columns;
                                 });
    writer->finish();
  }

  void write_customers(runtime::StepContext& context, const Offers& offers, const recommendation::Recipients& recipients,
                       const recommendation::SideKeys& keys, const InteractionsRead& read) const {
    const auto dictionary = recommendation::sources();
    const auto writer = context.create("customers", keys.rows(), {nullptr, nullptr, nullptr, dictionary}, {keys.string_width()});
    prepare::write_rows(
        context.communicator(), recipients.own.size(),
        [&](std::int64_t first, std::int64_t last) {
          std::vector<std::int64_t> items;
          std::vector<std::int64_t> recommended;
          std::vector<std::int32_t> codes;
          for (auto row = first; row < last; ++row) {
            const auto place = recipients.places[static_cast<std::size_t>(row)];
            items.push_back(place < 0 ? 0 : read.matrix.of_customers.length(place));
            recommended.push_back(offers.lists.length(row));
            codes.push_back(static_cast<std::int32_t>(offers.sources[static_cast<std::size_t>(row)]));
          }
          data::Batch batch;
          auto names = keys.keys(base::RowRange{recipients.own.first + first, recipients.own.first + last});
          batch.columns.emplace_back(customers_[0], std::move(names.values()));
          batch.columns.emplace_back(customers_[1], std::move(items));
          batch.columns.emplace_back(customers_[2], std::move(recommended));
          batch.columns.push_back(source_column(std::move(codes), dictionary));
          return batch;
        },
        *writer);
    writer->finish();
  }

  void note_offers(runtime::StepContext& context, const Offers& offers, const recommendation::SideKeys& keys,
                   const InteractionsRead& read) const {
    auto& communicator = context.communicator();
    std::vector<std::int64_t> times(static_cast<std::size_t>(read.items.rows()), 0);
    for (const auto item : offers.lists.ids) ++times[static_cast<std::size_t>(item)];
    communicator.sum(std::span(times));
    std::array<std::int64_t, 5> counts = {offers.lists.entries()};
    for (std::int64_t row = 0; row < offers.lists.rows(); ++row) {
      const auto source = offers.sources[static_cast<std::size_t>(row)];
      ++counts[static_cast<std::size_t>(source) + 1];
      if (source == Source::personal) counts[4] += offers.lists.length(row) - offers.personal[static_cast<std::size_t>(row)];
    }
    communicator.sum(std::span<std::int64_t>(counts));
    context.note("customers", keys.rows());
    context.note("customers_personal", counts[2]);
    context.note("customers_popular", counts[3]);
    context.note("customers_without_list", counts[1]);
    context.note("items", read.items.rows());
    context.note("items_recommended", std::ssize(times) - std::ranges::count(times, 0));
    context.note("recommendations", counts[0]);
    if (options_.fill_up) context.note("recommendations_filled_up", counts[4]);
    if (keys.rows() > 0 && counts[2] == 0) context.warn("nobody has a list of their own");
  }

  RecommendOptions options_;
  RecommendInputs inputs_;
  recommendation::RankedTable lists_;
  data::Schema customers_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> recommend_kind() {
  return runtime::make_job_kind<RecommendOptions, Recommend>(description(), recommend_slots());
}

}  // namespace fullbase::jobs
