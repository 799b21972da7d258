// An import as a whole: types, rejects, limits, identity; the same table whatever ranks, threads, pieces and memory.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "sample_table.hpp"
#include "store/table_reader.hpp"
#include "tests/store/csv_file.hpp"
#include "tests/store/imported.hpp"

namespace fullbase::store {
namespace {

using data::Type;
using fullbase::testing::all_of;
using fullbase::testing::digest_of;
using fullbase::testing::gzip;
using fullbase::testing::import_files;
using fullbase::testing::MemorySpill;
using fullbase::testing::rejects_of;
using fullbase::testing::rows_of;
using fullbase::testing::ScratchFile;
using Settings = fullbase::testing::ImportSettings;
using ::testing::ElementsAre;
using testing::error_text;
using ::testing::HasSubstr;

CsvOptions one_of_each() {
  CsvOptions options;
  options.columns = {{.source = "i", .type = Type::int64},     {.source = "f", .type = Type::float64},
                     {.source = "b", .type = Type::boolean},   {.source = "c", .type = Type::category},
                     {.source = "s", .type = Type::string},    {.source = "d", .type = Type::decimal, .scale = 2},
                     {.source = "t", .type = Type::timestamp}, {.source = "day", .type = Type::date}};
  options.max_rejects = RejectLimit::parse("100%");
  return options;
}

TEST(CsvImport, ReadsEveryType) {
  const sample::Folder folder;
  const ScratchFile file(
      "\xef\xbb\xbfi,f,skipped,b,c,s,d,t,day\r\n"
      "12,1.5,x,true,blue,\"a \"\"b\"\"\",2.55,2011-12-10 08:26:00,2011-12-10\r\n"
      "\r\n"
      "-9223372036854775807,-0,\"never\nparsed\",No,\"red\",\"two\nlines\",-1234567890123.4,2011-12-10T08:26:00.5+01:00,1969-12-"
      "31\r\n"
      " 17850.0 ,1e-3,,1,,,.5,2011-12-10,\r\n"
      "NA,,,NULL,blue,NA,,,0001-01-01");
  const ImportReport report = import_files(folder.path(), {file.path()}, one_of_each());
  EXPECT_EQ(report.rows, 4);
  EXPECT_EQ(report.rejected, 0);
  const data::Batch t = rows_of(folder.path());
  EXPECT_THAT(t[0].int64s().first(3), ElementsAre(12, -9223372036854775807, 17850));
  EXPECT_TRUE(t[0].is_missing(3));
  EXPECT_THAT(t[1].float64s().first(3), ElementsAre(1.5, 0.0, 1e-3));
  EXPECT_FALSE(std::signbit(t[1].float64s()[1]));
  EXPECT_TRUE(t[1].is_missing(3));
  EXPECT_THAT(t[2].bools().first(3), ElementsAre(1, 0, 1));
  EXPECT_TRUE(t[2].is_missing(3));
  EXPECT_THAT(t[3].int32s(), ElementsAre(0, 1, -1, 0));
  EXPECT_EQ(t[4].text(0), "a \"b\"");
  EXPECT_EQ(t[4].text(1), "two\nlines");
  EXPECT_TRUE(t[4].is_missing(2));
  EXPECT_THAT(t[5].int64s(), ElementsAre(255, -123456789012340, 50, data::missing_int64));
  EXPECT_THAT(t[6].int64s(), ElementsAre(1323505560000000, 1323501960500000, 1323475200000000, data::missing_int64));
  EXPECT_THAT(t[7].int32s(), ElementsAre(15318, -1, data::missing_date, -719162));
}

TEST(CsvImport, RejectsWhatHasNoValueWithLineColumnReasonAndText) {
  const sample::Folder folder;
  const ScratchFile file(
      "i,f,b,c,s,d,t,day\n"
      "9223372036854775808,,,,,,,\n"  // 2
      "\"1\n2\",,,,,,,\n"             // 3
      "1.5,,,,,,,\n"                  // 5
      ",abc,,,,,,\n"                  // 6
      ",1e999,,,,,,\n"                // 7
      ",,maybe,,,,,\n"                // 8
      ",,,\xff,,,,\n"                 // 9
      ",,,,\xe2\x82,,,\n"             // 10
      ",,,,,1.005,,\n"                // 11
      ",,,,,,2011-02-30 00:00:00,\n"  // 12
      ",,,,,,10.12.2011,\n"           // 13
      ",,,,,,,2011-13-01\n"           // 14
      "1,2\n"                         // 15
      "1,2,3,4,5,6,7,8,9\n"           // 16
      ",,,\"a\"b,,,,\n"               // 17
      ",,,,a" +
      std::string(1, '\0') +
      "b,,,\n"  // 18
      "1,,,only this row is taken,,,,\n");
  const ImportReport report = import_files(folder.path(), {file.path()}, one_of_each());
  EXPECT_EQ(report.rows, 1);
  EXPECT_EQ(report.rejected, 16);
  EXPECT_EQ(report.reasons.at("number out of range"), 2);
  EXPECT_EQ(report.reasons.at("not UTF-8"), 2);
  const data::Batch r = rejects_of(folder.path());
  EXPECT_THAT(r.at("line").int64s(), ElementsAre(2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18));
  const std::vector<std::string> columns = {"i", "i", "i", "f", "f", "b", "c", "s", "d", "t", "t", "day", "", "", "c", "s"};
  const std::vector<std::string> reasons = {"number out of range",
                                            "not a number",
                                            "not a whole number",
                                            "not a number",
                                            "number out of range",
                                            "neither true nor false",
                                            "not UTF-8",
                                            "not UTF-8",
                                            "more decimals than the column",
                                            "no such date or time",
                                            "does not match the time format",
                                            "no such date or time",
                                            "too few fields",
                                            "too many fields",
                                            "text after the closing quote",
                                            "contains a NUL byte"};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_EQ(r.at("column").text(static_cast<std::int64_t>(i)), columns[i]) << i;
    EXPECT_EQ(r.at("reason").text(static_cast<std::int64_t>(i)), reasons[i]) << i;
  }
  EXPECT_TRUE(r.at("column").is_missing(12));
  EXPECT_EQ(r.at("text").text(1), "\"1\\x0a2\"");
  EXPECT_EQ(r.at("text").text(6), "\\xff");
  // Categories of rejected rows alone are none.
  EXPECT_EQ(rows_of(folder.path())[3].dictionary()->size(), 1);
}

TEST(CsvImport, TimesInAFormatAndAZone) {
  const sample::Folder folder;
  const ScratchFile file("12/1/10 8:26;01.02.2003\n7/1/10 8:26;29.02.2004\n3/28/10 1:30;30.02.2004\n");
  CsvOptions options{.delimiter = ";", .header = false};
  options.columns = {{.source = "1", .as = "t", .type = Type::timestamp, .format = "%m/%d/%y %H:%M"},
                     {.source = "2", .as = "d", .type = Type::date, .format = "%d.%m.%Y"}};
  options.timezone = "Europe/London";
  options.max_rejects.count = 1;
  EXPECT_EQ(import_files(folder.path(), {file.path()}, options).reasons.at("local time skipped by the zone's clocks"), 1);
  const data::Batch t = rows_of(folder.path());
  EXPECT_THAT(t[0].int64s(), ElementsAre(1291191960000000, 1277969160000000));
  EXPECT_THAT(t[1].int32s(), ElementsAre(12084, 12477));
}

TEST(CsvImport, RequiredMissingAndTokensOfAColumn) {
  const sample::Folder folder;
  const ScratchFile file("a,b\n1,-\n,NA\n3,-9\n");
  CsvOptions options;
  options.columns = {{.source = "b", .as = "x", .type = Type::string, .missing = std::vector<std::string>{"-", "-9"}},
                     {.source = "a", .type = Type::int64, .required = true}};
  options.max_rejects.count = 1;
  const ImportReport report = import_files(folder.path(), {file.path()}, options);
  EXPECT_EQ(report.reasons, (std::map<std::string, std::int64_t>{{"missing value", 1}}));
  const data::Batch t = rows_of(folder.path());
  EXPECT_TRUE(t[0].is_missing(0));
  EXPECT_TRUE(t[0].is_missing(1));
  EXPECT_THAT(t[1].int64s(), ElementsAre(1, 3));
  EXPECT_FALSE(t[1].field().nullable);
}

TEST(CsvImport, TooManyRejectsLeaveTheStoreAsItWas) {
  const sample::Folder folder;
  const ScratchFile good("a\n1\n2\n");
  const ScratchFile bad("a\n1\nx\n3\ny\n");
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}};
  import_files(folder.path(), {good.path()}, options);
  const std::string before = digest_of(folder.path());
  for (const int ranks : {1, 3}) {
    for (const char* limit : {"0", "1", "49%"}) {
      options.max_rejects = RejectLimit::parse(limit);
      const std::string message =
          error_text([&] { import_files(folder.path(), {bad.path()}, options, {.ranks = ranks, .sizes = {.piece_bytes = 3}}); });
      EXPECT_THAT(message, HasSubstr("2 of 4 rows"));
      EXPECT_THAT(message, HasSubstr(bad.path() + ":3: column 'a': not a number in 'x'"));
      EXPECT_EQ(digest_of(folder.path()), before);
    }
  }
  for (const char* limit : {"2", "50%", "0.5"}) {
    options.max_rejects = RejectLimit::parse(limit);
    EXPECT_EQ(import_files(folder.path(), {bad.path()}, options).rejected, 2);
  }
  // What was borne once is judged again.
  options.max_rejects = {};
  EXPECT_THAT(error_text([&] { import_files(folder.path(), {bad.path()}, options); }), HasSubstr("2 of 4 rows"));
}

