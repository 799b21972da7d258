// Whatever the cuts, the slabs and the instruction set: the records of a text are those that reading it obviously gives.
#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "base/cpu.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "store/csv/parse_pieces.hpp"
#include "tests/store/csv_file.hpp"
#include "tests/store/csv_oracle.hpp"

namespace fullbase::store::csv {
namespace {

using testing::MemorySpill;
using testing::OracleText;
using testing::read_obviously;
using testing::ScratchFile;

struct Row {
  std::vector<std::string> fields;
  friend bool operator==(const Row&, const Row&) = default;
  friend void PrintTo(const Row& row, std::ostream* out) { *out << ::testing::PrintToString(row.fields); }
};
struct Refused {
  std::int64_t line;
  Reason reason;
  friend bool operator==(const Refused&, const Refused&) = default;
  friend void PrintTo(const Refused& r, std::ostream* out) { *out << r.line << " " << reason_text(r.reason); }
};
struct Outcome {
  std::vector<Row> rows;
  std::vector<Refused> refused;
  std::optional<std::int64_t> open_quote_line;
  std::int64_t parsed_again = 0;
  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.rows == b.rows && a.refused == b.refused && a.open_quote_line == b.open_quote_line;
  }
  friend void PrintTo(const Outcome& o, std::ostream* out) {
    *out << ::testing::PrintToString(o.rows) << ::testing::PrintToString(o.refused)
         << ::testing::PrintToString(o.open_quote_line);
  }
};

CsvOptions text_columns(std::size_t count, std::string delimiter = ",") {
  CsvOptions options{.delimiter = std::move(delimiter), .header = false, .missing = {}};
  for (std::size_t i = 1; i <= count; ++i) options.columns.push_back({.source = std::to_string(i)});
  return options;
}

Outcome expected(std::string_view text, std::size_t fields, char delimiter = ',') {
  const OracleText oracle = read_obviously(text, delimiter, '"');
  Outcome outcome;
  outcome.open_quote_line = oracle.open_quote_line;
  if (oracle.open_quote_line) return outcome;
  for (const auto& record : oracle.records) {
    if (record.fields.size() != fields) {
      outcome.refused.push_back({record.line, record.fields.size() < fields ? Reason::too_few_fields : Reason::too_many_fields});
    } else if (record.text_after_quote) {
      outcome.refused.push_back({record.line, Reason::text_after_quote});
    } else {
      outcome.rows.push_back({record.fields});
    }
  }
  return outcome;
}

/// Parses `text` cut at `cuts` (ascending, within it) on one rank.
Outcome parse_cut(const InputFile& file, std::size_t fields, const std::vector<std::size_t>& cuts, const PieceSizes& sizes,
                  std::int64_t memory = std::int64_t{1} << 30, const CsvOptions* given = nullptr) {
  const CsvOptions options = given ? *given : text_columns(fields);
  Layout layout;
  layout.fields = fields;
  for (std::size_t i = 0; i < fields; ++i) layout.positions.push_back(i);
  std::vector<Piece> pieces;
  std::int64_t begin = 0;
  for (const std::size_t cut : cuts) {
    if (static_cast<std::int64_t>(cut) <= begin || static_cast<std::int64_t>(cut) >= file.bytes()) continue;
    pieces.push_back({begin, static_cast<std::int64_t>(cut)});
    begin = static_cast<std::int64_t>(cut);
  }
  if (begin < file.bytes()) pieces.push_back({begin, file.bytes()});

  data::Budget budget(memory);
  MemorySpill spill;
  RowStore store(pieces.size(), budget, spill);
  RejectStore rejects(pieces.size(), budget, spill);
  PiecesParser parser(options, layout, sizes);
  const auto communicator = comm::single();
  Outcome outcome;
  try {
    const PiecesResult result = parser.parse(*communicator, file, pieces, store, rejects);
    outcome.parsed_again = result.parsed_again;
    rejects.each([&](const std::vector<Reject>& some) {
      for (const Reject& reject : some) outcome.refused.push_back({reject.line, reject.reason});
    });
    RowGroup buffer;
    for (std::size_t i = 0; i < store.groups(); ++i) {
      const RowGroup& group = store.read(i, buffer);
      for (std::int64_t row = 0; row < group.rows; ++row) {
        Row one;
        for (const auto& column : group.columns) one.fields.emplace_back(std::get<data::Strings>(column.values)[row]);
        outcome.rows.push_back(std::move(one));
      }
    }
    EXPECT_EQ(result.records, std::ssize(outcome.rows) + std::ssize(outcome.refused));
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::input_data) << error.what();
    EXPECT_THAT(error.problem(), ::testing::HasSubstr("never closed"));
    outcome.open_quote_line = std::stoll(error.where().substr(error.where().rfind(':') + 1));
  }
  return outcome;
}

