#include "store/csv/parsed_file.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "store/csv/content_digest.hpp"
#include "store/csv/write_rows.hpp"
#include "store/table_layout.hpp"

namespace fullbase::store::csv {
PieceSizes piece_sizes(const CsvOptions& options, const ParseSizes& sizes) {
  PieceSizes result = sizes.piece;
  // Beyond the limit the import fails whatever the other rejects are; one more than it allows tells so.
  if (options.max_rejects.share == 0) result.reject_limit = options.max_rejects.count + 1;
  return result;
}

ParsedFile::ParsedFile(comm::Communicator& communicator, const InputFile& file, const Layout& layout, const CsvOptions& options,
                       const ParseSizes& sizes, data::Budget& budget, data::Spill& spill)
    : ParsedFile(communicator, file,
                 make_text_file_parser(communicator, file, layout, options, piece_sizes(options, sizes), sizes.piece_bytes),
                 options, sizes, budget, spill) {}

ParsedFile::ParsedFile(comm::Communicator& communicator, const InputFile& file, std::unique_ptr<RowsParser> parser,
                       const CsvOptions& options, const ParseSizes& sizes, data::Budget& budget, data::Spill& spill)
    : schema_(csv_schema(options)), parser_(std::move(parser)), unit_blocks_(sizes.unit_blocks) {
  store_ = std::make_unique<RowStore>(parser_->pieces(), budget, spill);
  ContentDigest digest(file, communicator);
  rejects_ = std::make_unique<RejectStore>(parser_->pieces(), budget, spill);
  PiecesResult parsed = parser_->parse(communicator, *store_, *rejects_, digest.work());
  sha256_ = digest.value(communicator);

  const std::vector<std::int64_t> counts = communicator.all_gather(store_->rows());
  starts_.assign(1, 0);
  for (const std::int64_t count : counts) starts_.push_back(starts_.back() + count);
  std::vector<std::int64_t> sums = {parsed.records, parsed.parsed_again, parsed.lines};
  sums.insert(sums.end(), parsed.reasons.begin(), parsed.reasons.end());
  communicator.sum(std::span(sums));
  records_ = sums[0];
  lines_ = sums[2];
  std::copy(sums.begin() + 3, sums.end(), reasons_.begin());
  take_text_sizes(communicator, parsed.texts, file.path());
  take_categories(communicator, options, rejected() > 0 || sums[1] > 0);
}

void ParsedFile::take_categories(comm::Communicator& communicator, const CsvOptions& options, bool unused) {
  dictionaries_.resize(static_cast<std::size_t>(schema_.columns()));
  codes_.resize(dictionaries_.size());
  for (std::size_t i = 0; i < dictionaries_.size(); ++i) {
    if (schema_.fields[i].type != data::Type::category) continue;
    const base::PseudonymKey* const key = options.columns[i].pseudonym ? options.pseudonyms.get() : nullptr;
    CategoryUnion united = unite_categories(communicator, *parser_, *store_, i, unused, key);
    dictionaries_[i] = std::move(united.dictionary);
    codes_[i] = std::move(united.of_thread);
  }
}

void ParsedFile::take_text_sizes(comm::Communicator& communicator, const std::vector<TextSizes>& mine, const std::string& path) {
  std::vector<std::int64_t> longest;
  std::vector<std::int64_t> bytes;
  for (const TextSizes& texts : mine) {
    longest.push_back(texts.longest);
    bytes.push_back(texts.bytes);
  }
  communicator.max(std::span(longest));
  communicator.sum(std::span(bytes));
  // The lowest line on which a text of that length begins, by a maximum.
  std::vector<std::int64_t> lines;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    lines.push_back(mine[i].longest == longest[i] ? -mine[i].line : std::numeric_limits<std::int64_t>::min());
  }
  communicator.max(std::span(lines));
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const std::string where = path + ":" + std::to_string(-lines[i]) + ": column '" + schema_.fields[i].name + "'";
    if (longest[i] > std::numeric_limits<std::int32_t>::max() / 2) throw base::input_error("a text is longer than 1 GiB", where);
    if (is_mostly_padding(rows(), longest[i], bytes[i])) {
      throw base::input_error("a text has " + base::format_count(longest[i]) +
                                  " bytes: with every text as wide as that the column of " + base::format_bytes(bytes[i]) +
                                  " would take " + base::format_bytes(padded_width(longest[i]) * rows()),
                              where, "shorten that text, or leave the column out of the import");
    }
    widths_.push_back(static_cast<std::int32_t>(longest[i]));
  }
}

void ParsedFile::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  std::int64_t row_bytes = 0;
  for (int i = 0; i < schema_.columns(); ++i) {
    row_bytes += data::value_bytes(schema_[i].type) + widths_[static_cast<std::size_t>(i)];
  }
  write_rows(communicator, starts_, *store_, schema_, codes_, dictionaries_, unit_of(row_bytes, unit_blocks_), sink);
}

}  // namespace fullbase::store::csv
