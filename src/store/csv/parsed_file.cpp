#include "store/csv/parsed_file.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/block.hpp"
#include "base/checked.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "store/csv/content_digest.hpp"
#include "store/csv/row_copy.hpp"

namespace fullbase::store::csv {
namespace {

Layout agreed_layout(comm::Communicator& communicator, const InputFile& file, const CsvOptions& options) {
  return comm::collective_try(communicator, "import: header", [&] { return read_layout(file, options); });
}

PieceSizes piece_sizes(const CsvOptions& options, const ParseSizes& sizes) {
  PieceSizes result = sizes.piece;
  // Beyond the limit the import fails whatever the other rejects are; one more than it allows tells so.
  if (options.max_rejects.share == 0) result.reject_limit = static_cast<std::size_t>(options.max_rejects.count) + 1;
  return result;
}

}  // namespace

ParsedFile::ParsedFile(comm::Communicator& communicator, const InputFile& file, const CsvOptions& options,
                       const ParseSizes& sizes, data::Budget& budget, data::Spill& spill)
    : schema_(csv_schema(options)),
      parser_(options, agreed_layout(communicator, file, options), piece_sizes(options, sizes)),
      unit_blocks_(sizes.unit_blocks) {
  const std::vector<Piece> pieces = cut(file, parser_.layout(), sizes.piece_bytes, communicator);
  store_ = std::make_unique<RowStore>(pieces.size(), budget, spill);
  ContentDigest digest(file, communicator);
  PiecesResult parsed = parser_.parse(communicator, file, pieces, *store_, digest.work());
  sha256_ = digest.value(communicator);
  rejects_ = std::move(parsed.rejects);

  const std::vector<std::int64_t> counts = communicator.all_gather(store_->rows());
  starts_.assign(1, 0);
  for (const std::int64_t count : counts) starts_.push_back(starts_.back() + count);
  std::vector<std::int64_t> sums = {parsed.records, parsed.parsed_again};
  sums.insert(sums.end(), parsed.reasons.begin(), parsed.reasons.end());
  communicator.sum(std::span(sums));
  records_ = sums[0];
  std::copy(sums.begin() + 2, sums.end(), reasons_.begin());
  communicator.max(std::span(parsed.widths));
  for (const std::int64_t width : parsed.widths) {
    if (width > std::numeric_limits<std::int32_t>::max() / 2) {
      throw base::input_error("a text is longer than 1 GiB", file.path());
    }
    widths_.push_back(static_cast<std::int32_t>(width));
  }
  take_categories(communicator, rejected() > 0 || sums[1] > 0);
}

void ParsedFile::take_categories(comm::Communicator& communicator, bool unused) {
  dictionaries_.resize(static_cast<std::size_t>(schema_.columns()));
  codes_.resize(dictionaries_.size());
  for (std::size_t i = 0; i < dictionaries_.size(); ++i) {
    if (schema_.fields[i].type != data::Type::category) continue;
    CategoryUnion united = unite_categories(communicator, parser_, *store_, i, unused);
    dictionaries_[i] = std::move(united.dictionary);
    codes_[i] = std::move(united.of_thread);
  }
}

void ParsedFile::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  const auto me = static_cast<std::size_t>(communicator.rank());
  const base::RowRange mine{starts_[me], starts_[me + 1]};
  const RowGroup behind = rows_behind(communicator, starts_, *store_, schema_, codes_);

  const std::int64_t first_block = base::block_count(mine.first);
  const std::int64_t last_block = base::block_count(mine.last);  // the last one may end with rows of ranks behind
  const std::int64_t units = std::max<std::int64_t>(0, last_block - first_block + unit_blocks_ - 1) / unit_blocks_;
  comm::collective_try(communicator, "import: write", [&] {
    std::vector<std::optional<RowCopy>> copies(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each(0, units, [&](std::int64_t unit, int thread) {
      auto& copy = copies[static_cast<std::size_t>(thread)];
      if (!copy) copy.emplace(*store_, schema_, codes_);
      const std::int64_t begin = first_block + unit * unit_blocks_;
      const base::BlockRange blocks{begin, std::min(last_block, begin + unit_blocks_)};
      const base::RowRange rows = base::rows_of_blocks(blocks, this->rows());
      const base::RowRange stored = base::intersect(rows, mine);
      copy->begin();
      copy->append(stored.first - mine.first, stored.last - mine.first);
      if (rows.last > mine.last) copy->append(behind, 0, rows.last - mine.last);
      sink.write(copy->take(rows, dictionaries_));
    });
  });
}

}  // namespace fullbase::store::csv
