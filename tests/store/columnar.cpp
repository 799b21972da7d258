// Columnar files by way of one made up here: tables over them, what an import makes of their values, and a build without Parquet.
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/budget.hpp"
#include "error_text.hpp"
#include "memory_spill.hpp"
#include "sample_table.hpp"
#include "store/columnar_format.hpp"
#include "store/columnar_table.hpp"
#include "store/csv/columnar_column.hpp"
#include "store/csv/import.hpp"
#include "store/digest.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

using ::testing::ElementsAre;
using testing::error_text;
using ::testing::HasSubstr;

/// A table in memory as a columnar file whose groups have `group_rows` rows. Each batch has a dictionary of its own: what its
/// rows have, in order of sight, one text twice.
class FakeFile final : public ColumnarFile {
 public:
  FakeFile(data::Batch table, std::int64_t group_rows) : table_(std::move(table)) {
    for (const auto& column : table_.columns) fields_.push_back({column.field(), false, false, {}});
    for (std::int64_t row = group_rows; row < table_.rows.size(); row += group_rows) starts_.push_back(row);
    if (table_.rows.size() > 0) starts_.push_back(table_.rows.size());
  }
  const std::string& path() const noexcept override { return path_; }
  const std::vector<ColumnarField>& fields() const noexcept override { return fields_; }
  const std::string& key() const noexcept override { return key_; }
  const std::vector<std::int64_t>& group_starts() const noexcept override { return starts_; }
  std::int64_t bytes_read() const noexcept override { return 0; }

  void read(std::int64_t group, std::span<const Request> requests, std::int64_t batch_rows,
            const std::function<void(std::vector<ColumnarValues>&&)>& take) const override {
    ++reads_;
    const std::int64_t last = starts_[static_cast<std::size_t>(group) + 1];
    for (std::int64_t first = starts_[static_cast<std::size_t>(group)]; first < last; first += batch_rows) {
      std::vector<ColumnarValues> batch;
      for (const Request& request : requests) {
        batch.push_back(values(table_[static_cast<std::size_t>(request.column)], first, std::min(last, first + batch_rows)));
      }
      take(std::move(batch));
    }
  }

  std::vector<ColumnarField> fields_;
  std::string key_;
  mutable std::atomic<int> reads_ = 0;

 private:
  static ColumnarValues values(const data::Column& column, std::int64_t first, std::int64_t last) {
    data::Column some(column.field(), 0, column.dictionary());
    some.append_from(column, first, last);
    ColumnarValues result;
    for (std::int64_t row = 0; row < some.rows(); ++row) {
      if (some.is_missing(row)) result.missing.resize(static_cast<std::size_t>(some.rows()));
      if (some.is_missing(row)) result.missing[static_cast<std::size_t>(row)] = 1;
    }
    if (column.field().type == data::Type::category) {
      std::map<std::string, std::int32_t> known;
      for (auto& code : some.int32s()) {
        if (code < 0) continue;
        const std::string text((*column.dictionary())[code]);
        const auto [place, fresh] = known.try_emplace(text, static_cast<std::int32_t>(result.texts.size()));
        if (fresh) result.texts.push_back(text);
        if (fresh && known.size() == 1) result.texts.push_back(text);
        code = place->second;
      }
      result.texts.push_back("of no row");
    }
    result.values = std::move(some.values());
    return result;
  }

  std::string path_ = "made_up";
  data::Batch table_;
  std::vector<std::int64_t> starts_ = {0};
};

