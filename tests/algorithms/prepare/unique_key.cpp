// Keys that repeat are found wherever they lie: the same row, key and count for any ranks and memory.
#include "algorithms/prepare/unique_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/time.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"

namespace fullbase::prepare {
namespace {

using namespace fullbase::testing;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t plenty = std::int64_t{1} << 30;
constexpr std::int64_t little = std::int64_t{1} << 10;

data::MemoryTable table_of(data::Column keys) {
  data::Batch batch;
  batch.rows = {0, keys.rows()};
  const auto name = keys.field().name;
  batch.columns.push_back(std::move(keys));
  return data::MemoryTable("clients", std::move(batch), name);
}

/// What is said of the keys; empty: nothing.
std::string complaint(const data::MemoryTable& table, int ranks, std::int64_t memory) {
  try {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(memory);
      require_unique(communicator, table, 0, budget);
      EXPECT_EQ(budget.available(), memory);
    });
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
    return error.what();
  }
  return {};
}

constexpr std::int64_t many = 40'000;

Optional<std::int64_t> numbers() {
  Optional<std::int64_t> keys;
  for (std::int64_t i = 0; i < many; ++i) keys.emplace_back(i * 7919 % 1'000'003);
  return keys;
}

TEST(UniqueKey, DifferentKeysPass) {
  const auto table = table_of(int64_column("id", numbers()));
  for (const int ranks : {1, 2, 3, 4}) {
    EXPECT_EQ(complaint(table, ranks, plenty), "");
    EXPECT_EQ(complaint(table, ranks, little), "");
  }
}

TEST(UniqueKey, TheFirstRepeatIsNamedAndAllAreCounted) {
  auto keys = numbers();
  keys[39'999] = *keys[3];  // the ends of the table: different ranks
  keys[20'000] = *keys[19'999];
  keys[20'001] = *keys[19'999];
  keys[500] = {};
  keys[501] = {};  // no key repeats none
  const auto table = table_of(int64_column("id", keys));
  for (const int ranks : {1, 2, 3, 4}) {
    for (const auto memory : {plenty, little}) {
      EXPECT_THAT(
          complaint(table, ranks, memory),
          HasSubstr(
              "clients.id: 3 rows repeat the key of an earlier one; the first is row 20000, with the key of row 19999; keep "
              "one row a key"));
    }
  }
}

TEST(UniqueKey, TextsAndCategoriesAreKeysByTheirTexts) {
  Optional<std::string> keys;
  for (std::int64_t i = 0; i < 5'000; ++i) keys.emplace_back("client " + std::to_string(i));
  keys[4'000] = *keys[17];
  for (const auto& column : {string_column("id", keys), category_column("id", keys)}) {
    const auto table = table_of(column);
    for (const int ranks : {1, 3}) {
      EXPECT_THAT(
          complaint(table, ranks, plenty),
          HasSubstr("clients.id: 1 row repeats the key of an earlier one; the first is row 4000, with the key of row 17"));
    }
  }
}

TEST(UniqueKey, NoMessageShowsAKey) {
  EXPECT_THAT(complaint(table_of(string_column("id", {"PLANTED", "b", "PLANTED"})), 2, plenty), Not(HasSubstr("PLANTED")));
}

TEST(UniqueKey, FewRowsAndFloatsPass) {
  EXPECT_EQ(complaint(table_of(int64_column("id", {})), 4, plenty), "");
  EXPECT_EQ(complaint(table_of(int64_column("id", {5})), 4, plenty), "");
  EXPECT_EQ(complaint(table_of(float64_column("x", {1, 1})), 2, plenty), "");
}

/// Counts how often rows are read.
class Counted final : public data::BlockSource {
 public:
  explicit Counted(const data::BlockSource& source) : source_(source) {}
  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return source_.schema(); }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override { return source_.dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override {
    ++reads;
    return source_.read(rows, columns);
  }
  mutable int reads = 0;

 private:
  const data::BlockSource& source_;
};

TEST(UniqueKey, LongTextsTakeMorePasses) {
  int reads[2] = {};
  for (const std::size_t length : {10U, 400U}) {
    Optional<std::string> keys;
    for (int i = 0; i < 20'000; ++i) keys.emplace_back(std::to_string(i) + std::string(length, 'x'));
    const auto table = make_table("t", {string_column("key", keys)});
    const Counted source(table);
    data::Budget budget(std::int64_t{8} << 20);
    require_unique(*comm::single(), source, 0, budget);
    EXPECT_LE(budget.peak(), budget.limit() / 2);
    reads[length / 400] = source.reads;
  }
  EXPECT_EQ(reads[0], 2);      // the look at the texts, and one pass
  EXPECT_EQ(reads[1], 1 + 9);  // 20,000 rows of 96 + 4 * 405 bytes in 4 MiB each
}

}  // namespace
}  // namespace fullbase::prepare
