// What is held out of a matrix, by whose rule, on any ranks and threads.
#include "algorithms/recommendation/hold_out.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "algorithms/recommendation/entry_times.hpp"
#include "algorithms/recommendation/random_pairs.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using data::Field;
using data::Type;
using ::testing::HasSubstr;

/// Customers of 0 to about 12 items, over several blocks.
const std::vector<testing::RatedPair>& pairs() {
  static const auto made = testing::random_pairs(4000, 300, 0.012);
  return made;
}

/// Few different ones: there are ties.
std::int64_t time_of(const testing::RatedPair& pair) {
  return 1'000'000 * ((pair.customer * 7 + pair.item * 13) % 5);
}

data::MemoryTable timed_table(std::int64_t row_without_time = -1) {
  auto batch = testing::table_of(pairs()).whole();
  std::vector<std::int64_t> times;
  for (const auto& pair : pairs()) times.push_back(time_of(pair));
  if (row_without_time >= 0) times[static_cast<std::size_t>(row_without_time)] = data::missing_int64;
  batch.columns.emplace_back(Field{.name = "last", .type = Type::timestamp, .nullable = true}, std::move(times));
  return {"pairs", std::move(batch)};
}

using Key = std::pair<std::int64_t, std::int64_t>;
using Folds = std::map<Key, std::int32_t>;

/// The folds of entries on this rank, chosen from (matrix, first row of the rank, times).
using Choose =
    std::function<std::vector<std::int32_t>(const SparseRows& rows, std::int64_t first, std::span<const std::int64_t> times)>;

struct Parts {
  Folds folds;
  std::set<Key> held_out;
  std::set<Key> training_of_customers;
  std::set<Key> training_of_items;
  std::int64_t pairs = 0;
  friend bool operator==(const Parts&, const Parts&) = default;
};

void add_rows(const SparseRows& rows, std::int64_t first, bool turned, const std::vector<std::int64_t>& customers,
              const std::vector<std::int64_t>& items, std::set<Key>& into) {
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto columns = rows.columns_of(row);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto own = static_cast<std::size_t>(first + row);
      const auto other = static_cast<std::size_t>(columns[i]);
      const Key key = turned ? Key(customers[other], items[own]) : Key(customers[own], items[other]);
      EXPECT_TRUE(into.insert(key).second);
      // As random_pairs() makes them: values stay with their pairs.
      EXPECT_EQ(rows.values_of(row)[i], static_cast<float>(key.first / 3 % 7) + 0.5F);
    }
  }
}

Parts part(int ranks, int threads, std::int32_t fold, const Choose& choose) {
  const auto table = timed_table();
  Parts result;
  std::mutex mutex;
  parallel::set_thread_count(threads);
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
    const auto times = read_times(communicator, table, {0, 1, 2}, 3, read, budget);
    const auto first = read.matrix.customers.rows_of(communicator.rank()).first;
    const auto folds = choose(read.matrix.of_customers, first, times.times);
    const auto parts = hold_out(communicator, read.matrix, folds, fold, budget);
    const std::scoped_lock lock(mutex);
    const auto customer_column = read.customers.keys({0, read.customers.rows()});
    const auto item_column = read.items.keys({0, read.items.rows()});
    const std::vector<std::int64_t> customers(customer_column.int64s().begin(), customer_column.int64s().end());
    const std::vector<std::int64_t> items(item_column.int64s().begin(), item_column.int64s().end());
    std::size_t at = 0;
    const auto& rows = read.matrix.of_customers;
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
      for (const auto item : rows.columns_of(row))
        result.folds[{customers[static_cast<std::size_t>(first + row)], items[static_cast<std::size_t>(item)]}] = folds[at++];
    }
    add_rows(parts.held_out, first, false, customers, items, result.held_out);
    add_rows(parts.training.of_customers, first, false, customers, items, result.training_of_customers);
    add_rows(parts.training.of_items, parts.training.items.rows_of(communicator.rank()).first, true, customers, items,
             result.training_of_items);
    EXPECT_EQ(parts.training.customers, read.matrix.customers);
    EXPECT_EQ(parts.training.items, read.matrix.items);
    result.pairs = parts.pairs;
  });
  parallel::set_thread_count(1);
  return result;
}