TEST(ColumnarTable, HasTheDigestOfItsTableHoweverItsGroupsAreCut) {
  const auto alone = comm::single();
  for (const std::int64_t rows : {0, 1, 1'024, 5'000}) {
    const data::MemoryTable table("memory", sample::rows({0, rows}), "customer");
    for (const std::int64_t group_rows : {1, 700, 1'024, 100'000}) {
      if (rows / group_rows > 1'100) continue;
      auto file = std::make_unique<FakeFile>(sample::rows({0, rows}), group_rows);
      file->key_ = "customer";
      const ColumnarTable columnar(std::move(file), "UTC");
      EXPECT_EQ(columnar.schema(), table.schema());
      EXPECT_EQ(table_digest(*alone, columnar), table_digest(*alone, table)) << rows << " rows by " << group_rows;
    }
  }
}

TEST(ColumnarTable, GivesEveryThreadItsRowsAndUnpacksAGroupOnce) {
  const std::int64_t rows = 20'000;
  const data::Batch whole = sample::rows({0, rows});
  auto file = std::make_unique<FakeFile>(sample::rows({0, rows}), 1'500);
  const FakeFile& reads = *file;
  const ColumnarTable table(std::move(file), "UTC");
  const auto columns = sample::all_columns(table.schema());
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::int64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::int64_t first = thread * 512; first < rows; first += 4 * 512) {
        const base::RowRange range{first, std::min(rows, first + 512)};
        const auto batch = table.read(range, columns);
        const auto expected = sample::rows(range);
        for (std::size_t i = 0; i < columns.size(); ++i) wrong += !sample::equal(batch.columns[i], expected.columns[i]);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  // 14 groups of 12 columns, and once more of the category column for its dictionary.
  EXPECT_EQ(reads.reads_, 14 * 12 + 14);
}

TEST(ColumnarTable, PassesOverWhatItCannotReadAndTakesLocalTimesInTheZone) {
  data::Batch rows;
  rows.rows = {0, 2};
  rows.columns.emplace_back(data::Field{.name = "nested", .type = data::Type::int64}, std::vector<std::int64_t>{1, 2});
  rows.columns.emplace_back(data::Field{.name = "time", .type = data::Type::timestamp},
                            std::vector<std::int64_t>{0, 1'310'000'000'000'000});
  auto file = std::make_unique<FakeFile>(rows, 10);
  file->fields_[0].refusal = "is nested (list<int64>)";
  file->fields_[1].local = true;
  const ColumnarTable table(std::move(file), "Europe/London");
  ASSERT_EQ(table.schema().columns(), 1);
  // London was an hour ahead of UTC on 1 January 1970 too.
  EXPECT_THAT(table.read({0, 2}, std::vector<int>{0})[0].int64s(),
              ElementsAre(-3'600'000'000, 1'310'000'000'000'000 - 3'600'000'000));
  rows.columns[1].int64s()[1] = 1'301'189'400'000'000;  // 2011-03-27 01:30, when clocks went from 1 to 2
  auto skipped = std::make_unique<FakeFile>(rows, 10);
  skipped->fields_[1].local = true;
  const ColumnarTable refused(std::move(skipped), "Europe/London");
  EXPECT_THAT(error_text([&] { refused.read({0, 2}, std::vector<int>{1}); }), HasSubstr("row 1 has a local time"));
}

/// What an import as `type` makes of values, and why it refuses them.
struct Taken {
  csv::LocalColumn column;
  std::vector<csv::Reason> reasons;
};
Taken take(CsvColumn column, const ColumnarField& field, const ColumnarValues& values, const std::string& zone = "UTC") {
  CsvOptions options;
  options.timezone = zone;
  const auto taker = csv::make_columnar_column(options, column, field);
  csv::Refusals refusals;
  refusals.begin(static_cast<std::size_t>(values.rows()));
  Taken taken{taker->take(values, refusals), {}};
  for (const auto& refusal : refusals.list()) taken.reasons.push_back(refusal.reason);
  return taken;
}
ColumnarField field(data::Type type, int scale = 0) {
  return {{.name = "x", .type = type, .nullable = true, .scale = scale}, false, false, {}};
}

TEST(ColumnarImport, TakesValuesOfOtherTypesAsTheirTextsWouldBe) {
  using data::Type;
  const ColumnarValues prices{std::vector<double>{2.55, -0.001, 3, 0}, {0, 0, 0, 1}};
  const auto decimals = take({.source = "x", .type = Type::decimal, .scale = 3}, field(Type::float64), prices);
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(decimals.column.values), ElementsAre(2'550, -1, 3'000, data::missing_int64));
  EXPECT_THAT(take({.source = "x", .type = Type::decimal, .scale = 2}, field(Type::float64), prices).reasons,
              ElementsAre(csv::Reason::too_many_decimals));
  EXPECT_THAT(take({.source = "x", .type = Type::int64, .required = true}, field(Type::float64), prices).reasons,
              ElementsAre(csv::Reason::not_whole, csv::Reason::not_whole, csv::Reason::missing));

  const ColumnarValues money{std::vector<std::int64_t>{255, 300}};
  const auto wider = take({.source = "x", .type = Type::decimal, .scale = 3}, field(Type::decimal, 2), money);
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(wider.column.values), ElementsAre(2'550, 3'000));

  const ColumnarValues texts{std::vector<std::int32_t>{0, 1, 2, -1, 0}, {0, 0, 0, 1, 0}, [] {
                               data::Strings some;
                               for (const char* text : {"2011-12-10", "NA", "tomorrow"}) some.push_back(text);
                               return some;
                             }()};
  const auto days = take({.source = "x", .type = Type::date}, field(Type::category), texts);
  EXPECT_THAT(std::get<std::vector<std::int32_t>>(days.column.values),
              ElementsAre(15'318, data::missing_date, ::testing::_, data::missing_date, 15'318));
  EXPECT_THAT(days.reasons, ElementsAre(csv::Reason::not_a_time));
  const auto categories = take({.source = "x", .type = Type::category}, field(Type::category), texts);
  EXPECT_THAT(std::get<std::vector<std::int32_t>>(categories.column.values), ElementsAre(0, -1, 1, -1, 0));

  const ColumnarValues whole{std::vector<std::int64_t>{17'850, 1}, {0, 1}};
  const auto numbers = take({.source = "x", .type = Type::float64}, field(Type::int64), whole);
  EXPECT_EQ(std::get<std::vector<double>>(numbers.column.values)[0], 17'850);
  EXPECT_TRUE(std::isnan(std::get<std::vector<double>>(numbers.column.values)[1]));
  const auto names = take({.source = "x", .type = Type::string}, field(Type::int64), whole);
  EXPECT_EQ(std::get<data::Strings>(names.column.values)[0], "17850");
  EXPECT_THAT(names.column.mask, ElementsAre(0, 1));
}

TEST(ColumnarImport, RefusesTextsThatNoTableHolds) {
  data::Strings some;
  for (const std::string& text : {std::string("fine"), std::string("\xff"), std::string("a\0b", 3)}) some.push_back(text);
  const ColumnarValues strings{some};
  const ColumnarValues codes{std::vector<std::int32_t>{0, 1, 2}, {}, some};
  const auto refused = ElementsAre(csv::Reason::not_utf8, csv::Reason::nul_byte);
  EXPECT_THAT(take({.source = "x", .type = data::Type::string}, field(data::Type::string), strings).reasons, refused);
  EXPECT_THAT(take({.source = "x", .type = data::Type::category}, field(data::Type::string), codes).reasons, refused);
}

TEST(ColumnarImport, TakesLocalTimesInTheZoneOfTheColumn) {
  auto local = field(data::Type::timestamp);
  local.local = true;
  const ColumnarValues times{std::vector<std::int64_t>{1'310'000'000'000'000, 1'301'189'400'000'000}};
  const auto taken = take({.source = "x", .type = data::Type::timestamp}, local, times, "Europe/London");
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(taken.column.values)[0], 1'310'000'000'000'000 - 3'600'000'000);
  EXPECT_THAT(taken.reasons, ElementsAre(csv::Reason::skipped_time));
  // Those with a zone are UTC already, whatever the column's zone is.
  EXPECT_THAT(take({.source = "x", .type = data::Type::timestamp}, field(data::Type::timestamp), times, "Europe/London").reasons,
              ElementsAre());
}

TEST(Parquet, IsMissedByNameWhereTheBuildLacksIt) {
  ASSERT_FALSE(has_parquet()) << "this test's program does not link the component";
  const sample::Folder folder;
  EXPECT_THAT(error_text([] { open_table("sales.parquet", ""); }, base::ErrorKind::job_file),
              HasSubstr("this build has no Parquet"));
  EXPECT_THAT(error_text([] { parquet(base::ErrorKind::usage, "out.parquet"); }, base::ErrorKind::usage), HasSubstr("Arrow C++"));
  std::ofstream(folder / "unnamed") << "PAR1....";
  EXPECT_TRUE(is_parquet_file(folder / "unnamed"));
  EXPECT_FALSE(is_parquet_file(folder / "not there"));
  const auto alone = comm::single();
  StoreWriter store(*alone, folder / "store");
  data::Budget budget(std::int64_t{1} << 20);
  fullbase::testing::MemorySpill spill;
  CsvOptions options{.format = "parquet", .columns = {{.source = "n", .type = data::Type::int64}}};
  EXPECT_THAT(error_text([&] { import_csv(*alone, store, "t", {{folder / "unnamed"}}, options, budget, spill); },
                         base::ErrorKind::job_file),
              HasSubstr("this build has no Parquet"));
}

}  // namespace
}  // namespace fullbase::store
