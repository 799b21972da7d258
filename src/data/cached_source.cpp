#include "data/cached_source.hpp"

#include <algorithm>
#include <optional>

#include "base/contract.hpp"

namespace fullbase::data {

struct CachedSource::Block {
  std::shared_ptr<const Batch> rows;
  Reservation reservation;
};

CachedSource::CachedSource(const BlockSource& source, std::vector<int> columns, base::BlockRange local, Budget& budget)
    : source_(source),
      columns_(std::move(columns)),
      local_(local),
      budget_(budget),
      blocks_(static_cast<std::size_t>(local.size())) {
  for (const int column : columns_) schema_.fields.push_back(source.schema()[column]);
  if (schema_.find(source.schema().key)) schema_.key = source.schema().key;
}

CachedSource::~CachedSource() = default;

std::int64_t CachedSource::blocks_kept() const {
  const std::lock_guard lock(mutex_);
  return std::count_if(blocks_.begin(), blocks_.end(), [](const auto& block) { return block != nullptr; });
}

std::shared_ptr<const Batch> CachedSource::kept(std::int64_t block) const {
  if (!local_.contains(block)) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto& entry = blocks_[static_cast<std::size_t>(block - local_.first)];
  return entry ? entry->rows : nullptr;
}

void CachedSource::keep(const Batch& batch) const {
  for (std::int64_t block = base::block_of_row(batch.rows.first); block < base::block_count(batch.rows.last); ++block) {
    const auto rows = base::rows_of_block(block, source_.rows());
    if (!local_.contains(block) || rows.first < batch.rows.first || rows.last > batch.rows.last) continue;
    {
      const std::lock_guard lock(mutex_);
      if (full_ || blocks_[static_cast<std::size_t>(block - local_.first)]) continue;
    }
    auto copy = std::make_shared<Batch>();
    copy->rows = rows;
    for (const auto& column : batch.columns) {
      auto& kept = copy->columns.emplace_back(column.field(), 0, column.dictionary());
      kept.append_from(column, rows.first - batch.rows.first, rows.last - batch.rows.first);
    }
    auto reservation = budget_.try_reserve(copy->bytes());
    const std::lock_guard lock(mutex_);
    auto& entry = blocks_[static_cast<std::size_t>(block - local_.first)];
    if (!reservation) {
      full_ = true;
    } else if (!entry) {
      entry = std::make_unique<Block>(Block{std::move(copy), std::move(*reservation)});
    }
  }
}

Batch CachedSource::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= this->rows(),
                   "rows that are read lie within their table");
  Batch result;
  result.rows = rows;
  for (const int column : columns) result.columns.emplace_back(schema_[column], 0, dictionary(column));
  const auto append = [&](const Batch& from, base::RowRange wanted) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      result.columns[i].append_from(from.columns[static_cast<std::size_t>(columns[i])], wanted.first - from.rows.first,
                                    wanted.last - from.rows.first);
    }
  };
  for (std::int64_t row = rows.first; row < rows.last;) {
    const std::int64_t block = base::block_of_row(row);
    if (const auto batch = kept(block)) {
      const auto part = base::intersect(rows, batch->rows);
      append(*batch, part);
      row = part.last;
      continue;
    }
    // A run of blocks that are not kept is one read: whole blocks, so that they can be.
    std::int64_t last = block + 1;
    while (last < base::block_count(rows.last) && !kept(last)) ++last;
    const auto run = source_.read(base::rows_of_blocks({block, last}, source_.rows()), columns_);
    keep(run);
    const auto part = base::intersect(rows, run.rows);
    append(run, part);
    row = part.last;
  }
  return result;
}

}  // namespace fullbase::data
