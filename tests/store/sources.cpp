// Spill files, matrices and CSV out.
#include <gmock/gmock.h>

#include <filesystem>
#include <limits>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "sample_table.hpp"
#include "store/csv_writer.hpp"
#include "store/file.hpp"
#include "store/matrix.hpp"
#include "store/spill.hpp"

namespace fullbase::store {
namespace {

TEST(Spill, GivesBackWhatWasWrittenAndLeavesNothing) {
  const sample::Folder folder;
  FileSpill spill(folder.path());
  const auto file = spill.open("rows");
  const std::vector<double> values = {1, 2, 3};
  file->write(1'000, std::as_bytes(std::span(values)));
  std::vector<double> got(2);
  file->read(1'008, std::as_writable_bytes(std::span(got)));
  EXPECT_THAT(got, ::testing::ElementsAre(2, 3));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THROW(file->read(1'016, std::as_writable_bytes(std::span(got))), base::Error);
  EXPECT_THROW(FileSpill(folder / "no").open("rows"), base::Error);
}

TEST(Matrix, KeepsItsValues) {
  const sample::Folder folder;
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    const std::vector<double> values = {1, 2, 3, 4.5, 5, std::numeric_limits<double>::infinity()};
    write_matrix(communicator, folder / "m.h5", "/segments/axes", base::matrix_view<const double>(values.data(), 2, 3));
    const auto matrix = read_matrix(folder / "m.h5", "segments/axes");
    EXPECT_EQ(matrix.values, values);
    EXPECT_EQ(matrix.rows, 2);
  });
}

TEST(Csv, WritesEveryTypeExactly) {
  data::Batch batch = sample::rows({1, 3});
  std::string text = csv_header(sample::schema().fields);
  append_csv(batch, text);
  EXPECT_EQ(text,
            "customer,score,distance,active,opted_in,amount,country,note,remark,orders,seen,born\n"
            "1000000000007,1,0.33333334,true,true,,Côte d'Ivoire,xé1,,1000000000007,2011-03-13T07:06:41.000003Z,\n"
            "1000000000014,,0.6666667,false,,-47.98,EIRE,xxé2,xxé2,1000000000014,,2011-01-28\n");
}

TEST(Csv, QuotesWhatAReaderWouldTakeForSomethingElse) {
  data::Batch batch;
  batch.rows = {0, 6};
  auto& column = batch.columns.emplace_back(data::Field{.name = "a,b", .type = data::Type::string}, 0);
  for (const char* text : {"", "a\"b", "a,b", "a\nb", " a", "a b"}) column.strings().push_back(text);
  std::string text = csv_header(std::vector<data::Field>{column.field()});
  append_csv(batch, text);
  EXPECT_EQ(text, "\"a,b\"\n\"\"\n\"a\"\"b\"\n\"a,b\"\n\"a\nb\"\n\" a\"\na b\n");
}

TEST(Csv, FormulasAreGuardedAndNumbersAreNot) {
  const auto written = [](const char* value, bool guard) {
    data::Batch batch;
    batch.rows = {0, 1};
    batch.columns.emplace_back(data::Field{.name = "a", .type = data::Type::string}, 0).strings().push_back(value);
    std::string text;
    append_csv(batch, text, {.guard_formulas = guard});
    return text.substr(0, text.size() - 1);
  };
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"=1+1", "'=1+1"},
      {"+A1", "'+A1"},
      {"-A1", "'-A1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
      {"\t=1", "'\t=1"},
      {"\r=1", "\"'\r=1\""},
      {"\nx", "\"'\nx\""},
      {" =1", "' =1"},
      {"-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"},
      {"-inf", "'-inf"},
      {"-", "-"},
      {"=", "="},
      {"\xef\xbc\x9d"
       "1",
       "'\xef\xbc\x9d"
       "1"},
      {"-12.5", "-12.5"},
      {"+49", "+49"},
      {"-1e-3", "-1e-3"},
      {"a=b", "a=b"},
      {"'=1", "'=1"},
      {"", "\"\""},
  };
  for (const auto& [value, guarded] : cases) {
    EXPECT_EQ(written(value, true), guarded);
    EXPECT_THAT(written(value, false), ::testing::Not(::testing::HasSubstr("''"))) << "without the guard nothing is added";
    EXPECT_EQ(written(value, false).find('\'') == 0, *value == '\'');
  }
  // Numbers of numeric columns are no texts.
  data::Batch batch;
  batch.rows = {0, 1};
  batch.columns.emplace_back(data::Field{.name = "=n", .type = data::Type::int64}, std::vector<std::int64_t>{-5});
  std::string text = csv_header(std::vector<data::Field>{batch.columns[0].field()}, {.guard_formulas = true});
  append_csv(batch, text, {.guard_formulas = true});
  EXPECT_EQ(text, "'=n\n-5\n");
}

TEST(Csv, ExportWritesAWholeFile) {
  const sample::Folder folder;
  const data::MemoryTable table("t", sample::rows({0, 2'500}), "customer");
  export_csv(table, std::vector<int>{0, 3}, folder / "t.csv");
  const std::string text = read_text(folder / "t.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2'501);
  EXPECT_THAT(text, ::testing::EndsWith("1000000017493,true\n"));
}

}  // namespace
}  // namespace fullbase::store
