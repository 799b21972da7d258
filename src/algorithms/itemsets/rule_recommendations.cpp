#include "algorithms/itemsets/rule_recommendations.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "algorithms/itemsets/customer_rows.hpp"
#include "algorithms/itemsets/item_values.hpp"
#include "algorithms/itemsets/rule_offers.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using data::Type;

/// The values of a rule that a recommendation shows.
std::vector<Metric> shown_metrics(Metric by) {
  std::vector<Metric> metrics = {Metric::confidence, Metric::lift, Metric::support};
  if (std::ranges::find(metrics, by) == metrics.end()) metrics.push_back(by);
  return metrics;
}

/// No rule's place; and, below all places, what stands for items that a customer has.
constexpr std::int32_t no_rule = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t has_it = -1;

struct Recommendation {
  std::int32_t item;
  std::int32_t place;  ///< of the rule
};

/// Finds one customer's recommendations after the other, on one thread.
class Recommender {
 public:
  Recommender(const RuleOffers& offers, const ItemValues& items, std::int64_t top)
      : offers_(offers),
        items_(items),
        top_(top),
        search_(offers.antecedents()),
        best_(static_cast<std::size_t>(items.size()), no_rule) {}
  static std::int64_t bytes(std::int64_t items) noexcept { return (4 + 4 + 8) * items; }

  /// Of a customer who bought these items, best first.
  std::span<const Recommendation> find(std::span<const std::int32_t> basket) {
    fired_ = 0;
    found_.clear();
    for (const std::int32_t item : basket) best(item) = has_it;
    search_.for_each(basket, [&](std::int32_t antecedent) {
      fired_ += offers_.rules_of(antecedent);
      for (const auto& offer : offers_.offers(antecedent)) {
        std::int32_t& place = best(offer.item);
        if (offer.place >= place) continue;
        if (place == no_rule) found_.push_back({offer.item, no_rule});
        place = offer.place;
      }
    });
    for (auto& recommendation : found_) recommendation.place = std::exchange(best(recommendation.item), no_rule);
    for (const std::int32_t item : basket) best(item) = no_rule;
    const auto count = std::min(std::ssize(found_), top_);
    std::ranges::partial_sort(found_, found_.begin() + count, {}, [&](const Recommendation& recommendation) {
      return std::pair(recommendation.place, items_.place(recommendation.item));
    });
    return std::span(found_).first(static_cast<std::size_t>(count));
  }
  /// Rules that fired for the customer of the last find().
  std::int64_t fired() const noexcept { return fired_; }

  // Of all customers.
  std::int64_t served = 0;
  std::int32_t longest_text = 0;

 private:
  std::int32_t& best(std::int32_t item) noexcept { return best_[static_cast<std::size_t>(item)]; }

  const RuleOffers& offers_;
  const ItemValues& items_;
  std::int64_t top_;
  ContainedSets::Search search_;
  std::vector<std::int32_t> best_;  ///< by item: the best place so far
  std::vector<Recommendation> found_;
  std::int64_t fired_ = 0;
};

}  // namespace

data::Schema recommendations_schema(const data::Field& customer, const data::Field& item, Metric by) {
  data::Schema schema;
  data::Field of_item = item;
  of_item.nullable = false;
  schema.fields = {CustomerColumn::field(customer),
                   {.name = "rank", .type = Type::int64},
                   std::move(of_item),
                   {.name = "rule", .type = Type::int64}};
  for (const Metric metric : shown_metrics(by)) schema.fields.push_back({.name = column_name(metric), .type = Type::float64});
  return schema;
}

data::Schema recommended_customers_schema(const data::Field& customer) {
  auto schema = tables::GroupKeys::schema({.fields = {customer}}, std::array{0});
  for (const char* const name : {"items", "fired", "recommended"}) schema.fields.push_back({.name = name, .type = Type::int64});
  return schema;
}

