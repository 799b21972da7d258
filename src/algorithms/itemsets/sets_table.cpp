#include "algorithms/itemsets/sets_table.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "algorithms/itemsets/set_names.hpp"
#include "algorithms/itemsets/set_rows.hpp"
#include "base/checked.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using data::Field;
using data::Type;

/// Rows that all ranks together move in a round.
constexpr std::int64_t round_rows = std::int64_t{1} << 20;

/// Cells of sets of a run that follow each other in a block.
using Piece = std::span<const SetCell>;

std::int64_t first_row(Piece piece) noexcept {
  return piece.front().count;
}

/// What came in, by block, each block's in the order of rows.
std::vector<std::vector<Piece>> pieces_of_blocks(std::span<const SetCell> cells, base::BlockRange blocks) {
  std::vector<std::vector<Piece>> pieces(static_cast<std::size_t>(blocks.size()));
  for (std::size_t at = 0; at < cells.size();) {
    const auto length = 1 + static_cast<std::size_t>(cells[at].size) + static_cast<std::size_t>(cells[at].item);
    const auto block = base::block_of_row(cells[at].count) - blocks.first;
    pieces[static_cast<std::size_t>(block)].push_back(cells.subspan(at, length));
    at += length;
  }
  for (auto& block : pieces) std::ranges::sort(block, {}, first_row);
  return pieces;
}

/// The sets that the one looked at begins with: the row of each and where its text ends.
class Path {
 public:
  explicit Path(const SetNames* names) : names_(names) {}

  void clear() {
    rows_.clear();
    ends_.clear();
    text_.clear();
  }
  /// The set of `size` items that ends with `item`; it begins with the one of size - 1.
  void enter(std::int32_t size, std::int32_t item, std::int64_t row) {
    rows_.resize(static_cast<std::size_t>(size));
    rows_.back() = row;
    if (names_ == nullptr) return;
    ends_.resize(static_cast<std::size_t>(size));
    text_.resize(size == 1 ? 0 : ends_[static_cast<std::size_t>(size) - 2]);
    if (size > 1) text_ += names_->separator();
    text_ += names_->name(item);
    ends_.back() = text_.size();
  }
  /// Of the set entered last; -1: of one item.
  std::int64_t rest() const { return rows_.size() < 2 ? -1 : rows_[rows_.size() - 2]; }
  const std::string& text() const noexcept { return text_; }

 private:
  const SetNames* names_;
  std::vector<std::int64_t> rows_;
  std::vector<std::size_t> ends_;
  std::string text_;
};

/// The columns of one block.
class BlockColumns {
 public:
  BlockColumns(base::RowRange rows, bool named) : rows_(rows), named_(named) {}

  void add(Piece piece, Path& path) {
    auto row = first_row(piece);
    const auto before = static_cast<std::size_t>(piece.front().size);
    path.clear();
    for (std::size_t i = 0; i < before; ++i) path.enter(static_cast<std::int32_t>(i) + 1, piece[1 + i].item, piece[1 + i].count);
    for (const auto& set : piece.subspan(1 + before)) {
      path.enter(set.size, set.item, row++);
      sizes_.push_back(set.size);
      counts_.push_back(set.count);
      items_.push_back(set.item);
      const auto rest = path.rest();
      rests_.push_back(std::max<std::int64_t>(0, rest));
      missing_.push_back(rest < 0 ? 1 : 0);
      if (named_) texts_.push_back(path.text());
    }
  }

  data::Batch finish(const data::Schema& schema, const SetNames& names, std::int64_t baskets) {
    std::vector<double> supports;
    for (const auto count : counts_) supports.push_back(static_cast<double>(count) / static_cast<double>(baskets));
    data::Batch batch{rows_, {}};
    int column = 0;
    if (named_) batch.columns.emplace_back(schema[column++], std::move(texts_));
    batch.columns.emplace_back(schema[column++], std::move(sizes_));
    batch.columns.emplace_back(schema[column++], std::move(counts_));
    batch.columns.emplace_back(schema[column++], std::move(supports));
    batch.columns.push_back(names.column(items_));
    if (std::ranges::find(missing_, 1) == missing_.end()) missing_.clear();
    batch.columns.emplace_back(schema[column + 1], std::move(rests_), std::move(missing_));
    return batch;
  }

