#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/synthetic/tables.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/time.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::synthetic {
namespace {

constexpr std::array<int, 6> all = {0, 1, 2, 3, 4, 5};

std::shared_ptr<const Purchases> purchases(std::int64_t customers = 3'000, std::int64_t lines = 60'000, std::int64_t seed = 42) {
  Options options;
  options.customers = customers;
  options.lines = lines;
  options.seed = seed;
  return std::make_shared<const Purchases>(options);
}

data::Batch whole(const data::BlockSource& source) {
  std::vector<int> columns(static_cast<std::size_t>(source.schema().columns()));
  std::iota(columns.begin(), columns.end(), 0);
  return source.read({0, source.rows()}, columns);
}

std::string digest(const data::Batch& batch) {
  base::Sha256 hash;
  for (const auto& column : batch.columns) {
    for (std::int64_t i = 0; i < column.rows(); ++i) {
      if (column.dictionary() || column.field().type == data::Type::string) {
        hash.add(column.text(i));
      } else if (column.field().type == data::Type::date) {
        hash.add(std::int64_t{column.int32s()[static_cast<std::size_t>(i)]});
      } else {
        hash.add(column.int64s()[static_cast<std::size_t>(i)]);
      }
    }
  }
  return base::hex(hash.finish());
}

TEST(Transactions, HasExactlyTheLinesAndCustomersThatWereAskedFor) {
  for (const auto& [customers, lines] : {std::pair{1, 1}, {10, 10}, {10, 11}, {1000, 1001}, {100, 20'000}, {3000, 60'000}}) {
    const Transactions table(purchases(customers, lines));
    ASSERT_EQ(table.rows(), lines);
    const data::Batch rows = whole(table);
    std::set<std::int32_t> seen(rows.at("customer").int32s().begin(), rows.at("customer").int32s().end());
    EXPECT_EQ(static_cast<int>(seen.size()), customers) << customers << ' ' << lines;
    EXPECT_EQ(table.dictionary(1)->size(), customers);
  }
}

TEST(Transactions, IsInTimeOrderAndAnOrderBelongsToOneCustomer) {
  const Transactions table(purchases());
  const data::Batch rows = whole(table);
  const auto invoices = rows.at("invoice").int64s();
  const auto times = rows.at("time").int64s();
  const auto customers = rows.at("customer").int32s();
  const auto quantities = rows.at("quantity").int64s();
  const Options options;
  EXPECT_EQ(invoices[0], 1);
  for (std::size_t i = 0; i < invoices.size(); ++i) {
    ASSERT_GE(times[i], options.first_day * base::microseconds_per_day);
    ASSERT_LT(times[i], options.last_day * base::microseconds_per_day);
    ASSERT_NE(quantities[i], 0);
    if (i == 0) continue;
    ASSERT_LE(times[i - 1], times[i]);
    ASSERT_TRUE(invoices[i] == invoices[i - 1] || invoices[i] == invoices[i - 1] + 1);
    if (invoices[i] == invoices[i - 1]) {
      ASSERT_EQ(customers[i], customers[i - 1]);
      ASSERT_EQ(times[i], times[i - 1]);
      ASSERT_EQ(quantities[i] < 0, quantities[i - 1] < 0);
    }
  }
}

TEST(Transactions, LooksLikeAShop) {
  const Transactions table(purchases());
  const data::Batch rows = whole(table);
  std::map<std::int32_t, int> items;
  std::map<std::int32_t, std::pair<int, int>> lines;  // customer: orders' lines, returns' lines
  std::map<std::int32_t, std::set<std::int64_t>> orders;
  for (std::size_t i = 0; i < 60'000; ++i) {
    ++items[rows.at("item").int32s()[i]];
    const auto customer = rows.at("customer").int32s()[i];
    orders[customer].insert(rows.at("invoice").int64s()[i]);
    rows.at("quantity").int64s()[i] > 0 ? ++lines[customer].first : ++lines[customer].second;
  }
  int returns = 0, only_returns = 0, one_order = 0, most_orders = 0;
  for (const auto& [customer, count] : lines) {
    returns += count.second;
    only_returns += count.first == 0;
    one_order += orders[customer].size() == 1;
    most_orders = std::max(most_orders, static_cast<int>(orders[customer].size()));
  }
  EXPECT_GT(returns, 500);
  EXPECT_LT(returns, 4'000);
  EXPECT_GT(only_returns, 0);
  EXPECT_LT(only_returns, 30);
  EXPECT_GT(one_order, 300);
  EXPECT_GT(most_orders, 20);
  EXPECT_NEAR(static_cast<double>(table.rows()) / static_cast<double>(purchases()->orders()), 5, 1.0);
  int most_sold = 0;
  for (const auto& item : items) most_sold = std::max(most_sold, item.second);
  EXPECT_GT(most_sold, 10 * 60'000 / 4'000);  // skewed
  EXPECT_GT(items.size(), 3'000u);
}

TEST(Transactions, AnyRangeReadsTheSameRows) {
  const Transactions table(purchases());
  const data::Batch rows = whole(table);
  for (const auto& [first, last] :
       {std::pair{0, 0}, {0, 1}, {1, 1025}, {1023, 5000}, {31'415, 32'000}, {59'999, 60'000}, {60'000, 60'000}}) {
    const data::Batch part = table.read({first, last}, all);
    for (std::size_t c = 0; c < all.size(); ++c) {
      data::Column expected(rows[c].field(), 0, rows[c].dictionary());
      expected.append_from(rows[c], first, last);
      ASSERT_TRUE(part[c].values() == expected.values()) << c << ' ' << first;
    }
  }
  const std::array<int, 2> some = {4, 0};
  const data::Batch part = table.read({5000, 7000}, some);
  EXPECT_EQ(part[0].field().name, "quantity");
  EXPECT_EQ(part[1].int64s()[7], rows.at("invoice").int64s()[5007]);
  EXPECT_EQ(part[0].int64s()[7], rows.at("quantity").int64s()[5007]);
}

/// A change of these bits is a change of what `generate` promises.
TEST(Transactions, IsTheSameForAnyThreadsAndForever) {
  std::string digests[2];
  for (const int threads : {1, 2}) {
    parallel::set_thread_count(threads);
    digests[threads - 1] = digest(whole(Transactions(purchases())));
  }
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_EQ(digests[0], "aca51bbcbb55dad14fda1e329d85ac189a79dbdc22ee2e99fcd36480c90b0a66");
  EXPECT_EQ(digest(whole(Customers(purchases()))), "aff1cf48a80b0e9b4d1af347ee7232683ee450a51fb4aa03c2b2991b2e5fb1ae");
  EXPECT_NE(digests[0], digest(whole(Transactions(purchases(3'000, 60'000, 43)))));
}

TEST(Customers, JoinWithTheirFirstOrder) {
  const auto base = purchases();
  const data::Batch customers = whole(Customers(base));
  const data::Batch lines = whole(Transactions(base));
  std::map<std::string, std::int64_t> first;
  for (std::int64_t i = 0; i < lines.rows.size(); ++i) {
    first.try_emplace(std::string(lines.at("customer").text(i)), lines.at("time").int64s()[static_cast<std::size_t>(i)]);
  }
  ASSERT_EQ(customers.rows.size(), 3'000);
  for (std::int64_t i = 0; i < customers.rows.size(); ++i) {
    const auto found = first.find(std::string(customers.at("customer").text(i)));
    ASSERT_NE(found, first.end());
    ASSERT_EQ(customers.at("joined").int32s()[static_cast<std::size_t>(i)], base::day_of_timestamp(found->second));
  }
  EXPECT_EQ(customers.at("customer").text(0), "C0000001");
}

TEST(Options, RefuseWhatCannotBeMet) {
  const auto message = [](const std::function<void(Options&)>& change) -> std::string {
    Options options;
    options.customers = 10;
    options.lines = 100;
    change(options);
    try {
      Purchases made(options);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::usage);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message([](Options&) {}), "accepted");
  EXPECT_THAT(message([](Options& o) { o.lines = 9; }), ::testing::HasSubstr("at least one line"));
  EXPECT_THAT(message([](Options& o) { o.customers = 0; }), ::testing::HasSubstr("customers"));
  EXPECT_THAT(message([](Options& o) { o.last_day = o.first_day; }), ::testing::HasSubstr("last day"));
  EXPECT_THAT(message([](Options& o) { o.items = 0; }), ::testing::HasSubstr("items"));
}

}  // namespace
}  // namespace fullbase::synthetic