TEST(CsvImport, RejectsAreCountedOverAllFilesAndTheFirstIsShown) {
  const sample::Folder folder;
  const ScratchFile good("a\n1\n2\n");
  const ScratchFile first("a\n1\nx\n3\n");
  const ScratchFile second("a\ny\n2\nz\n");
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}};
  const auto import = [&](const char* limit, int ranks) {
    options.max_rejects = RejectLimit::parse(limit);
    return import_files(folder.path(), {good.path(), first.path(), second.path()}, options,
                        {.ranks = ranks, .sizes = {.piece_bytes = 2}});
  };
  for (const int ranks : {1, 3}) {
    for (const char* limit : {"2", "37%"}) {
      const std::string message = error_text([&] { import(limit, ranks); });
      EXPECT_THAT(message, HasSubstr("3 of 8 rows"));
      EXPECT_THAT(message, HasSubstr("first " + first.path() + ":3: column 'a': not a number in 'x'"));
    }
  }
  EXPECT_EQ(import("3", 1).rejected, 3);
  EXPECT_EQ(import("37.5%", 3).rejected, 3);
  const auto rejects = rejects_of(folder.path());
  EXPECT_THAT(rejects.at("line").int64s(), ElementsAre(3, 2, 4));
  EXPECT_EQ(rejects.at("text").text(1), "y");
  // Of parts at hand, too.
  const std::string message = error_text([&] { import("2", 2); });
  EXPECT_THAT(message, HasSubstr("3 of 8 rows"));
  EXPECT_THAT(message, HasSubstr("first " + first.path() + ":3: column 'a': not a number in 'x'"));
}

