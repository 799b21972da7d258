// A CSV file: any bytes give rows and rejects, or an error of the file; the same ones, however the file is cut into pieces and
// slabs.
#include <algorithm>

#include "comm/launch.hpp"
#include "data/budget.hpp"
#include "fuzz/target.hpp"
#include "memory_spill.hpp"
#include "store/csv/encoding.hpp"
#include "store/csv/infer.hpp"
#include "store/csv/layout.hpp"
#include "store/csv/parsed_file.hpp"
#include "store/csv_file.hpp"

namespace {

using namespace fullbase;

/// Options by a number; every type, and dialects that differ.
store::CsvOptions options_of(unsigned choice) {
  using data::Type;
  store::CsvOptions options;
  options.format = "csv";
  options.header = choice % 2 == 0;
  options.delimiter = std::array{",", ";", "tab", "blanks"}[choice / 2 % 4];
  options.quote = choice / 8 % 4 == 3 ? "" : choice / 8 % 4 == 2 ? "'" : "\"";
  options.encoding = store::csv::encoding_name(std::array{"utf-8", "latin1", "utf-16", "windows-1252"}[choice / 32 % 4]);
  options.max_rejects.count = 1'000'000;
  if (choice / 128 == 1) {
    options.baskets = true;
    options.header = false;
    options.columns = store::basket_columns("basket", "item", choice % 2 == 0 ? Type::category : Type::int64);
    return options;
  }
  const Type types[] = {Type::category, Type::int64,     Type::float64, Type::decimal,
                        Type::string,   Type::timestamp, Type::date,    Type::boolean};
  for (std::size_t i = 0; i < std::size(types); ++i) {
    store::CsvColumn column;
    column.source = options.header ? std::string(1, static_cast<char>('a' + i)) : std::to_string(i + 1);
    column.as = std::string(1, static_cast<char>('a' + i));
    column.type = types[i];
    column.scale = types[i] == Type::decimal ? 2 : 0;
    options.columns.push_back(column);
  }
  return options;
}

/// What a reading gave.
struct Reading {
  bool is_read = false;
  std::int64_t rows = 0;
  std::int64_t records = 0;
  store::csv::ReasonCounts reasons{};
  std::string sha256;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(const std::string& path, const store::CsvOptions& options, const store::csv::ParseSizes& sizes) {
  Reading reading;
  reading.is_read = fuzz::reads_or_refuses([&] {
    store::check(options);
    const auto communicator = comm::single();
    data::Budget budget(std::int64_t{1} << 28);
    testing::MemorySpill spill;
    const store::csv::InputFile file(path, options.encoding);
    const auto layout = store::csv::read_layout(file, options);
    const store::csv::ParsedFile parsed(*communicator, file, layout, options, sizes, budget, spill);
    reading.rows = parsed.rows();
    reading.records = parsed.records();
    reading.reasons = parsed.reasons();
    reading.sha256 = parsed.sha256();
  });
  if (!reading.is_read) return {};
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, std::min<std::size_t>(size, 1 << 16));
  const auto options = options_of(bytes.next());
  store::csv::ParseSizes small;
  // Some dozens of pieces, or a long input takes too long.
  small.piece_bytes = 1 + bytes.next() + static_cast<std::int64_t>(bytes.rest().size()) / 64;
  small.piece.slab_bytes = 64 + bytes.next();
  small.piece.group_rows = 3;
  const testing::ScratchFile file(bytes.rest());
  const auto whole = read(file.path(), options, {});
  const auto pieces = read(file.path(), options, small);
  fuzz::require(whole == pieces, "a file in pieces gives what it gives as a whole");
  fuzz::reads_or_refuses([&] { store::infer_csv({file.path()}, bytes.empty() ? "" : options.delimiter); });
  return 0;
}
