// What RFM does when a rank cannot read, and what it sends.
#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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

TEST(RfmTraffic, IsWithinTheFormulaOfTheDocstring) {
  const data::MemoryTable table = lines();
  for (const int ranks : {1, 2, 4}) {
    std::vector<std::int64_t> sent(static_cast<std::size_t>(ranks));
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      rfm(communicator, table, nullptr, {}, {.as_of = base::microseconds_per_day}, budget);
      for (const auto& [key, traffic] : communicator.statistics().table()) {
        if (key.second == "all_to_all") sent[static_cast<std::size_t>(communicator.rank())] += traffic.bytes;
      }
    });
    // A rank sees every customer (there are fewer than it has orders), and its share of the orders.
    for (const std::int64_t bytes : sent) EXPECT_LE(bytes, 2 * 56 * customers + 16 * (orders / ranks + base::block_rows));
    if (ranks == 1) {
      EXPECT_EQ(sent[0], 0);
    } else {
      EXPECT_GT(sent[0], 0);
    }
  }
}

}  // namespace
}  // namespace fullbase::value
