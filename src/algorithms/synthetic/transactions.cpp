#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

#include "algorithms/synthetic/numbering.hpp"
#include "algorithms/synthetic/tables.hpp"
#include "base/contract.hpp"

namespace fullbase::synthetic {
namespace {

enum Column { invoice, customer, time, item, quantity, price };

/// How often a line has how many pieces, of 100.
constexpr std::array<std::pair<int, std::int64_t>, 8> pieces = {
    {{48, 1}, {18, 2}, {9, 3}, {7, 4}, {8, 6}, {3, 10}, {5, 12}, {2, 24}}};

constexpr auto pieces_of_percent = [] {
  std::array<std::int64_t, 100> table{};
  std::size_t next = 0;
  for (const auto& [share, count] : pieces) {
    for (int i = 0; i < share; ++i) table[next++] = count;
  }
  return table;
}();

/// A number below `bound`, its bias below bound / 2^64.
std::uint64_t scaled(std::uint64_t word, std::uint64_t bound) noexcept {
  return static_cast<std::uint64_t>((static_cast<base::uint128>(word) * bound) >> 64);
}

data::DictionaryPointer numbered_names(char letter, std::int64_t count, int least_digits) {
  const int digits = digits_of(count, least_digits);
  data::Strings names;
  names.reserve(count, count * (digits + 1));
  for (std::int64_t i = 0; i < count; ++i) names.push_back(numbered(letter, i, digits));
  return std::make_shared<const data::Dictionary>(std::move(names));
}

}  // namespace

struct Transactions::Line {
  std::int32_t item;
  std::int64_t quantity;
};

Transactions::Transactions(std::shared_ptr<const Purchases> purchases)
    : purchases_(std::move(purchases)), draws_(random::make_key(purchases_->options().seed, "generate", "lines")) {
  using data::Type;
  schema_.fields = {{.name = "invoice", .type = Type::int64},  {.name = "customer", .type = Type::category},
                    {.name = "time", .type = Type::timestamp}, {.name = "item", .type = Type::category},
                    {.name = "quantity", .type = Type::int64}, {.name = "price", .type = Type::decimal, .scale = 2}};
  const Options& options = purchases_->options();
  customers_ = numbered_names('C', options.customers, customer_digits);
  items_ = numbered_names('P', options.items, item_digits);

  const random::Generator facts(random::make_key(options.seed, "generate", "items"));
  const auto count = static_cast<std::size_t>(options.items);
  std::vector<std::uint64_t> weights(count);
  for (std::size_t rank = 0; rank < count; ++rank) weights[rank] = (std::uint64_t{1} << 36) / (rank + 10);
  popularity_ = random::CumulativeWeights(weights);
  // Which item is how popular: a shuffle (Fisher and Yates).
  item_of_rank_.resize(count);
  std::iota(item_of_rank_.begin(), item_of_rank_.end(), 0);
  for (std::size_t i = count; i > 1; --i)
    std::swap(item_of_rank_[i - 1], item_of_rank_[facts.below(i, static_cast<std::int64_t>(i), 0)]);
  // Prices from 0.20 to about 60, most of them low: a power of a uniform number, in whole pence.
  prices_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double u = facts.uniform(static_cast<std::int64_t>(i), 1);
    prices_[i] = 20 + static_cast<std::int64_t>(u * u * u * u * 6'000);
  }
}

data::DictionaryPointer Transactions::dictionary(int column) const {
  return column == Column::customer ? customers_ : column == Column::item ? items_ : nullptr;
}

Transactions::Line Transactions::line(std::int64_t order, std::int64_t number) const noexcept {
  const auto words = draws_.words(order, number);
  const auto rank = static_cast<std::size_t>(popularity_.find(scaled(words[0], popularity_.total())));
  std::int64_t count = pieces_of_percent[scaled(words[1], 100)];
  // Some customers buy for others: one in 20 takes six times as much, three in 20 twice.
  const std::uint64_t kind = static_cast<std::uint64_t>(purchases_->customer(order)) * 0x9E3779B97F4A7C15 >> 32;
  count *= kind % 20 == 0 ? 6 : kind % 20 < 4 ? 2 : 1;
  return {item_of_rank_[rank], purchases_->is_return(order) ? -count : count};
}

data::Batch Transactions::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= this->rows(),
                   "rows that are read lie within the table");
  data::Batch batch{.rows = rows, .columns = {}};
  std::array<std::int64_t*, 6> wide{};
  std::array<std::int32_t*, 6> narrow{};
  for (const int column : columns) batch.columns.emplace_back(schema_[column], rows.size(), dictionary(column));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto column = static_cast<std::size_t>(columns[i]);
    if (schema_[columns[i]].type == data::Type::category) {
      narrow[column] = batch.columns[i].int32s().data();
    } else {
      wide[column] = batch.columns[i].int64s().data();
    }
  }
  const bool draws = narrow[Column::item] || wide[Column::quantity] || wide[Column::price];
  for (std::int64_t row = rows.first, order = rows.empty() ? 0 : purchases_->order_of_line(rows.first); row < rows.last;
       ++order) {
    const std::int64_t first_line = purchases_->first_line(order);
    const std::int64_t end = std::min(rows.last, purchases_->first_line(order + 1));
    for (; row < end; ++row) {
      const std::int64_t i = row - rows.first;
      if (wide[Column::invoice]) wide[Column::invoice][i] = order + 1;
      if (narrow[Column::customer]) narrow[Column::customer][i] = purchases_->customer(order);
      if (wide[Column::time]) wide[Column::time][i] = purchases_->time(order);
      if (!draws) continue;
      const Line drawn = line(order, row - first_line);
      if (narrow[Column::item]) narrow[Column::item][i] = drawn.item;
      if (wide[Column::quantity]) wide[Column::quantity][i] = drawn.quantity;
      if (wide[Column::price]) wide[Column::price][i] = prices_[static_cast<std::size_t>(drawn.item)];
    }
  }
  return batch;
}

}  // namespace fullbase::synthetic