std::string random_text(std::mt19937_64& random, std::string_view alphabet, std::size_t longest) {
  std::string text(random() % (longest + 1), ' ');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

std::vector<std::size_t> every_byte(std::size_t size) {
  std::vector<std::size_t> cuts(size);
  for (std::size_t i = 0; i < size; ++i) cuts[i] = i;
  return cuts;
}

class CsvPieces : public ::testing::Test {
 protected:
  void SetUp() override { parallel::set_thread_count(1); }
};

TEST_F(CsvPieces, AnyTextCutAnywhereGivesTheRecordsOfReadingItObviously) {
  std::mt19937_64 random(1);
  const std::string_view alphabets[] = {"a,\"\n", "ab,,\"\n\n\r", "\"\"\"a,\n", "aaaaaa\",\n \r"};
  std::int64_t again = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::string text = random_text(random, alphabets[round % 4], 30);
    const ScratchFile scratch(text);
    const InputFile file(scratch.path());
    const std::size_t fields = 1 + random() % 3;
    const Outcome wanted = expected(text, fields);
    const std::size_t slab = 1 + random() % 8;
    const PieceSizes sizes{.slab_bytes = slab, .group_rows = 1 + random() % 4, .overhang_limit = random() % 16};
    ASSERT_EQ(parse_cut(file, fields, {}, sizes), wanted) << ::testing::PrintToString(text);
    ASSERT_EQ(parse_cut(file, fields, every_byte(text.size()), sizes), wanted) << ::testing::PrintToString(text);
    const std::size_t cut = text.empty() ? 0 : random() % text.size();
    const Outcome outcome = parse_cut(file, fields, {cut, cut + 1 + random() % 5}, sizes);
    again += outcome.parsed_again;
    ASSERT_EQ(outcome, wanted) << ::testing::PrintToString(text) << " cut at " << cut << ", " << fields << " fields, slab "
                               << slab;
  }
  EXPECT_GT(again, 0) << "no assumption was ever wrong: the test does not test what it says";
}

TEST_F(CsvPieces, LongTextsGoThroughTheVectorPathWithTheSameRecords) {
  std::mt19937_64 random(2);
  const base::Isa before = base::active_isa();
  for (int round = 0; round < 60; ++round) {
    // Fields quoted properly or not, so that whole blocks of 64 bytes are of either kind.
    std::string text;
    const std::size_t fields = 3;
    for (int record = 0; record < 60; ++record) {
      for (std::size_t field = 0; field < fields; ++field) {
        if (field > 0) text += ',';
        const auto kind = random() % 8;
        if (kind == 0) text += "\"a,b\"\"c\nd\"";
        if (kind == 1) text += "\"" + std::string(random() % 70, 'q') + "\"";
        if (kind == 2) text += "in\"side";
        if (kind == 3 && round % 2) text += "\"x\"y\"";
        if (kind > 3) text += std::to_string(random() % 100000);
      }
      text += round % 3 ? "\n" : "\r\n";
    }
    const ScratchFile scratch(text);
    const InputFile file(scratch.path());
    const Outcome wanted = expected(text, fields);
    for (const base::Isa isa : {base::Isa::baseline, base::Isa::avx2, base::Isa::avx512}) {
      if (isa > base::machine_isa()) continue;
      base::force_isa(isa);
      ASSERT_EQ(parse_cut(file, fields, {}, {}), wanted);
      ASSERT_EQ(parse_cut(file, fields, {random() % text.size()}, {.slab_bytes = 200, .group_rows = 7}), wanted);
      // No memory at all: every group goes through the spill file.
      ASSERT_EQ(parse_cut(file, fields, {300, 1000}, {.slab_bytes = 1000, .group_rows = 7}, 0), wanted);
    }
  }
  base::force_isa(before);
}

TEST_F(CsvPieces, ThreadsChangeNothing) {
  std::mt19937_64 random(3);
  std::string text;
  for (int i = 0; i < 400; ++i) text += random_text(random, "abc,,,\n\n\"", 40) + "\"\n";
  text += "\"";  // whatever is open, is closed or opened
  const ScratchFile scratch(text);
  const InputFile file(scratch.path());
  const Outcome wanted = expected(text, 2);
  for (const int threads : {1, 2}) {
    parallel::set_thread_count(threads);
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 50; cut < text.size(); cut += 50) cuts.push_back(cut);
    ASSERT_EQ(parse_cut(file, 2, cuts, {.slab_bytes = 64}), wanted);
  }
}

TEST_F(CsvPieces, AQuoteThatIsNeverClosedIsAnErrorOnItsLine) {
  const std::string text = "a,b\n\"two\nlines\",c\nd,\"open\nand open\n";
  const ScratchFile scratch(text);
  const InputFile file(scratch.path());
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_EQ(parse_cut(file, 2, {cut}, {.slab_bytes = 4}).open_quote_line, 4);
  }
}

