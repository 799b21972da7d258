// Tables of pairs of customers and items.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "data/memory_table.hpp"
#include "random/generator.hpp"

namespace fullbase::testing {

struct RatedPair {
  std::int64_t customer;
  std::int64_t item;
  double value;
};

/// Every pair once, in no order.
inline std::vector<RatedPair> random_pairs(std::int64_t customers, std::int64_t items, double share) {
  const random::Generator draws(random::Key{3});
  std::vector<std::pair<double, RatedPair>> shuffled;
  for (std::int64_t u = 0; u < customers; ++u) {
    for (std::int64_t i = 0; i < items; ++i) {
      if (draws.uniform(u, i) < share)
        shuffled.push_back({draws.uniform(u, i, 1), {3 * u, 1000 - i, static_cast<double>(u % 7) + 0.5}});
    }
  }
  std::ranges::sort(shuffled, {}, [](const auto& one) { return one.first; });
  std::vector<RatedPair> pairs;
  for (const auto& [draw, pair] : shuffled) pairs.push_back(pair);
  return pairs;
}

inline data::MemoryTable table_of(const std::vector<RatedPair>& pairs) {
  std::vector<std::int64_t> customers;
  std::vector<std::int64_t> items;
  std::vector<double> values;
  for (const auto& pair : pairs) {
    customers.push_back(pair.customer);
    items.push_back(pair.item);
    values.push_back(pair.value);
  }
  data::Batch batch{{0, std::ssize(pairs)}, {}};
  batch.columns.emplace_back(data::Field{.name = "customer", .type = data::Type::int64}, std::move(customers));
  batch.columns.emplace_back(data::Field{.name = "item", .type = data::Type::int64}, std::move(items));
  batch.columns.emplace_back(data::Field{.name = "value", .type = data::Type::float64, .nullable = true}, std::move(values));
  return {"pairs", std::move(batch)};
}

}  // namespace fullbase::testing