TEST(CsvImport, HeadersAndFilesThatCannotBe) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "quantity", .type = Type::int64}};
  const auto message = [&](std::string_view text, const CsvOptions& with) {
    const ScratchFile file(text);
    return error_text([&] { import_files(folder.path(), {file.path()}, with); });
  };
  EXPECT_THAT(message("", options), HasSubstr("the file is empty"));
  EXPECT_THAT(message("quantiy,price\n", options), HasSubstr("did you mean 'quantiy'"));
  EXPECT_THAT(message("quantity,price,quantity\n", options), HasSubstr("'quantity' twice"));
  EXPECT_THAT(message("\"quantity\n", options), HasSubstr("never closed"));
  EXPECT_THAT(message("quantity\n1\n\"2\n3", options), HasSubstr(":3: a quote is never closed"));
  EXPECT_THAT(error_text([&] { import_files(folder.path(), {folder / "none.csv"}, options); }), HasSubstr("no such file"));
  CsvOptions positions{.header = false};
  positions.columns = {{.source = "3", .as = "x"}};
  EXPECT_THAT(message("a,b\n", positions), HasSubstr("there is no column 3: the first record has 2 fields"));
  const std::string damaged = gzip("quantity\n1\n2\n");
  EXPECT_THAT(message(damaged.substr(0, damaged.size() - 9), options), HasSubstr("gzip file is damaged"));
  EXPECT_FALSE(Store::open(folder.path()).has("t"));

  options.columns[0].scale = 0;
  options.delimiter = ";;";
  error_text([&] { check(options); }, base::ErrorKind::job_file);
  EXPECT_THAT(error_text([] { RejectLimit::parse("many"); }, base::ErrorKind::job_file), HasSubstr("'many'"));
}