struct RuleRecommendations::Implementation {
  Implementation(comm::Communicator& communicator, const data::BlockSource& rules, const SetIndex& sets,
                 const CustomerLines& of_lines, const RecommendOptions& asked, data::Budget& budget, data::Spill& spill)
      : options(asked),
        lines(of_lines),
        schema(recommendations_schema(field_of(lines.customer), field_of(lines.item), asked.by)),
        customers_schema(recommended_customers_schema(field_of(lines.customer))) {
    comm::collective_try(communicator, "read rules", [&] {
      items.emplace(sets, field_of(lines.item), budget);
      offers.emplace(rules, sets, options.by, shown_metrics(options.by), budget);
      scratch = budget.require(Recommender::bytes(items->size()) * parallel::thread_count(), "the items that rules recommend");
      recommendations.emplace(recommendation_words, budget, spill);
      customers.emplace(customer_words, budget, spill);
    });
    baskets.emplace(communicator, lines, *items, budget);
    read_baskets(communicator);
    scratch = {};
  }

  const data::Field& field_of(int column) const { return lines.source->schema()[column]; }

  /// Collective.
  void read_baskets(comm::Communicator& communicator) {
    std::vector<Recommender> threads;
    comm::collective_try(communicator, "read rules", [&] {
      for (int t = 0; t < parallel::thread_count(); ++t) threads.emplace_back(*offers, *items, options.top);
    });
    facts = baskets->for_each(
        [&](const CustomerBaskets::Piece& piece) { recommend(piece, threads[static_cast<std::size_t>(piece.thread)]); });
    for (const Recommender& thread : threads) {
      served += thread.served;
      longest_text = std::max(longest_text, thread.longest_text);
    }
    served = communicator.sum_value(served);
    longest_text = static_cast<std::int32_t>(communicator.max_value(std::int64_t{longest_text}));
    recommendations->finish(communicator, baskets->passes());
    customers->finish(communicator, baskets->passes());
  }

  void recommend(const CustomerBaskets::Piece& piece, Recommender& thread) {
    std::vector<std::uint64_t> rows;
    std::vector<std::uint64_t> of_customers;
    const auto keep = [&](CustomerRows& all, std::vector<std::uint64_t>& some, std::int64_t words, bool rest) {
      if (rest || std::ssize(some) >= CustomerRows::run_rows * words) all.keep(piece.pass, piece.piece, std::exchange(some, {}));
    };
    for (std::int64_t b = 0; b < piece.known.size(); ++b) {
      const std::uint64_t customer = piece.known.keys[static_cast<std::size_t>(b)];
      const auto found = thread.find(piece.known[b]);
      std::int64_t rank = 0;
      for (const auto& [item, place] : found) {
        const std::uint64_t rank_and_item = static_cast<std::uint64_t>(++rank) << 32 | static_cast<std::uint32_t>(item);
        rows.insert(rows.end(), {customer, rank_and_item, static_cast<std::uint64_t>(place)});
      }
      const std::uint64_t bought_and_found =
          static_cast<std::uint64_t>(piece.bought[static_cast<std::size_t>(b)]) << 32 | found.size();
      of_customers.insert(of_customers.end(), {customer, bought_and_found, static_cast<std::uint64_t>(thread.fired())});
      baskets->keys().longest_texts(customer, std::span(&thread.longest_text, 1));
      if (!found.empty()) ++thread.served;
      keep(*recommendations, rows, recommendation_words, false);
      keep(*customers, of_customers, customer_words, false);
    }
    keep(*recommendations, rows, recommendation_words, true);
    keep(*customers, of_customers, customer_words, true);
  }

  /// Rows of the table of recommendations.
  data::Batch recommendations_of(std::span<const std::uint64_t> words, base::RowRange rows) const {
    std::vector<std::uint64_t> codes;
    std::vector<std::int64_t> ranks, of_rules;
    std::vector<std::int32_t> of_items;
    std::vector<std::vector<double>> values(schema.fields.size() - 4);
    for (std::size_t at = 0; at < words.size(); at += recommendation_words) {
      codes.push_back(words[at]);
      ranks.push_back(static_cast<std::int64_t>(words[at + 1] >> 32));
      of_items.push_back(static_cast<std::int32_t>(words[at + 1] & 0xFFFFFFFF));
      const auto place = static_cast<std::int32_t>(words[at + 2]);
      of_rules.push_back(offers->row(place));
      for (std::size_t metric = 0; metric < values.size(); ++metric) values[metric].push_back(offers->value(metric, place));
    }
    data::Batch batch{.rows = rows, .columns = {}};
    batch.columns.push_back(CustomerColumn(lines, baskets->keys()).column(codes));
    batch.columns.emplace_back(schema[1], std::move(ranks));
    batch.columns.push_back(items->column(of_items));
    batch.columns.emplace_back(schema[3], std::move(of_rules));
    for (auto& some : values) batch.columns.emplace_back(schema[static_cast<int>(batch.columns.size())], std::move(some));
    return batch;
  }

