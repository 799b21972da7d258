// Files of one basket a line: a row an item, whatever cuts, slabs, ranks and threads; and what a line can be.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "base/cpu.hpp"
#include "base/error.hpp"
#include "error_text.hpp"
#include "sample_table.hpp"
#include "store/csv/parse_pieces.hpp"
#include "store/csv/row_copy.hpp"
#include "tests/store/csv_file.hpp"
#include "tests/store/csv_oracle.hpp"
#include "tests/store/imported.hpp"

namespace fullbase::store {
namespace {

using fullbase::testing::digest_of;
using fullbase::testing::gzip;
using fullbase::testing::import_files;
using fullbase::testing::ImportSettings;
using fullbase::testing::MemorySpill;
using fullbase::testing::rejects_of;
using fullbase::testing::rows_of;
using fullbase::testing::ScratchFile;
using ::testing::ElementsAre;
using testing::error_text;
using ::testing::HasSubstr;

CsvOptions baskets(data::Type type = data::Type::category, std::string delimiter = ",") {
  return {.delimiter = std::move(delimiter), .header = false, .baskets = true, .columns = basket_columns("basket", "item", type)};
}

/// "1:milk 1:bread 2:-": the rows of a table of baskets.
std::string shown(const data::Batch& rows) {
  std::string text;
  for (std::int64_t row = 0; row < rows[0].rows(); ++row) {
    text += (row > 0 ? " " : "") + std::to_string(rows[0].int64s()[static_cast<std::size_t>(row)]) + ":";
    const data::Column& items = rows[1];
    if (items.is_missing(row)) {
      text += "-";
    } else {
      text += items.field().type == data::Type::int64 ? std::to_string(items.int64s()[static_cast<std::size_t>(row)])
                                                      : std::string(items.text(row));
    }
  }
  return text;
}

/// The table that an import of one file gives.
std::string imported(std::string_view bytes, const CsvOptions& options, const ImportSettings& settings = {}) {
  const sample::Folder folder;
  const ScratchFile file(bytes);
  import_files(folder.path(), {file.path()}, options, settings);
  return shown(rows_of(folder.path()));
}

// ---- against the obvious way to read such a file

struct Row {
  std::int64_t basket;
  std::optional<std::string> item;
  friend bool operator==(const Row&, const Row&) = default;
  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.basket << ":" << ::testing::PrintToString(row.item); }
};
struct Outcome {
  std::vector<Row> rows;
  std::vector<std::int64_t> refused;  ///< lines
  std::int64_t lines = 0;
  bool open_quote = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend void PrintTo(const Outcome& o, std::ostream* out) {
    *out << ::testing::PrintToString(o.rows) << ::testing::PrintToString(o.refused) << o.lines << o.open_quote;
  }
};

/// `b` is a word for missing.
Outcome expected(std::string_view text, char delimiter) {
  const auto oracle = testing::read_obviously(text, delimiter, '"');
  if (oracle.open_quote_line) return {{}, {}, 0, true};
  std::map<std::int64_t, std::vector<Row>> rows;
  Outcome outcome;
  outcome.lines = oracle.lines;
  for (const std::int64_t line : oracle.blank_lines) rows[line] = {{line, {}}};
  for (const auto& record : oracle.records) {
    if (record.text_after_quote) {
      outcome.refused.push_back(record.line);
      continue;
    }
    auto& basket = rows[record.line];
    for (const std::string& field : record.fields) {
      if (!field.empty() && field != "b") basket.push_back({record.line, field});
    }
    if (basket.empty()) basket.push_back({record.line, {}});
  }
  for (const auto& [line, basket] : rows) outcome.rows.insert(outcome.rows.end(), basket.begin(), basket.end());
  return outcome;
}

Outcome parsed(const csv::InputFile& file, const CsvOptions& options, std::int64_t piece_bytes, const csv::PieceSizes& sizes,
               std::int64_t memory = std::int64_t{1} << 30) {
  const auto communicator = comm::single();
  const csv::Layout layout{.fields = 1, .positions = {0, 0}};
  const auto pieces = csv::cut(file, layout, piece_bytes, *communicator);
  data::Budget budget(memory);
  MemorySpill spill;
  csv::RowStore store(pieces.size(), budget, spill);
  csv::RejectStore rejects(pieces.size(), budget, spill);
  csv::PiecesParser parser(options, layout, sizes);
  Outcome outcome;
  try {
    outcome.lines = parser.parse(*communicator, file, pieces, store, rejects).lines;
  } catch (const base::Error& error) {
    EXPECT_THAT(error.problem(), HasSubstr("never closed"));
    return {{}, {}, 0, true};
  }
  rejects.each([&](const std::vector<csv::Reject>& some) {
    for (const csv::Reject& reject : some) outcome.refused.push_back(reject.line);
  });
  const auto schema = csv_schema(options);
  const csv::CodeTables none(2);
  csv::RowCopy copy(store, schema, none);
  copy.append(0, store.rows());
  const auto batch = copy.take({0, store.rows()}, {nullptr, nullptr});
  for (std::int64_t row = 0; row < store.rows(); ++row) {
    const auto basket = batch[0].int64s()[static_cast<std::size_t>(row)];
    outcome.rows.push_back({basket, batch[1].is_missing(row) ? std::nullopt : std::optional(std::string(batch[1].text(row)))});
  }
  return outcome;
}

TEST(CsvBaskets, AnyTextCutAnywhereGivesTheItemsOfReadingItObviously) {
  parallel::set_thread_count(1);
  std::mt19937_64 random(1);
  const std::string_view alphabets[] = {"a,\"\n", "ab,,\"\n\n\r", "\"\"\"a,\n", "ab,\n", "aaaaaa\",\n b\r"};
  auto options = baskets(data::Type::string);
  options.missing = {"b"};
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string text(random() % 31, ' ');
    const auto alphabet = alphabets[round % 5];
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const ScratchFile scratch(text);
    const csv::InputFile file(scratch.path());
    const Outcome wanted = expected(text, ',');
    refused += !wanted.refused.empty();
    const csv::PieceSizes sizes{
        .slab_bytes = 1 + random() % 8, .group_rows = 1 + random() % 4, .group_rejects = 1, .overhang_limit = random() % 16};
    for (const std::int64_t piece : {1, 2, 5, 1000})
      ASSERT_EQ(parsed(file, options, piece, sizes, round % 2 << 30), wanted)
          << ::testing::PrintToString(text) << " in pieces of " << piece;
  }
  EXPECT_GT(refused, 50);
}