TEST(CsvImport, OnlyImportedColumnsNeedNamesOfTheirOwn) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "quantity", .type = Type::int64}};
  const ScratchFile file(",quantity,price,price,\nx,7,1,2,\n");
  import_files(folder.path(), {file.path()}, options);
  EXPECT_THAT(rows_of(folder.path())[0].int64s(), ElementsAre(7));
}

TEST(CsvImport, BytesThatAreZeroAreNoTime) {
  const sample::Folder folder;
  CsvOptions options{.header = false};
  options.columns = {{.source = "1", .as = "day", .type = Type::date}, {.source = "2", .as = "t", .type = Type::timestamp}};
  options.max_rejects.count = 2;
  const std::string zeros(10, '\0');
  const ScratchFile file(zeros + ",\n," + zeros + " 08:26:00\n2011-12-10,2011-12-10 08:26:00\n");
  const ImportReport report = import_files(folder.path(), {file.path()}, options);
  EXPECT_EQ(report.reasons.at("does not match the time format"), 2);
  EXPECT_THAT(rows_of(folder.path())[0].int32s(), ElementsAre(15318));
}

TEST(CsvImport, ZerosBehindAGzipFileArePadding) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}};
  const std::string whole = gzip("a\n1\n") + gzip("2\n");
  const ScratchFile padded(whole + std::string(600'000, '\0'));
  import_files(folder.path(), {padded.path()}, options);
  EXPECT_THAT(rows_of(folder.path())[0].int64s(), ElementsAre(1, 2));
  for (const std::string& behind : {std::string(600'000, '\0') + "x", std::string("x"), std::string("\0\x1f\x8b", 3)}) {
    const ScratchFile damaged(whole + behind);
    EXPECT_THAT(error_text([&] { import_files(folder.path(), {damaged.path()}, options); }), HasSubstr("gzip file is damaged"));
  }
}

TEST(CsvImport, APipeIsRefusedAndNotWaitedFor) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "a"}};
  ASSERT_EQ(mkfifo((folder / "pipe.csv").c_str(), 0600), 0);
  EXPECT_THAT(error_text([&] { import_files(folder / "store", {folder / "pipe.csv"}, options); }),
              HasSubstr("pipe.csv: is not a regular file"));
}

