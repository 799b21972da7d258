#include "algorithms/prepare/block_assembly.hpp"

#include <algorithm>
#include <utility>

#include "base/contract.hpp"

namespace fullbase::prepare {

data::Batch slice(const data::Batch& piece, base::RowRange rows) {
  data::Batch part{.rows = rows, .columns = {}};
  for (const data::Column& column : piece.columns) {
    data::Column& to = part.columns.emplace_back(column.field(), 0, column.dictionary());
    to.append_from(column, rows.first - piece.rows.first, rows.last - piece.rows.first);
  }
  return part;
}

data::Batch joined(std::vector<data::Batch> pieces) {
  FULLBASE_EXPECTS(!pieces.empty(), "at least one piece is joined");
  std::ranges::sort(pieces, {}, [](const data::Batch& piece) { return piece.rows.first; });
  data::Batch whole = std::move(pieces.front());
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    FULLBASE_EXPECTS(pieces[i].rows.first == whole.rows.last, "joined pieces follow each other");
    for (std::size_t c = 0; c < whole.columns.size(); ++c) {
      whole.columns[c].append_from(pieces[i].columns[c], 0, pieces[i].columns[c].rows());
    }
    whole.rows.last = pieces[i].rows.last;
  }
  return whole;
}

void BlockAssembly::add(const data::Batch& piece) {
  if (piece.rows.empty()) return;
  const auto border = [](std::int64_t row) { return base::block_count(row) * base::block_rows; };
  const base::RowRange rows = piece.rows;
  const std::int64_t first = std::min(rows.last, border(rows.first));
  const std::int64_t end = rows.last == rows_ ? rows_ : base::block_of_row(rows.last) * base::block_rows;
  const std::int64_t last = std::max(first, end);
  if (first == rows.first && last == rows.last) return sink_.write(piece);
  if (first < last) sink_.write(slice(piece, {first, last}));
  if (rows.first < first) wait_for(slice(piece, {rows.first, first}));
  if (last < rows.last) wait_for(slice(piece, {last, rows.last}));
}

void BlockAssembly::wait_for(data::Batch piece) {
  const std::int64_t block = base::block_of_row(piece.rows.first);
  std::vector<data::Batch> complete;
  {
    const std::scoped_lock lock(mutex_);
    auto& pieces = waiting_[block];
    pieces.push_back(std::move(piece));
    std::int64_t rows = 0;
    for (const auto& waiting : pieces) rows += waiting.rows.size();
    if (rows < base::rows_of_block(block, rows_).size()) return;
    complete = std::move(pieces);
    waiting_.erase(block);
  }
  sink_.write(joined(std::move(complete)));
}

std::vector<data::Batch> BlockAssembly::take_waiting() {
  const std::scoped_lock lock(mutex_);
  std::vector<data::Batch> pieces;
  for (auto& [block, waiting] : waiting_) {
    std::ranges::sort(waiting, {}, [](const data::Batch& piece) { return piece.rows.first; });
    std::vector<data::Batch> run;
    for (data::Batch& piece : waiting) {
      if (!run.empty() && run.back().rows.last != piece.rows.first) pieces.push_back(joined(std::exchange(run, {})));
      run.push_back(std::move(piece));
    }
    pieces.push_back(joined(std::move(run)));
  }
  waiting_.clear();
  return pieces;
}

}  // namespace fullbase::prepare
