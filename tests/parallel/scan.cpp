#include <gmock/gmock.h>

#include <mutex>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "data/memory_table.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::parallel {
namespace {

data::MemoryTable numbers(std::int64_t rows) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(rows));
  std::iota(values.begin(), values.end(), 0);
  std::vector<std::int64_t> squares = values;
  for (auto& v : squares) v *= v;
  data::Batch batch{.rows = {0, rows}, .columns = {}};
  batch.columns.emplace_back(data::Field{.name = "number", .type = data::Type::int64}, std::move(values));
  batch.columns.emplace_back(data::Field{.name = "square", .type = data::Type::int64}, std::move(squares));
  return {"numbers", std::move(batch)};
}

TEST(Scan, VisitsEachRowOnceInGroupsThatBeginAtFixedPlaces) {
  const data::MemoryTable table = numbers(10'000);
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    std::mutex mutex;
    std::vector<int> visits(10'000);
    const std::vector<int> columns = {1, 0};
    scan(
        table, {1024, 9'500}, columns,
        [&](data::Batch&& batch, int) {
          const std::scoped_lock lock(mutex);
          ASSERT_TRUE(batch.rows.first == 1024 || batch.rows.first % (2 * base::block_rows) == 0);
          ASSERT_LE(batch.rows.size(), 2 * base::block_rows);
          for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
            const auto row = static_cast<std::size_t>(batch.rows.first + i);
            ASSERT_EQ(batch[1].int64s()[static_cast<std::size_t>(i)], batch.rows.first + i);
            ASSERT_EQ(batch[0].int64s()[static_cast<std::size_t>(i)], (batch.rows.first + i) * (batch.rows.first + i));
            ++visits[row];
          }
        },
        2);
    for (std::size_t row = 0; row < visits.size(); ++row) ASSERT_EQ(visits[row], 1024 <= row && row < 9'500 ? 1 : 0);
  }
}

TEST(Scan, ReportsTheLowestGroupsError) {
  const data::MemoryTable table = numbers(20'000);
  set_thread_count(2);
  const std::vector<int> columns = {0};
  const auto fail_late = [](data::Batch&& batch, int) {
    if (batch.rows.first >= 4096) throw base::input_error(std::to_string(batch.rows.first));
  };
  try {
    scan(table, {0, 20'000}, columns, fail_late, 1);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.problem(), "4096");
  }
}

}  // namespace
}  // namespace fullbase::parallel