TEST(CsvImport, OneLongTextDoesNotMakeATableOfZeros) {
  const sample::Folder folder;
  std::string text = "id,note\n";
  for (int row = 0; row < 20'000; ++row)
    text += std::to_string(row) + "," + (row == 12'345 ? std::string(40'000, 'x') : "ok") + "\n";
  const ScratchFile file(text);
  CsvOptions options;
  options.columns = {{.source = "id", .type = Type::int64}, {.source = "note"}};
  for (const int ranks : {1, 3}) {
    const std::string message = error_text(
        [&] { import_files(folder.path(), {file.path()}, options, {.ranks = ranks, .sizes = {.piece_bytes = 20'000}}); });
    EXPECT_THAT(message, HasSubstr(file.path() + ":12347: column 'note': a text has 40,000 bytes"));
    EXPECT_THAT(message, HasSubstr("leave the column out"));
  }
  // As a category it is one of two texts.
  options.columns[1].type = Type::category;
  EXPECT_EQ(import_files(folder.path(), {file.path()}, options).rows, 20'000);
  // Many categories, one of them long.
  options.columns = {{.source = "both", .type = Type::category}};
  std::string both = "both\n" + std::string(40'000, 'x') + "\n";
  for (int row = 0; row < 20'000; ++row) both += std::to_string(row) + "\n";
  const ScratchFile categories(both);
  const std::string message = error_text([&] { import_files(folder.path(), {categories.path()}, options); });
  EXPECT_THAT(message, HasSubstr("both: category 20000 has 40,000 bytes"));
}

TEST(CsvImport, WideTextsThatAreAllLongAreTaken) {
  const sample::Folder folder;
  std::string text = "note\n";
  for (int row = 0; row < 2'500; ++row) text += std::string(static_cast<std::size_t>(4'000 + row), 'a') + "\n";
  const ScratchFile file(text);
  CsvOptions options;
  options.columns = {{.source = "note"}};
  import_files(folder.path(), {file.path()}, options, {.ranks = 2, .threads = 2});
  const auto table = Store::open(folder.path()).open_table("t");
  const auto some = table->read({1'000, 2'100}, std::vector<int>{0});
  for (const std::int64_t row : {0, 24, 1'099}) {
    EXPECT_EQ(some[0].text(row), std::string(static_cast<std::size_t>(5'000 + row), 'a')) << row;
  }
}

TEST(CsvImport, FilesWithoutRows) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::category}, {.source = "b"}};
  const ScratchFile header("a,b\n");
  EXPECT_EQ(import_files(folder.path(), {header.path()}, options, {.ranks = 3}).rows, 0);
  EXPECT_EQ(Store::open(folder.path()).open_table("t")->rows(), 0);
  CsvOptions positions{.header = false};
  positions.columns = {{.source = "1", .as = "a"}};
  const ScratchFile empty("");
  EXPECT_EQ(import_files(folder.path(), {empty.path()}, positions, {.ranks = 2}).rows, 0);
}

TEST(CsvImport, AFileThatIsThereIsNotParsedAgain) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}, {.source = "c", .type = Type::category}};
  const ScratchFile first("a,c\n1,x\n");
  const ScratchFile copy("a,c\n1,x\n");
  const ScratchFile second("a,c\n2,w\n");
  EXPECT_TRUE(import_files(folder.path(), {first.path()}, options).changed);
  const std::string part = Store::open(folder.path()).at("t").parts[0].file;
  EXPECT_FALSE(import_files(folder.path(), {first.path()}, options, {.ranks = 2}).changed);
  const ImportReport more = import_files(folder.path(), {second.path(), copy.path()}, options);
  EXPECT_TRUE(more.changed);
  EXPECT_FALSE(more.files[0].kept);
  EXPECT_TRUE(more.files[1].kept) << "the content counts, not the name";
  EXPECT_EQ(Store::open(folder.path()).at("t").parts[1].file, part);
  const data::Batch t = rows_of(folder.path());
  EXPECT_THAT(t[0].int64s(), ElementsAre(2, 1));
  EXPECT_EQ(t[1].text(0), "w");
  options.columns[0].type = Type::float64;
  EXPECT_FALSE(import_files(folder.path(), {second.path(), first.path()}, options).files[1].kept);
}

TEST(CsvImport, AnImportAgainReplacesTheTableOrLeavesIt) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}};
  const std::string path = folder / "a.csv";
  std::ofstream(path) << "a\n1\n";
  import_files(folder.path(), {path}, options);
  const auto before = Store::open(folder.path()).at("t");
  const ImportReport report = import_files(folder.path(), {path}, options, {.ranks = 2, .again = true});
  EXPECT_TRUE(report.changed);
  EXPECT_FALSE(report.files[0].kept);
  const auto after = Store::open(folder.path()).at("t");
  EXPECT_NE(after.parts[0].file, before.parts[0].file);
  EXPECT_FALSE(std::filesystem::exists(folder / before.parts[0].file));

  std::ofstream(path) << "a\nx\n";
  error_text([&] { import_files(folder.path(), {path}, options, {.ranks = 2, .again = true}); });
  EXPECT_EQ(Store::open(folder.path()).at("t"), after);
  EXPECT_THAT(rows_of(folder.path())[0].int64s(), ElementsAre(1));
}

TEST(CsvImport, AFailedImportLeavesNoFileBehind) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}};
  const ScratchFile good("a\n1\n");
  const ScratchFile bad("a\nx\n");
  for (const int ranks : {1, 3}) {
    EXPECT_THROW(import_files(folder.path(), {good.path(), bad.path()}, options, {.ranks = ranks}), base::Error);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

TEST(CsvImport, AFileThatRanksSeeInDifferentSizesIsAnErrorOfAll) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}};
  const ScratchFile longer("a\n1\n22\n");
  const ScratchFile shorter("a\n1\n");
  const auto text = error_text([&] {
    comm::run_threads(2, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 20);
      MemorySpill spill;
      StoreWriter writer(communicator, folder.path());
      // Each rank sees another state of the file, as on a network file system that is behind on one node.
      import_csv(communicator, writer, "t", {{communicator.is_root() ? longer.path() : shorter.path()}}, options, budget, spill);
    });
  });
  EXPECT_THAT(text, HasSubstr("has 4 bytes on one rank and 7 on another"));
}