TEST(CsvBaskets, BlanksDelimitOneByOneWhateverTheInstructionSet) {
  parallel::set_thread_count(1);
  std::mt19937_64 random(2);
  const base::Isa before = base::active_isa();
  auto options = baskets(data::Type::string, "blanks");
  options.missing = {"b"};
  for (int round = 0; round < 300; ++round) {
    std::string text(random() % 400, ' ');
    const std::string_view alphabet = round % 2 ? " \t\r\naab12" : "  \"\"\na1";
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    // With a tab or a CR for a blank, it is the same file.
    std::string spaced = text;
    std::replace_if(
        spaced.begin(), spaced.end(), [](char c) { return c == '\t' || c == '\r'; }, ' ');
    const ScratchFile scratch(text);
    const csv::InputFile file(scratch.path());
    const Outcome wanted = expected(spaced, ' ');
    for (const base::Isa isa : {base::Isa::baseline, base::Isa::avx2, base::Isa::avx512}) {
      if (isa > base::machine_isa()) continue;
      base::force_isa(isa);
      ASSERT_EQ(parsed(file, options, 1000, {}), wanted) << ::testing::PrintToString(text);
      ASSERT_EQ(parsed(file, options, 90, {.slab_bytes = 30}), wanted) << ::testing::PrintToString(text);
    }
  }
  base::force_isa(before);
}