  data::Batch customers_of(std::span<const std::uint64_t> words, base::RowRange rows) const {
    std::vector<std::uint64_t> codes;
    std::array<std::vector<std::int64_t>, 3> numbers;
    for (std::size_t at = 0; at < words.size(); at += customer_words) {
      codes.push_back(words[at]);
      numbers[0].push_back(static_cast<std::int64_t>(words[at + 1] >> 32));
      numbers[1].push_back(static_cast<std::int64_t>(words[at + 2]));
      numbers[2].push_back(static_cast<std::int64_t>(words[at + 1] & 0xFFFFFFFF));
    }
    data::Batch batch{.rows = rows, .columns = baskets->keys().columns(codes)};
    for (auto& some : numbers)
      batch.columns.emplace_back(customers_schema[static_cast<int>(batch.columns.size())], std::move(some));
    return batch;
  }

  static constexpr std::int64_t recommendation_words = 3;
  static constexpr std::int64_t customer_words = 3;

  RecommendOptions options;
  CustomerLines lines;
  data::Schema schema;
  data::Schema customers_schema;
  std::optional<ItemValues> items;
  std::optional<RuleOffers> offers;
  data::Reservation scratch;
  std::optional<CustomerRows> recommendations;
  std::optional<CustomerRows> customers;
  std::optional<CustomerBaskets> baskets;
  BasketFacts facts;
  std::int64_t served = 0;
  std::int32_t longest_text = 0;  ///< of customers
};

RuleRecommendations::RuleRecommendations(comm::Communicator& communicator, const data::BlockSource& rules, const SetIndex& sets,
                                         const CustomerLines& lines, const RecommendOptions& options, data::Budget& budget,
                                         data::Spill& spill)
    : implementation_(std::make_unique<Implementation>(communicator, rules, sets, lines, options, budget, spill)) {}

RuleRecommendations::~RuleRecommendations() = default;

std::int64_t RuleRecommendations::rows() const noexcept {
  return implementation_->recommendations->rows();
}
std::int64_t RuleRecommendations::customers() const noexcept {
  return implementation_->customers->rows();
}
std::int64_t RuleRecommendations::served() const noexcept {
  return implementation_->served;
}
std::int64_t RuleRecommendations::rules() const noexcept {
  return implementation_->offers->rules();
}
std::int64_t RuleRecommendations::passes() const noexcept {
  return implementation_->baskets->passes();
}
const BasketFacts& RuleRecommendations::facts() const noexcept {
  return implementation_->facts;
}

std::vector<data::DictionaryPointer> RuleRecommendations::dictionaries() const {
  const auto& own = *implementation_;
  std::vector<data::DictionaryPointer> dictionaries(own.schema.fields.size());
  dictionaries[0] = CustomerColumn(own.lines, own.baskets->keys()).dictionary();
  dictionaries[2] = own.items->dictionary();
  return dictionaries;
}

std::vector<std::int32_t> RuleRecommendations::string_widths() const {
  const auto& own = *implementation_;
  std::vector<std::int32_t> widths(own.schema.fields.size(), 0);
  if (own.schema[0].type == Type::string) widths[0] = own.longest_text;
  widths[2] = own.items->string_width();
  return widths;
}

std::vector<std::int32_t> RuleRecommendations::customers_string_widths() const {
  return {implementation_->longest_text, 0, 0, 0};
}

void RuleRecommendations::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  const auto& own = *implementation_;
  own.recommendations->write(communicator, sink, [&own](std::span<const std::uint64_t> words, base::RowRange rows) {
    return own.recommendations_of(words, rows);
  });
}

void RuleRecommendations::write_customers(comm::Communicator& communicator, data::BlockSink& sink) const {
  const auto& own = *implementation_;
  own.customers->write(communicator, sink, [&own](std::span<const std::uint64_t> words, base::RowRange rows) {
    return own.customers_of(words, rows);
  });
}

}  // namespace fullbase::itemsets