TEST(CsvImport, FoldersGiveValuesOfEveryType) {
  const sample::Folder folder;
  const std::string place =
      folder /
      "in/i=-7/f=1.5/b=true/c=caf%C3%A9/s=a%22,b/d=2.5/t=2011-12-10 08%3A26/day=2011-12-10/none=__HIVE_DEFAULT_PARTITION__";
  std::filesystem::create_directories(place);
  std::ofstream(place + "/rows.csv") << "x\n1\nbad\n3\n";
  CsvOptions options = one_of_each();
  options.columns.push_back({.source = "none"});
  options.columns.push_back({.source = "x", .type = Type::int64});
  for (const int ranks : {1, 3}) {
    import_files(folder / "store", {place + "/rows.csv"}, options, {.ranks = ranks, .again = true, .sizes = {.piece_bytes = 2}});
    const data::Batch t = rows_of(folder / "store");
    EXPECT_THAT(t[0].int64s(), ElementsAre(-7, -7));
    EXPECT_THAT(t[1].float64s(), ElementsAre(1.5, 1.5));
    EXPECT_THAT(t[2].bools(), ElementsAre(1, 1));
    EXPECT_EQ(t[3].text(1), "café");
    EXPECT_EQ(t[4].text(1), "a\",b") << "folders know no quotes";
    EXPECT_THAT(t[5].int64s(), ElementsAre(250, 250));
    EXPECT_THAT(t[6].int64s(), ElementsAre(1323505560000000, 1323505560000000));
    EXPECT_THAT(t[7].int32s(), ElementsAre(15318, 15318));
    EXPECT_TRUE(t[8].is_missing(1));
    EXPECT_THAT(t[9].int64s(), ElementsAre(1, 3));
  }
  std::ofstream(place + "/rows.csv") << "x\n";
  import_files(folder / "store", {place + "/rows.csv"}, options);
  EXPECT_EQ(rows_of(folder / "store")[3].dictionary()->size(), 0);
  options.columns[8].required = true;
  EXPECT_THAT(error_text([&] { import_files(folder / "store", {place + "/rows.csv"}, options); }),
              HasSubstr("column 'none': missing value in '' of the path"));
}

TEST(CsvImport, EqualContentInOtherFoldersIsNotTheSameFile) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "x", .type = Type::int64}, {.source = "year", .type = Type::int64}};
  std::vector<std::string> paths;
  for (const char* year : {"year=2024", "year=2025", "year=2026"}) {
    std::filesystem::create_directories(folder / year);
    paths.push_back(folder / year + "/rows.csv");
    std::ofstream(paths.back()) << "x\n1\n";
  }
  import_files(folder / "store", {paths[0], paths[1]}, options);
  EXPECT_THAT(rows_of(folder / "store")[1].int64s(), ElementsAre(2024, 2025));
  const ImportReport report = import_files(folder / "store", {paths[1], paths[2]}, options);
  EXPECT_TRUE(report.files[0].kept);
  EXPECT_FALSE(report.files[1].kept);
  EXPECT_EQ(report.replaced(), 0);
  EXPECT_THAT(report.removed, ElementsAre(paths[0]));
  EXPECT_THAT(rows_of(folder / "store")[1].int64s(), ElementsAre(2025, 2026));
}

TEST(CsvImport, ARenamedFileIsTheSameUnlessRejectsTellItsName) {
  const sample::Folder folder;
  CsvOptions options;
  options.columns = {{.source = "x", .type = Type::int64}};
  options.max_rejects.count = 1;
  for (const char* text : {"x\n1\n", "x\nbad\n2\n"}) {
    const std::string before = folder / "before.csv";
    const std::string after = folder / "after.csv";
    std::filesystem::remove(after);
    std::ofstream(before) << text;
    import_files(folder / "store", {before}, options);
    std::filesystem::rename(before, after);
    const ImportReport report = import_files(folder / "store", {after}, options, {.ranks = 2});
    const bool rejects = report.rejected > 0;
    EXPECT_EQ(report.files[0].kept, !rejects);
    EXPECT_EQ(report.removed.size(), rejects ? 1 : 0);
    EXPECT_EQ(Store::open(folder / "store").at("t").parts[0].source.path, after);
    if (rejects) {
      EXPECT_EQ(rejects_of(folder / "store").at("file").text(0), "after.csv");
    }
  }
}

