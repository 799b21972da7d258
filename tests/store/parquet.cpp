// A table that leaves as a Parquet file comes back as the same table. What other programs write is read in
// tests/system/parquet.sh.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/budget.hpp"
#include "error_text.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "parallel/stop.hpp"
#include "sample_table.hpp"
#include "store/columnar_format.hpp"
#include "store/csv/import.hpp"
#include "store/digest.hpp"
#include "store/inspect.hpp"
#include "store/parquet/component.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

using testing::error_text;
using ::testing::HasSubstr;

const ColumnarFormat& format() {
  static std::once_flag once;
  std::call_once(once, register_parquet_component);
  return parquet(base::ErrorKind::usage, "");
}

data::MemoryTable table(std::int64_t rows, bool with_key) {
  return {"memory", sample::rows({0, rows}, with_key), with_key ? "customer" : ""};
}

TEST(Parquet, TheDigestOfTheFileIsTheTables) {
  const auto alone = comm::single();
  for (const bool with_key : {true, false}) {
    for (const std::int64_t rows : {0, 1, 1'000, 1'025, 140'000}) {
      const sample::Folder folder;
      const auto given = table(rows, with_key);
      format().write(given, sample::all_columns(given.schema()), folder / "t.parquet");
      const auto read = open_table(folder / "t.parquet", "");
      EXPECT_EQ(read->schema(), given.schema());
      EXPECT_EQ(read->rows(), rows);
      EXPECT_EQ(table_digest(*alone, *read), table_digest(*alone, given)) << rows << " rows";
      EXPECT_EQ(format().open(folder / "t.parquet")->groups(), (rows + 131'071) / 131'072);
      EXPECT_FALSE(std::filesystem::exists(folder / "t.parquet.new"));
      const auto listed = list_tables(folder / "t.parquet");
      ASSERT_EQ(listed.size(), 1U);
      EXPECT_EQ(listed[0].rows, rows);
    }
  }
}

TEST(Parquet, EndsOnRequestAndLeavesNothing) {
  const sample::Folder folder;
  const auto given = table(3'000, true);
  const parallel::Stoppable stoppable;
  parallel::request_stop(15);
  EXPECT_THROW(format().write(given, sample::all_columns(given.schema()), folder / "t.parquet"), base::Error);
  parallel::request_stop(0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Parquet, TakesTheColumnsThatAreAskedForInThatOrder) {
  const sample::Folder folder;
  const auto given = table(3'000, true);
  format().write(given, std::vector<int>{10, 5, 6}, folder / "t.parquet");
  const auto read = open_table(folder / "t.parquet", "table");
  ASSERT_EQ(read->schema().columns(), 3);
  EXPECT_EQ(read->schema().key, "");
  const auto wanted = given.read({2'000, 3'000}, std::vector<int>{10, 5, 6});
  const auto got = read->read({2'000, 3'000}, std::vector<int>{0, 1, 2});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(sample::equal(got.columns[i], wanted.columns[i]));
}

TEST(Parquet, IsReadByManyThreadsAtOnce) {
  const sample::Folder folder;
  const std::int64_t rows = 150'000;
  const auto given = table(rows, true);
  format().write(given, sample::all_columns(given.schema()), folder / "t.parquet");
  const auto read = open_table(folder / "t.parquet", "");
  const auto columns = sample::all_columns(read->schema());
  parallel::for_each(0, 60, [&](std::int64_t i, int) {
    const std::int64_t first = i * 2'500;
    const base::RowRange range{first, std::min(rows, first + 2'600)};
    const auto got = read->read(range, columns);
    const auto wanted = given.read(range, columns);
    for (std::size_t column = 0; column < columns.size(); ++column)
      EXPECT_TRUE(sample::equal(got.columns[column], wanted.columns[column])) << i << ' ' << column;
  });
}

TEST(Parquet, LeavesNothingBehindWhereWritingFails) {
  const sample::Folder folder;
  std::ofstream(folder / "t.parquet") << "the old one";
  data::Batch rows;
  rows.rows = {0, 2};
  rows.columns.emplace_back(data::Field{.name = "money", .type = data::Type::decimal, .scale = 2},
                            std::vector<std::int64_t>{1, 1'000'000'000'000'000'000});
  const data::MemoryTable wide("memory", rows);
  EXPECT_THAT(error_text([&] { format().write(wide, std::vector<int>{0}, folder / "t.parquet"); }),
              HasSubstr("memory.money: row 1 has more than the 18 digits"));
  rows.columns[0].int64s()[1] = data::missing_int64;
  const data::MemoryTable missing("memory", rows);
  EXPECT_THAT(error_text([&] { format().write(missing, std::vector<int>{0}, folder / "t.parquet"); }),
              HasSubstr("row 1 is missing, and the column may not be"));
  EXPECT_FALSE(std::filesystem::exists(folder / "t.parquet.new"));
  EXPECT_EQ(std::filesystem::file_size(folder / "t.parquet"), 11U);
  EXPECT_THAT(
      error_text([&] { format().write(missing, std::vector<int>{0}, folder / "no folder/t.parquet"); }, base::ErrorKind::io),
      HasSubstr("no folder"));
}

/// Every single bit of the end of a file, and some of the rest: an input error or a table, and never anything else.
TEST(Parquet, DamageIsAnInputErrorOrGoesUnseen) {
  const auto alone = comm::single();
  const sample::Folder folder;
  const auto given = table(300, true);
  format().write(given, sample::all_columns(given.schema()), folder / "t.parquet");
  std::ifstream in(folder / "t.parquet", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  std::minstd_rand draw(3);
  int errors = 0;
  for (int i = 0; i < 600; ++i) {
    std::string damaged = whole;
    const auto at = i % 3 == 0 ? draw() % whole.size() : whole.size() - 1 - draw() % (whole.size() / 2);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (draw() % 8)));
    if (i % 10 == 0) damaged.resize(at);
    std::ofstream(folder / "d.parquet", std::ios::binary) << damaged;
    try {
      table_digest(*alone, *open_table(folder / "d.parquet", ""));
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::input_data) << error.what();
      ++errors;
    }
  }
  EXPECT_GT(errors, 200);
}

TEST(Parquet, AnImportOfTheFileIsTheTable) {
  const sample::Folder folder;
  const auto given = table(140'000, false);
  const std::vector<int> columns = {0, 1, 3, 5, 6, 7, 10, 11};
  format().write(given, columns, folder / "t.parquet");
  CsvOptions options{.missing = {}};
  for (const int column : columns) {
    const auto& field = given.schema()[column];
    options.columns.push_back(
        {.source = field.name, .type = field.type, .scale = field.scale, .required = !field.nullable, .unit = field.unit});
  }
  const auto alone = comm::single();
  const std::string expected = table_digest(*alone, *open_table(folder / "t.parquet", ""));
  for (const int ranks : {1, 2, 3, 4}) {
    const std::string place = folder / ("store" + std::to_string(ranks));
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      StoreWriter store(communicator, place);
      data::Budget budget(ranks == 2 ? 0 : std::int64_t{1} << 30);
      fullbase::testing::MemorySpill spill;
      const auto report = import_csv(communicator, store, "t", {{folder / "t.parquet"}}, options, budget, spill);
      EXPECT_EQ(report.rows, 140'000);
      EXPECT_FALSE(import_csv(communicator, store, "t", {{folder / "t.parquet"}}, options, budget, spill).changed);
    });
    EXPECT_EQ(table_digest(*alone, *Store::open(place).open_table("t")), expected) << ranks << " ranks";
  }
}

}  // namespace
}  // namespace fullbase::store
