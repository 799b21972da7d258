// What RFM does when a rank cannot read, and what it sends.
#include <gmock/gmock.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/prepare/distinct_keys.hpp"
#include "algorithms/value/customer_totals.hpp"
#include "algorithms/value/rfm.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::value {
namespace {

constexpr std::int64_t rows = 20'000;
constexpr std::int64_t customers = 700;
constexpr std::int64_t orders = 5'000;

/// Lines in file order: four an order, orders by customers in turn; customers as integers far apart, so that there is a pass for
/// the keys too.
data::MemoryTable lines() {
  testing::Optional<std::int64_t> customer, invoice, time, amount;
  for (std::int64_t i = 0; i < rows; ++i) {
    customer.push_back(i / 4 % customers * 1'000'000);
    invoice.push_back(i / 4);
    time.push_back(i * base::microseconds_per_second);
    amount.push_back(i % 100);
  }
  return testing::make_table("lines", {testing::int64_column("customer", customer), testing::int64_column("invoice", invoice),
                                       testing::timestamp_column("time", time), testing::int64_column("amount", amount)});
}

/// A table whose rows from `broken` on cannot be read once `columns` are asked for.
class BrokenSource final : public data::BlockSource {
 public:
  BrokenSource(const data::BlockSource& source, base::RowRange broken, std::size_t columns)
      : source_(source), broken_(broken), columns_(columns) {}
  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return source_.schema(); }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override { return source_.dictionary(column); }
  data::Batch read(base::RowRange wanted, std::span<const int> columns) const override {
    if (columns.size() == columns_ && !base::intersect(wanted, broken_).empty()) throw base::io_error("cannot read", name());
    return source_.read(wanted, columns);
  }

 private:
  const data::BlockSource& source_;
  base::RowRange broken_;
  std::size_t columns_;
};

TEST(RfmFaults, AReadErrorOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(2);
  const data::MemoryTable table = lines();
  for (const std::size_t pass : {1, 4}) {  // the pass over the keys alone, and the pass over the lines
    for (int broken = 0; broken < 3; ++broken) {
      const BrokenSource source(table, base::Partition(rows, 3).rows_of(broken), pass);
      std::vector<std::string> messages(3);
      comm::run_threads(3, [&](comm::Communicator& communicator) {
        data::Budget budget(1 << 28);
        try {
          rfm(communicator, source, nullptr, {}, {.as_of = base::microseconds_per_day}, budget);
        } catch (const base::Error& error) {
          EXPECT_EQ(error.kind(), base::ErrorKind::io);
          messages[static_cast<std::size_t>(communicator.rank())] = error.what();
        }
        EXPECT_EQ(budget.available(), 1 << 28);
      });
      EXPECT_THAT(messages[0], ::testing::HasSubstr("rank " + std::to_string(broken)));
      EXPECT_EQ(messages[1], messages[0]);
      EXPECT_EQ(messages[2], messages[0]);
    }
  }
}

TEST(RfmFaults, TooSmallABudgetIsOneErrorOfAll) {
  const data::MemoryTable table = lines();
  std::vector<int> kinds(2);
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget budget(10'000);
    try {
      rfm(communicator, table, nullptr, {}, {.as_of = base::microseconds_per_day}, budget);
    } catch (const base::Error& error) {
      kinds[static_cast<std::size_t>(communicator.rank())] = error.exit_code();
    }
  });
  EXPECT_EQ(kinds[0], kinds[1]);
  EXPECT_EQ(kinds[0], static_cast<int>(base::ErrorKind::job_file));
}

/// What rank `rank` of `ranks` sends by the docstring: distinct keys and orders of its rows, whole customers on one rank each.
std::map<std::string, std::int64_t> predicted(int rank, int ranks) {
  const base::RowRange mine = base::Partition(rows, ranks).rows_of(rank);
  std::set<std::int64_t> seen;
  std::set<std::pair<std::int64_t, std::int64_t>> distinct_orders;
  for (std::int64_t i = mine.first; i < mine.last; ++i) {
    seen.insert(i / 4 % customers);
    distinct_orders.insert({i / 4 % customers, i / 4});
  }
  // Every customer has lines, so that slots are 0, 1, ...; as many buckets as a pass makes.
  const SlotRange range = SlotRange::cut(0, customers, 64);
  const auto collector = [&](std::int64_t slot) {
    int r = 0;
    while (range.bucket_of(slot) >= range.buckets() * (r + 1) / ranks) ++r;
    return r;
  };
  std::map<std::string, std::int64_t> bytes;
  std::int64_t owned = 0;
  for (std::int64_t slot = 0; slot < customers; ++slot) {
    const bool owns = prepare::key_owner(slot * 1'000'000, ranks) == rank;
    owned += owns ? 1 : 0;
    bytes["all_to_all"] += seen.contains(slot) && !owns ? 8 : 0;
    bytes["all_to_all"] += seen.contains(slot) && collector(slot) != rank ? 56 : 0;
    const bool is_row = base::Partition(customers, ranks).owner_of_row(slot) == rank;
    bytes["all_to_all"] += collector(slot) == rank && !is_row ? 56 : 0;
  }
  for (const auto& [slot, order] : distinct_orders) bytes["all_to_all"] += collector(slot) != rank ? 16 : 0;
  const bool several = ranks > 1;
  if (several) bytes["all_gather"] = 8 * owned;
  bytes["exclusive_sum"] = 8;
  bytes["sum"] = 8 + 48 + (several ? 8 : 0);
  // Agreements on categories, keys, their table and the result twice, five reductions of the pass; on memory for keys and order.
  bytes["min"] = 8 * (5 + 5 + (several ? 2 : 0));
  return bytes;
}

TEST(RfmTraffic, IsTheFormulaOfTheDocstring) {
  const data::MemoryTable table = lines();
  for (const int ranks : {1, 2, 3, 4}) {
    std::vector<std::map<std::string, std::int64_t>> sent(static_cast<std::size_t>(ranks));
    std::vector<std::int64_t> rounds(static_cast<std::size_t>(ranks), 0);
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      const auto result = rfm(communicator, table, nullptr, {}, {.as_of = base::microseconds_per_day}, budget);
      for (const auto& [key, traffic] : communicator.statistics().table()) {
        const auto r = static_cast<std::size_t>(communicator.rank());
        if (key.first == "quantiles") {
          rounds[r] += traffic.calls;
        } else {
          sent[r][key.second] += traffic.bytes;
        }
      }
      EXPECT_EQ(result.passes, 1);
    });
    for (int rank = 0; rank < ranks; ++rank) {
      auto expected = predicted(rank, ranks);
      if (ranks == 1) expected.erase("all_to_all");
      EXPECT_EQ(sent[static_cast<std::size_t>(rank)], expected) << rank << " of " << ranks;
      EXPECT_LE(rounds[static_cast<std::size_t>(rank)], 3 * (3 + 4));
    }
  }
}

}  // namespace
}  // namespace fullbase::value