TEST(CsvImport, OtherEncodingsToTheLastByte) {
  const sample::Folder folder;
  CsvOptions options{.header = false};
  options.columns = {{.source = "1"}};
  const auto texts = [&](std::string_view bytes, const char* encoding, std::int64_t rejects = 0) {
    const ScratchFile file(bytes);
    options.encoding = encoding;
    options.max_rejects.count = rejects;
    EXPECT_EQ(import_files(folder.path(), {file.path()}, options, {.ranks = 2}).rejected, rejects);
    const auto rows = rows_of(folder.path());
    std::vector<std::string> all;
    for (std::int64_t row = 0; row < rows[0].rows(); ++row) all.emplace_back(rows[0].text(row));
    return all;
  };
  // A Hebrew letter that a point might follow is held back by iconv.
  EXPECT_THAT(texts("a\n\xe9", "windows-1255"), ElementsAre("a", "\u05d9"));
  EXPECT_THAT(texts("a\n\xe9\xed\n", "latin1"), ElementsAre("a", "éí"));
  EXPECT_THAT(texts(std::string("\xff\xfe"
                                "a\0\n\0"
                                "b\0",
                                8),
                    "utf-16"),
              ElementsAre("a", "b"));
  EXPECT_THAT(texts(std::string("a\0\n\0\x00\xd8\n\0"
                                "b\0\n\0"
                                "c",
                                13),
                    "utf-16le", 2),
              ElementsAre("a", "b"));
  EXPECT_THAT(texts("a\n\x81\x30\n\x81\x40\n", "gb18030", 1), ElementsAre("a", "丂"));
  EXPECT_THAT(texts("", "utf-16"), ElementsAre());
  // Units and letters that lie across the borders of buffers.
  std::string long_text = "\xff\xfe";
  std::string expected;
  for (int i = 0; i < 70'000; ++i) {
    long_text += i % 3 == 0 ? std::string("\x3d\xd8\x00\xde", 4) : "\x2d\x4e";
    expected += i % 3 == 0 ? "😀" : "中";
  }
  EXPECT_THAT(texts(long_text, "utf-16"), ElementsAre(expected));
}

/// Does something once rows are on their way to a spill file: while their file is read.
class Meanwhile final : public MemorySpill {
 public:
  explicit Meanwhile(std::function<void()> work) : work_(std::move(work)) {}
  std::unique_ptr<data::SpillFile> open(std::string_view purpose) override {
    work_();
    return MemorySpill::open(purpose);
  }

 private:
  std::function<void()> work_;
};

TEST(CsvImport, AFileThatChangesWhileItIsReadIsAnError) {
  const sample::Folder folder;
  const std::string path = folder / "a.csv";
  CsvOptions options;
  options.columns = {{.source = "a", .type = Type::int64}};
  const std::map<std::string, std::function<void()>> changes = {{"longer", [&] { std::ofstream(path, std::ios::app) << "3\n"; }},
                                                                {"other", [&] { std::ofstream(path) << "a\n7\n8\n"; }},
                                                                {"shorter", [&] { std::filesystem::resize_file(path, 4); }},
                                                                {"gone", [&] { std::filesystem::remove(path); }},
                                                                {"another file", [&] {
                                                                   std::ofstream(path + ".new") << "a\n1\n2\n";
                                                                   std::filesystem::rename(path + ".new", path);
                                                                 }}};
  std::ofstream(path) << "a\n0\n";
  import_files(folder / "store", {path}, options);
  const auto before = Store::open(folder / "store").at("t");
  for (const auto& [what, change] : changes) {
    for (const int ranks : {1, 3}) {
      std::ofstream(path) << "a\n1\n2\n";
      // Long ago, so that a clock of milliseconds tells the change.
      std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
      const auto text = error_text([&] {
        comm::run_threads(ranks, [&](comm::Communicator& communicator) {
          data::Budget nothing(0);
          Meanwhile spill(change);  // of the one rank that has rows
          StoreWriter writer(communicator, folder / "store");
          import_csv(communicator, writer, "t", {{path}}, options, nothing, spill);
        });
      });
      EXPECT_THAT(text, HasSubstr("a.csv: the file changed while it was read; run again when it is complete"))
          << what << ", " << ranks;
      EXPECT_EQ(Store::open(folder / "store").at("t"), before);
    }
  }
}

TEST(CsvImport, AKeyOfOneRequiredColumnIsTheSchemas) {
  CsvOptions options;
  options.columns = {{.source = "id", .type = Type::int64, .required = true}, {.source = "n", .type = Type::float64}};
  const std::string without = identity(options);
  EXPECT_EQ(csv_schema(options).key, "");
  options.key = {"id"};
  EXPECT_EQ(csv_schema(options).key, "id");
  EXPECT_NE(identity(options), without);
  options.columns[0].required = false;
  EXPECT_EQ(csv_schema(options).key, "") << "an index has no missing values";
  options.key = {"n"};
  EXPECT_THAT(error_text([&] { check(options); }, base::ErrorKind::job_file), HasSubstr("key 'n': is a float64"));
  options.key = {"id", "id"};
  EXPECT_THAT(error_text([&] { check(options); }, base::ErrorKind::job_file), HasSubstr("key 'id': is named twice"));
}