/// The same on ranks 1 to 4 and threads 1 and 2; both sides of training and what is held out make up the matrix.
Parts part_everywhere(std::int32_t fold, const Choose& choose) {
  const auto expected = part(1, 1, fold, choose);
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2})
      EXPECT_EQ(part(ranks, threads, fold, choose), expected) << ranks << " ranks, " << threads << " threads";
  }
  std::set<Key> held;
  std::set<Key> kept;
  for (const auto& [key, of_entry] : expected.folds) (of_entry == fold ? held : kept).insert(key);
  EXPECT_EQ(expected.held_out, held);
  EXPECT_EQ(expected.training_of_customers, kept);
  EXPECT_EQ(expected.training_of_items, kept);
  EXPECT_EQ(expected.pairs, std::ssize(held));
  EXPECT_EQ(expected.folds.size(), pairs().size());
  return expected;
}

std::map<std::int64_t, std::vector<Key>> by_customer() {
  std::map<std::int64_t, std::vector<Key>> customers;
  for (const auto& pair : pairs()) customers[pair.customer].emplace_back(time_of(pair), pair.item);
  return customers;
}

TEST(HoldOut, TheLastAreTheLatestAndOfEqualTimesTheLaterItems) {
  for (const std::int64_t count : {1, 3}) {
    const auto parts = part_everywhere(0, [&](const SparseRows& rows, std::int64_t, std::span<const std::int64_t> times) {
      return hold_out_last(rows, times, count);
    });
    std::set<Key> expected;
    for (auto [customer, bought] : by_customer()) {
      if (std::ssize(bought) <= count) continue;
      std::ranges::sort(bought, std::greater<>());
      for (std::int64_t i = 0; i < count; ++i) expected.emplace(customer, bought[static_cast<std::size_t>(i)].second);
    }
    EXPECT_EQ(parts.held_out, expected);
    EXPECT_GT(expected.size(), 2000U);
  }
}

TEST(HoldOut, AShareIsThatOfEachCustomerToWithinAnEntryAndOnTheWholeToo) {
  const random::Generator generator(random::Key{11});
  for (const double share : {0.2, 0.5, 0.95}) {
    const auto parts = part_everywhere(0, [&](const SparseRows& rows, std::int64_t first, std::span<const std::int64_t>) {
      return hold_out_share(rows, first, generator, share);
    });
    std::map<std::int64_t, std::int64_t> held;
    for (const auto& [customer, item] : parts.held_out) ++held[customer];
    double due = 0;
    for (const auto& [customer, bought] : by_customer()) {
      const double n = static_cast<double>(bought.size());
      EXPECT_GE(static_cast<double>(held[customer]), std::min(n - 1, std::floor(share * n)));
      EXPECT_LE(static_cast<double>(held[customer]), std::min(n - 1, std::floor(share * n) + 1));
      if (share < 0.9) due += bought.size() > 1 ? share * n : 0;
    }
    // 2 at share 0.5 is never cut, nor anything at 0.2: the mean is that of independent roundings, deviation below 0.5 each.
    if (share < 0.9) {
      EXPECT_NEAR(static_cast<double>(parts.held_out.size()), due, 4 * 0.5 * std::sqrt(4000.0));
    }
  }
}