// ---- what a line can be

TEST(CsvBaskets, ALineIsABasketAndWhatIsBlankIsNoItem) {
  EXPECT_EQ(imported("\xef\xbb\xbf\r\n"
                     "milk,bread,milk\r\n"
                     "\"rolls, sweet\",,NA,\"a \"\"b\"\"\"\n"
                     ",,\n"
                     "\"\",NULL\n"
                     "two\"quotes, and blanks\n"
                     "\n"
                     "last",
                     baskets()),
            "1:- 2:milk 2:bread 2:milk 3:rolls, sweet 3:a \"b\" 4:- 5:- 6:two\"quotes 6: and blanks 7:- 8:last");
  EXPECT_EQ(imported(" 1 2\t3 \r\n   \n\n007 -4 5.0\n\"6\" NA  7\n", baskets(data::Type::int64, "blanks")),
            "1:1 1:2 1:3 2:- 3:- 4:7 4:-4 4:5 5:6 5:7");
  EXPECT_EQ(imported("1, 2 ,,NA, NA , \n", baskets(data::Type::int64)), "1:1 1:2");
  EXPECT_EQ(imported("\" \",\" 3\"\n", baskets(data::Type::int64)), "1:3");
  EXPECT_EQ(imported("a\tb c\t\td\n", baskets(data::Type::string, "tab")), "1:a 1:b c 1:d");
  auto options = baskets();
  options.missing = {};
  EXPECT_EQ(imported("NA,,b\n\n", options), "1:NA 1:b 2:-") << "an empty text is no item, whatever words mean missing";
}

TEST(CsvBaskets, ALineBreakWithinQuotesIsTextAndBasketsGoByTheLineTheyBeginOn) {
  EXPECT_EQ(imported("a,\"b\nc\",d\ne\n", baskets(), {.sizes = {.piece_bytes = 3}}), "1:a 1:b\nc 1:d 3:e");
}

TEST(CsvBaskets, FilesWithoutItems) {
  EXPECT_EQ(imported("", baskets(), {.ranks = 3}), "");
  EXPECT_EQ(imported("\xef\xbb\xbf", baskets(), {.ranks = 2}), "");
  EXPECT_EQ(imported(gzip(""), baskets(), {.ranks = 2}), "");
  EXPECT_EQ(imported("\n", baskets(), {.ranks = 2}), "1:-");
  EXPECT_EQ(imported("\n\r\n\n", baskets(), {.ranks = 3, .sizes = {.piece_bytes = 1}}), "1:- 2:- 3:-");
  EXPECT_EQ(imported(" ", baskets(data::Type::int64, "blanks"), {.ranks = 3}), "1:-");
}

