// What RFM does when a rank cannot read, and what it sends.
#include <gmock/gmock.h>

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/value/rfm.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "every_read.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::value {
namespace {

constexpr std::int64_t rows = 20'000;
constexpr std::int64_t customers = 700;
constexpr std::int64_t orders = 5'000;

/// Lines in file order: four an order, orders by customers in turn; customers as integers far apart, so that there is a pass for
/// the keys too.
data::MemoryTable lines(std::int64_t of_customers = customers) {
  testing::Optional<std::int64_t> customer, invoice, time, amount;
  for (std::int64_t i = 0; i < rows; ++i) {
    customer.push_back(i / 4 % of_customers * 1'000'000);
    invoice.push_back(i / 4);
    time.push_back(i * base::microseconds_per_second);
    amount.push_back(i % 100);
  }
  return testing::make_table("lines", {testing::int64_column("customer", customer), testing::int64_column("invoice", invoice),
                                       testing::timestamp_column("time", time), testing::int64_column("amount", amount)});
}

TEST(RfmFaults, AReadErrorOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(2);
  const int reads = testing::break_every_read(
      lines(), [](comm::Communicator& communicator, const data::BlockSource& source, data::Budget& budget) {
        testing::MemorySpill spill;
        const Rfm rfm(communicator, source, nullptr, {}, {.as_of = base::microseconds_per_day}, budget, spill);
      });
  EXPECT_GE(reads, 3 * 2);  // the pass over the keys alone, and the pass over the lines
}

TEST(RfmFaults, TooSmallABudgetIsOneErrorOfAll) {
  const data::MemoryTable table = lines();
  std::vector<int> kinds(2);
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget budget(10'000);
    try {
      testing::MemorySpill spill;
      const Rfm rfm(communicator, table, nullptr, {}, {.as_of = base::microseconds_per_day}, budget, spill);
    } catch (const base::Error& error) {
      kinds[static_cast<std::size_t>(communicator.rank())] = error.exit_code();
    }
  });
  EXPECT_EQ(kinds[0], kinds[1]);
  EXPECT_EQ(kinds[0], static_cast<int>(base::ErrorKind::job_file));
}

TEST(RfmFaults, ASpillThatFailsOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(1);
  const data::MemoryTable table = lines(orders);
  for (const int after : {0, 1, 5}) {
    std::vector<std::string> messages(2);
    comm::run_threads(2, [&](comm::Communicator& communicator) {
      data::Budget budget(300'000);  // has room for a part of the customers
      testing::MemorySpill spill(communicator.rank() == 1 ? after : -1);
      data::MemorySink sink;
      try {
        const Rfm rfm(communicator, table, nullptr, {}, {.as_of = base::microseconds_per_day}, budget, spill);
        rfm.write(communicator, sink);
      } catch (const base::Error& error) {
        EXPECT_EQ(error.kind(), base::ErrorKind::io);
        messages[static_cast<std::size_t>(communicator.rank())] = error.what();
      }
    });
    EXPECT_THAT(messages[0], ::testing::HasSubstr("the disk is gone")) << after;
    EXPECT_EQ(messages[1], messages[0]);
  }
}

/// What rank `rank` of `ranks` sends by the docstring to have its customers added up: the groups of its rows, 6 words and a key
/// each (times can be missing), and their orders, where other ranks bring them together. Customers 0, 1, ... are on all ranks, so
/// that each takes as many.
std::int64_t predicted(int rank, int ranks) {
  const base::RowRange mine = base::Partition(rows, ranks).rows_of(rank);
  std::set<std::int64_t> seen;
  std::set<std::pair<std::int64_t, std::int64_t>> distinct_orders;
  for (std::int64_t i = mine.first; i < mine.last; ++i) {
    seen.insert(i / 4 % customers);
    distinct_orders.insert({i / 4 % customers, i / 4});
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(customers));
  const auto elsewhere = [&](std::int64_t customer) { return customer * ranks / customers != rank; };
  std::int64_t bytes = 0;
  for (const std::int64_t customer : seen) bytes += elsewhere(customer) ? 8 + 8 * 6 : 0;
  for (const auto& [customer, order] : distinct_orders) bytes += elsewhere(customer) ? 16 : 0;
  return bytes;
}

TEST(RfmTraffic, IsTheFormulaOfTheDocstring) {
  const data::MemoryTable table = lines();
  for (const int ranks : {1, 2, 3, 4}) {
    std::vector<std::int64_t> sent(static_cast<std::size_t>(ranks), 0);
    std::vector<std::int64_t> rounds(static_cast<std::size_t>(ranks), 0);
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      testing::MemorySpill spill;
      const Rfm rfm(communicator, table, nullptr, {}, {.as_of = base::microseconds_per_day}, budget, spill);
      for (const auto& [key, traffic] : communicator.statistics().table()) {
        const auto r = static_cast<std::size_t>(communicator.rank());
        if (key.second == "all_to_all") sent[r] += traffic.bytes;
        if (key.first == "quantiles") rounds[r] += traffic.calls;
      }
      EXPECT_EQ(rfm.passes(), 1);
    });
    // Where a rank's share ends within a customer, that one goes to one side or the other.
    const std::int64_t whole_customer = customers % ranks == 0 || ranks == 1 ? 0 : 8 + 8 * 6 + 16 * (orders / customers + 1);
    for (int rank = 0; rank < ranks; ++rank) {
      const auto r = static_cast<std::size_t>(rank);
      EXPECT_LE(std::abs(sent[r] - (ranks == 1 ? 0 : predicted(rank, ranks))), 2 * whole_customer) << rank << " of " << ranks;
      EXPECT_LE(rounds[r], 3 * (3 + 4 + 5));  // bounds, rounds, an agreement each
    }
  }
}

}  // namespace
}  // namespace fullbase::value