TEST(HoldOut, FoldsShareOutEveryCustomersEntriesEvenly) {
  const random::Generator generator(random::Key{12});
  const std::int32_t folds = 5;
  const auto choose = [&](const SparseRows& rows, std::int64_t first, std::span<const std::int64_t>) {
    return hold_out_folds(rows, first, generator, folds);
  };
  const auto parts = part_everywhere(3, choose);
  std::map<std::int64_t, std::vector<std::int64_t>> counts;
  std::vector<std::int64_t> all(static_cast<std::size_t>(folds), 0);
  std::int64_t alone = 0;
  for (const auto& [key, fold] : parts.folds) {
    auto& of_customer = counts[key.first];
    of_customer.resize(static_cast<std::size_t>(folds), 0);
    if (fold < 0) {
      ++alone;
      EXPECT_EQ(by_customer()[key.first].size(), 1U);
      continue;
    }
    ++of_customer[static_cast<std::size_t>(fold)];
    ++all[static_cast<std::size_t>(fold)];
  }
  EXPECT_GT(alone, 50);
  for (const auto& [customer, of_folds] : counts)
    EXPECT_LE(std::ranges::max(of_folds) - std::ranges::min(of_folds), 1) << customer;
  const auto [least, most] = std::ranges::minmax(all);
  EXPECT_LT(most - least, 200);
  // Another fold holds out others: none twice.
  const auto other = part(2, 1, 4, choose);
  std::vector<Key> both;
  std::ranges::set_intersection(parts.held_out, other.held_out, std::back_inserter(both));
  EXPECT_TRUE(both.empty());
}

TEST(HoldOut, EveryoneKeepsAnEntryToLearnFrom) {
  SparseRows rows;
  rows.starts = {0, 0, 1, 3};
  rows.columns = {4, 0, 1};
  rows.values = {1, 1, 1};
  const std::vector<std::int64_t> times = {9, 5, 5};
  EXPECT_EQ(hold_out_last(rows, times, 1), (std::vector<std::int32_t>{-1, -1, 0}));
  EXPECT_EQ(hold_out_last(rows, times, 2), (std::vector<std::int32_t>{-1, -1, -1}));
  const random::Generator generator(random::Key{1});
  const auto drawn = hold_out_share(rows, 0, generator, 0.999);
  EXPECT_EQ(std::ranges::count(drawn, 0), 1);
  EXPECT_EQ(drawn[0], -1);
  const auto folds = hold_out_folds(rows, 0, generator, 2);
  EXPECT_EQ(folds[0], -1);
  EXPECT_EQ(folds[1] + folds[2], 1);
}

TEST(HoldOut, AnEntryWithoutATimeIsRefusedByItsRow) {
  const auto row = std::ssize(pairs()) - 7;
  const auto table = timed_table(row);
  for (const int ranks : {1, 2, 3}) {
    EXPECT_THAT(testing::error_text([&] {
                  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
                    data::Budget budget(1 << 28);
                    const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
                    read_times(communicator, table, {0, 1, 2}, 3, read, budget);
                  });
                }),
                HasSubstr("pairs.last[" + std::to_string(row) + "]: there is no time of this pair"))
        << ranks << " ranks";
  }
}

TEST(HoldOut, WithoutMemoryOnOneRankAllRanksSaySo) {
  const auto table = timed_table();
  for (const int failing : {0, 1, 2}) {
    std::vector<std::string> held_out(3);
    std::vector<std::string> timed(3);
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
      const std::vector<std::int32_t> folds(static_cast<std::size_t>(read.matrix.of_customers.entries()), 0);
      data::Budget small(communicator.rank() == failing ? 1000 : 1 << 28);
      const auto rank = static_cast<std::size_t>(communicator.rank());
      held_out[rank] =
          testing::error_text([&] { hold_out(communicator, read.matrix, folds, 0, small); }, base::ErrorKind::job_file);
      timed[rank] = testing::error_text(
          [&] {
            read_times(communicator, table, {0, 1, 2}, 3, read, small);
          },
          base::ErrorKind::job_file);
    });
    const auto where = "rank " + std::to_string(failing);
    for (const auto& text : held_out) EXPECT_THAT(text, HasSubstr(where));
    for (const auto& text : timed) EXPECT_THAT(text, HasSubstr(where));
  }
}

}  // namespace
}  // namespace fullbase::recommendation