TEST(CsvBaskets, OneBasketOfAMillionItems) {
  std::string text = "1 2\n";
  for (int i = 0; i < 1'000'000; ++i) text += std::to_string(10'000 + i % 50'000) + ' ';
  text += "\n3\n";
  ASSERT_GT(text.size(), 5'000'000U);
  const sample::Folder folder;
  const ScratchFile file(text);
  const auto options = baskets(data::Type::int64, "blanks");
  for (const int ranks : {1, 3}) {
    EXPECT_EQ(import_files(folder.path(), {file.path()}, options,
                           {.ranks = ranks, .threads = 2, .memory = 0, .again = true, .sizes = {.piece_bytes = 500'000}})
                  .rows,
              1'000'003);
    const auto rows = rows_of(folder.path());
    EXPECT_EQ(rows[0].int64s()[1'000'001], 2);
    EXPECT_EQ(rows[1].int64s()[1'000'001], 10'000 + 999'999 % 50'000);
    EXPECT_EQ(rows[0].int64s()[1'000'002], 3);
  }
}

TEST(CsvBaskets, OtherEncodings) {
  auto latin = baskets();
  latin.encoding = "latin1";
  EXPECT_EQ(imported("caf\xe9,th\xe9\n", latin), "1:café 1:thé");
  auto wide = baskets();
  wide.encoding = "utf-16";
  EXPECT_EQ(imported(std::string("\xff\xfe\n\0a\0,\0b\0\n\0", 12), wide, {.ranks = 2}), "1:- 2:a 2:b");
  EXPECT_THAT(error_text([&] { imported(std::string("\xff\xfe\n\0", 4), baskets()); }), HasSubstr("utf-16"));
}

// ---- what cannot be taken

TEST(CsvBaskets, ABadItemRejectsItsBasketWithLineColumnAndText) {
  const sample::Folder folder;
  const ScratchFile file("1,2\n3,x,1.5\n\n4,\"5\"6\n99999999999999999999\n7\n");
  auto options = baskets(data::Type::int64);
  options.columns[1].as = "product";
  for (const int ranks : {1, 3}) {
    for (const std::int64_t piece : {2, 1000}) {
      const ImportSettings settings{.ranks = ranks, .again = true, .sizes = {.piece_bytes = piece}};
      options.max_rejects = RejectLimit::parse("49%");
      const auto error = error_text([&] { import_files(folder.path(), {file.path()}, options, settings); });
      EXPECT_THAT(error, HasSubstr("3 of 6 baskets cannot be taken (1 not a number, 1 number out of range, 1 text after"));
      EXPECT_THAT(error, HasSubstr("first " + file.path() + ":2: column 'product': not a number in 'x'"));
      options.max_rejects = RejectLimit::parse("50%");
      const auto report = import_files(folder.path(), {file.path()}, options, settings);
      EXPECT_EQ(report.rejected, 3);
      EXPECT_EQ(report.rows, 4);
      EXPECT_EQ(shown(rows_of(folder.path())), "1:1 1:2 3:- 6:7");
      const auto rejects = rejects_of(folder.path());
      EXPECT_THAT(rejects.at("line").int64s(), ElementsAre(2, 4, 5));
      EXPECT_EQ(rejects.at("text").text(1), "\"5\"6");
      EXPECT_EQ(rejects.at("column").text(2), "product");
    }
  }
}

TEST(CsvBaskets, TextsThatAreNoUtf8RejectTheirBasketAndLeaveNoCategory) {
  const sample::Folder folder;
  const ScratchFile file(std::string("a,only here,\xff\nb,a\nc,\0\n", 22));
  for (const data::Type type : {data::Type::category, data::Type::string}) {
    auto options = baskets(type);
    EXPECT_THAT(error_text([&] { import_files(folder.path(), {file.path()}, options); }), HasSubstr("encoding"));
    options.max_rejects.count = 2;
    EXPECT_EQ(import_files(folder.path(), {file.path()}, options).rejected, 2);
    const auto rows = rows_of(folder.path());
    EXPECT_EQ(shown(rows), "2:b 2:a");
    if (type == data::Type::category) {
      EXPECT_EQ(rows[1].dictionary()->size(), 2);
    }
    EXPECT_THAT(rejects_of(folder.path()).at("line").int64s(), ElementsAre(1, 3));
  }
}

TEST(CsvBaskets, ParquetAndOtherTypesAreMistakesOfTheJob) {
  const sample::Folder folder;
  const ScratchFile named("a,b\n", "lines.parquet");
  const auto kind = base::ErrorKind::job_file;
  EXPECT_THAT(error_text([&] { import_files(folder.path(), {named.path()}, baskets()); }, kind),
              HasSubstr("Parquet file has no lines"));
  EXPECT_THAT(error_text([&] { check(baskets(data::Type::date)); }, kind), HasSubstr("an item is no date"));
  auto options = baskets();
  options.format = "parquet";
  EXPECT_THAT(error_text([&] { check(options); }, kind), HasSubstr("Parquet"));
  options.format = "csv";
  EXPECT_EQ(import_files(folder.path(), {named.path()}, options).rows, 2);
}

// ---- several files

TEST(CsvBaskets, BasketsAreNumberedOverAllFiles) {
  const std::filesystem::path folder = sample::Folder().path();
  std::filesystem::create_directory(folder);
  const auto write = [&](const char* name, std::string_view bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return (folder / name).string();
  };
  const std::vector<std::string> files = {write("a", "a\nb,c"), write("b", ""), write("c", "d\n\n"), write("d", "e\n")};
  const std::string store = folder / "store";
  const auto kept = [&](int ranks) {
    std::string text;
    for (const auto& file : import_files(store, files, baskets(), {.ranks = ranks}).files) text += file.kept ? 'k' : '.';
    return text;
  };
  EXPECT_EQ(kept(2), "....");
  EXPECT_EQ(shown(rows_of(store)), "1:a 2:b 2:c 3:d 4:- 5:e");
  EXPECT_EQ(kept(1), "kkkk");
  write("a", "a\nB,c,d\n");
  EXPECT_EQ(kept(1), ".kkk") << "as many lines as before: what follows keeps its numbers";
  EXPECT_EQ(shown(rows_of(store)), "1:a 2:B 2:c 2:d 3:d 4:- 5:e");
  write("b", "new\n");
  EXPECT_EQ(kept(3), "k...") << "those behind it have other numbers";
  EXPECT_EQ(shown(rows_of(store)), "1:a 2:B 2:c 2:d 3:new 4:d 5:- 6:e");
  std::filesystem::remove_all(folder);
}

TEST(CsvBaskets, OneTableWhateverRanksThreadsPiecesMemoryAndCompression) {
  std::mt19937_64 random(5);
  std::string text;
  std::string wanted;
  std::int64_t rejected = 0;
  for (int line = 1; line <= 4000; ++line) {
    std::string rows;
    const bool bad = random() % 100 == 0;
    const int items = static_cast<int>(random() % 12);
    for (int i = 0; i < items; ++i) {
      const auto item = "item " + std::to_string(random() % (i % 2 ? 10 : 3000));
      text += (i > 0 ? "," : "") + (random() % 9 ? item : "\"" + item + "\"" + (bad ? "!" : "")) + (random() % 20 ? "" : ",NA");
      rows += (i > 0 ? " " : "") + std::to_string(line) + ":" + item;
    }
    if (bad) {
      text += items > 0 ? ",\"\"bad" : "\"\"bad";
      ++rejected;
    } else {
      wanted += (wanted.empty() ? "" : " ") + (items > 0 ? rows : std::to_string(line) + ":-");
    }
    text += random() % 3 ? "\n" : "\r\n";
  }
  const ScratchFile plain(text);
  const ScratchFile compressed(gzip(text.substr(0, 1000)) + gzip(text.substr(1000)));
  auto options = baskets();
  options.max_rejects.count = 1000;
  std::string first;
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      for (const std::int64_t piece : {700, 50'000, 8 << 20}) {
        for (const ScratchFile* file : {&plain, &compressed}) {
          if (file == &compressed && (piece != 700 || threads == 2)) continue;
          const sample::Folder folder;
          const ImportSettings settings{
              .ranks = ranks,
              .threads = threads,
              .memory = (ranks + threads) % 2 ? 0 : std::int64_t{1} << 30,
              .sizes = {
                  .piece_bytes = piece, .unit_blocks = 2, .piece = {.slab_bytes = 300, .group_rows = 500, .group_rejects = 7}}};
          EXPECT_EQ(import_files(folder.path(), {file->path()}, options, settings).rejected, rejected);
          if (first.empty()) {
            first = digest_of(folder.path());
            EXPECT_EQ(shown(rows_of(folder.path())), wanted);
          }
          ASSERT_EQ(digest_of(folder.path()), first) << ranks << " ranks, " << threads << " threads, pieces of " << piece;
        }
      }
    }
  }
  EXPECT_GT(rejected, 20);
}

}  // namespace
}  // namespace fullbase::store