TEST_F(CsvPieces, ARecordBeyondTheLimitIsAnError) {
  const ScratchFile scratch("a,\"" + std::string(5000, 'x'));
  const InputFile file(scratch.path());
  Layout layout{.fields = 2, .positions = {0, 1}};
  data::Budget budget(1 << 20);
  MemorySpill spill;
  RowStore store(1, budget, spill);
  RejectStore rejects(1, budget, spill);
  PiecesParser parser(text_columns(2), layout, {.slab_bytes = 100, .record_limit = 1000});
  try {
    parser.parse(*comm::single(), file, {{0, file.bytes()}}, store, rejects);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("quote never closed"));
  }
}

TEST_F(CsvPieces, AVeryLongFieldIsReadWhole) {
  const std::string longest(300'000, 'x');
  const std::string text = "a,b\n\"" + longest + "\n\",c\nd,e";
  const ScratchFile scratch(text);
  const InputFile file(scratch.path());
  const Outcome wanted = expected(text, 2);
  ASSERT_EQ(wanted.rows.size(), 3U);
  EXPECT_EQ(parse_cut(file, 2, {2, 9, 150'000, 300'005}, {.slab_bytes = 100, .overhang_limit = 50}), wanted);
}

TEST_F(CsvPieces, LongTextsAndManyRejectsAreHandedOnByTheirSize) {
  std::string text;
  for (int row = 0; row < 200; ++row) text += std::string(1000, 'x') + ",b\n" + (row % 2 ? "only one\n" : "");
  for (const std::string& bytes : {text, testing::gzip(text)}) {
    const ScratchFile scratch(bytes);
    const InputFile file(scratch.path());
    const std::vector<Piece> pieces = {{0, file.compressed() ? std::numeric_limits<std::int64_t>::max() : file.bytes()}};
    data::Budget budget(0);
    MemorySpill spill;
    RowStore store(1, budget, spill);
    RejectStore rejects(1, budget, spill);
    PiecesParser parser(text_columns(2), {.fields = 2, .positions = {0, 1}},
                        {.slab_bytes = 5'000, .group_bytes = 20'000, .group_rejects = 10});
    const PiecesResult result = parser.parse(*comm::single(), file, pieces, store, rejects);
    EXPECT_GE(store.groups(), 8U);
    EXPECT_EQ(store.rows(), 200);
    EXPECT_EQ(rejects.size(), 100);
    EXPECT_GT(rejects.spilled_bytes(), 100 * 20);
    EXPECT_EQ(rejects.first()->line, 3);
    int most = 0;
    rejects.each([&](const std::vector<Reject>& some) { most = std::max(most, static_cast<int>(some.size())); });
    EXPECT_EQ(most, 10);
    EXPECT_EQ(result.texts[0], (TextSizes{.longest = 1000, .line = 1, .bytes = 200'000}));
  }
}

TEST_F(CsvPieces, RunsOfBlanksDelimitWhereverTheyAreCut) {
  const std::string text = " 00001 19970101  1   11.77\r\n\t2\t\"a  b\" 3 4  \n   \n\n5 6 7\n8 9 10 11";
  const ScratchFile scratch(text);
  const InputFile file(scratch.path());
  const CsvOptions options = text_columns(4, "blanks");
  const Outcome wanted{.rows = {{{"00001", "19970101", "1", "11.77"}}, {{"2", "a  b", "3", "4"}}, {{"8", "9", "10", "11"}}},
                       .refused = {{5, Reason::too_few_fields}},
                       .open_quote_line = {}};
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    for (const std::size_t slab : {1, 5, 1000}) {
      ASSERT_EQ(parse_cut(file, 4, {cut, cut + 3}, {.slab_bytes = slab}, 1 << 20, &options), wanted) << cut;
    }
  }
  EXPECT_EQ(parse_cut(file, 4, every_byte(text.size()), {.slab_bytes = 2}, 1 << 20, &options), wanted);
}

TEST_F(CsvPieces, TheSearchForQuotesIsTheAutomaton) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 20000; ++round) {
    const Dialect dialect{.quoting = round % 7 != 0, .blanks = round % 5 == 0};
    const std::string text = random_text(random, "a,\"\n \r", 12);
    for (int start = 0; start < 5; ++start) {
      State slow = static_cast<State>(start);
      for (const char byte : text) slow = step(dialect, slow, byte);
      ASSERT_EQ(advance(dialect, static_cast<State>(start), text), slow) << ::testing::PrintToString(text);
    }
  }
}

}  // namespace
}  // namespace fullbase::store::csv