TEST(CsvImport, ATableThatIsNotAcceptedIsNotCommitted) {
  const sample::Folder folder;
  const ScratchFile file("id\n1\n2\n");
  CsvOptions options;
  options.columns = {{.source = "id", .type = Type::int64, .required = true}};
  options.key = {"id"};
  const auto import = [&](int ranks, const Acceptance& accept) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 20);
      MemorySpill spill;
      StoreWriter writer(communicator, folder.path());
      import_csv(communicator, writer, "t", {{file.path()}}, options, budget, spill, false, accept);
    });
  };
  for (const int ranks : {1, 3}) {
    EXPECT_THAT(error_text([&] {
                  import(ranks, [](const data::BlockSource& table, const StoreTable&) {
                    throw base::input_error(std::to_string(table.rows()) + " rows are too few").known_to_all();
                  });
  }),
                HasSubstr("2 rows are too few"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}
std::atomic<int> asked = 0;
const Acceptance count = [&](const data::BlockSource&, const StoreTable& parts) { asked += static_cast<int>(parts.rows()); };
import(1, count);
import(2, count);
EXPECT_EQ(asked, 2) << "the same rows under the same key need no second look";
}

std::string transactions(int rows) {
  std::mt19937_64 random(7);
  std::string text = "invoice,customer,time,quantity,price,note\n";
  for (int i = 0; i < rows; ++i) {
    text += std::to_string(500000 + i / 4) + ",";
    if (random() % 5) text += (random() % 2 ? "C" : "customer number ") + std::to_string(random() % 300);
    text += ",2011-0" + std::to_string(1 + random() % 9) + "-1" + std::to_string(random() % 10) + " 08:26:0" +
            std::to_string(random() % 10) + "," + std::to_string(static_cast<int>(random() % 20) - 5) + "," +
            std::to_string(random() % 100) + "." + std::to_string(10 + random() % 90) + ",";
    if (random() % 4 == 0) text += "\"said: \"\"no\"\",\nthen left\"";
    if (random() % 50 == 0) text += "x,too,many";
    text += random() % 3 ? "\n" : "\r\n";
  }
  return text;
}

TEST(CsvImport, OneTableWhateverRanksThreadsPiecesMemoryAndCompression) {
  const std::string text = transactions(5000);
  const ScratchFile plain(text);
  const ScratchFile compressed(gzip(text.substr(0, 1000)) + gzip(text.substr(1000)));
  CsvOptions options;
  options.columns = {{.source = "invoice", .required = true},
                     {.source = "customer", .type = Type::category},
                     {.source = "time", .type = Type::timestamp},
                     {.source = "quantity", .type = Type::int64},
                     {.source = "price", .type = Type::decimal, .scale = 2},
                     {.source = "note"}};
  options.max_rejects.count = 1000;
  std::string first;
  std::vector<std::int64_t> lines;
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      for (const std::int64_t piece : {700, 50'000, 8 << 20}) {
        for (const std::int64_t memory : {std::int64_t{1} << 30, std::int64_t{0}}) {
          for (const ScratchFile* file : {&plain, &compressed}) {
            if (file == &compressed && (piece != 700 || threads == 2)) continue;
            if (ranks > 1 && threads == 2 && piece != 700) continue;
            const sample::Folder folder;
            const Settings settings{
                .ranks = ranks,
                .threads = threads,
                .memory = memory,
                .sizes = {
                    .piece_bytes = piece, .unit_blocks = 2, .piece = {.slab_bytes = 300, .group_rows = 500, .group_rejects = 7}}};
            const ImportReport report = import_files(folder.path(), {file->path()}, options, settings);
            const std::string digest = digest_of(folder.path());
            const auto rejects = rejects_of(folder.path());
            const std::vector<std::int64_t> now(rejects.at("line").int64s().begin(), rejects.at("line").int64s().end());
            if (first.empty()) {
              first = digest;
              lines = now;
              EXPECT_GT(report.rejected, 50);
              EXPECT_EQ(report.rows + report.rejected, 5000);
            }
            ASSERT_EQ(digest, first) << ranks << " ranks, " << threads << " threads, pieces of " << piece;
            ASSERT_EQ(now, lines);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::store