 private:
  base::RowRange rows_;
  bool named_;
  data::Strings texts_;
  std::vector<std::int64_t> sizes_;
  std::vector<std::int64_t> counts_;
  std::vector<std::int32_t> items_;
  std::vector<std::int64_t> rests_;
  std::vector<std::uint8_t> missing_;
};

}  // namespace

data::Schema sets_schema(const data::Field& item, bool names) {
  data::Schema schema;
  if (names) schema.fields.push_back({.name = "items", .type = Type::string});
  schema.fields.push_back({.name = "size", .type = Type::int64});
  schema.fields.push_back({.name = "count", .type = Type::int64});
  schema.fields.push_back({.name = "support", .type = Type::float64});
  schema.fields.push_back(SetNames::field(item));
  schema.fields.push_back({.name = "rest", .type = Type::int64, .nullable = true});
  return schema;
}

SetsTable::SetsTable(comm::Communicator& communicator, const std::vector<SetRun>& runs, const FrequentItems& items,
                     const prepare::ValueSlots& slots, const data::Field& item, std::int64_t baskets, bool names,
                     std::string separator)
    : schema_(sets_schema(item, names)), baskets_(baskets), names_wanted_(names) {
  std::int64_t longest = 0;
  std::int64_t longest_name = 0;
  rows_ = std::make_unique<SetRows>(communicator, runs, items.size());
  comm::collective_try(communicator, "rows of sets", [&] {
    names_ = std::make_unique<SetNames>(items, slots, item, std::move(separator));
    const auto name_bytes = names_->name_bytes();
    for (const auto bytes : name_bytes) longest_name = std::max<std::int64_t>(longest_name, bytes);
    if (names) longest = rows_->longest_text(name_bytes, std::ssize(names_->separator()));
  });
  {
    const comm::StageScope scope(communicator.statistics(), "rows of sets");
    longest = communicator.max_value(longest);
  }
  widths_.assign(schema_.fields.size(), 0);
  dictionaries_.assign(schema_.fields.size(), nullptr);
  const auto at = static_cast<std::size_t>(schema_.at("item", "the table of sets"));
  if (names) widths_.front() = base::checked_cast<std::int32_t>(longest);
  if (schema_.fields[at].type == Type::string) widths_[at] = base::checked_cast<std::int32_t>(longest_name);
  dictionaries_[at] = names_->dictionary();
}

SetsTable::~SetsTable() = default;
SetsTable::SetsTable(SetsTable&&) noexcept = default;

std::int64_t SetsTable::rows() const noexcept {
  return rows_->rows();
}

void SetsTable::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  const auto ranks = communicator.size();
  const base::Partition partition(rows(), ranks);
  const auto blocks_a_rank = std::max<std::int64_t>(1, round_rows / base::block_rows / ranks);
  const auto blocks_of_round = [&](int rank, std::int64_t round) {
    const auto own = partition.blocks_of(rank);
    const auto first = std::min(own.last, own.first + round * blocks_a_rank);
    return base::BlockRange{first, std::min(own.last, first + blocks_a_rank)};
  };
  for (std::int64_t round = 0; round * blocks_a_rank < partition.most_blocks(); ++round) {
    std::vector<std::vector<SetCell>> cells(static_cast<std::size_t>(ranks));
    std::vector<std::span<const SetCell>> send(cells.size());
    comm::collective_try(communicator, "write sets", [&] {
      parallel::for_each(0, ranks, [&](std::int64_t rank, int) {
        const auto blocks = blocks_of_round(static_cast<int>(rank), round);
        rows_->append(base::rows_of_blocks(blocks, rows()), cells[static_cast<std::size_t>(rank)]);
      });
      std::ranges::copy(cells, send.begin());
    });
    comm::Gathered<SetCell> received;
    {
      const comm::StageScope scope(communicator.statistics(), "write sets");
      received = communicator.all_to_all(send);
    }
    cells.clear();
    comm::collective_try(communicator, "write sets", [&] {
      const auto blocks = blocks_of_round(communicator.rank(), round);
      const auto pieces = pieces_of_blocks(received.values, blocks);
      parallel::for_each_block(blocks, [&](std::int64_t block, int) {
        BlockColumns columns(base::rows_of_block(block, rows()), names_wanted_);
        Path path(names_wanted_ ? names_.get() : nullptr);
        for (const auto piece : pieces[static_cast<std::size_t>(block - blocks.first)]) columns.add(piece, path);
        sink.write(columns.finish(schema_, *names_, baskets_));
      });
    });
  }
}

}  // namespace fullbase::itemsets
