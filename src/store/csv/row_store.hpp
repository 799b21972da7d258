// The parsed rows of one rank, in file order: in memory as far as the budget goes, in a spill file beyond.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "data/budget.hpp"
#include "data/spill.hpp"
#include "store/csv/row_group.hpp"

namespace fullbase::store::csv {

/// A column of int64 that counts lines from the first byte of each piece.
struct LineNumbers {
  std::size_t column = 0;
  std::vector<std::int64_t> first = {};  ///< by piece: what its line 0 is
};

class RowStore {
 public:
  /// Pieces are numbered from 0 in file order.
  RowStore(std::size_t pieces, data::Budget& budget, data::Spill& spill);

  /// Adds the next group of a piece, parsed by `thread`. Safe from several threads on different pieces.
  void add(std::size_t piece, int thread, RowGroup group);
  /// Forgets a piece's groups: it is parsed again.
  void clear(std::size_t piece);

  /// Ends adding: groups are numbered in file order. `lines`: of a column that stored groups have as pieces count it.
  void seal(std::optional<LineNumbers> lines = {});
  std::size_t groups() const noexcept { return groups_.size(); }
  std::int64_t rows() const noexcept { return starts_.back(); }
  /// groups() + 1 numbers: the first row of each group, then rows().
  const std::vector<std::int64_t>& starts() const noexcept { return starts_; }
  int thread(std::size_t group) const noexcept { return groups_[group].thread; }
  std::size_t piece(std::size_t group) const noexcept { return groups_[group].piece; }
  /// What is to be added to a group's values of a column.
  std::int64_t shift(std::size_t group, std::size_t column) const noexcept {
    return lines_ && lines_->column == column ? lines_->first[groups_[group].piece] : 0;
  }
  /// Group `group`; `buffer` holds it if it had to be read back. Safe from several threads.
  const RowGroup& read(std::size_t group, RowGroup& buffer) const;

  std::int64_t spilled_bytes() const noexcept { return spill_end_.load(); }

 private:
  struct Stored {
    std::size_t piece = 0;
    int thread = 0;
    RowGroup group;  ///< only its row count where it is spilled
    data::Reservation reservation;
    std::optional<std::int64_t> offset;  ///< in the spill file
    std::int64_t bytes = 0;              ///< there
  };
  data::SpillFile& spill_file();

  data::Budget& budget_;
  data::Spill& spill_;
  std::vector<std::vector<Stored>> pieces_;
  std::vector<Stored> groups_;
  std::vector<std::int64_t> starts_ = {0};
  std::optional<LineNumbers> lines_;
  std::mutex opening_;
  std::unique_ptr<data::SpillFile> file_;
  std::atomic<std::int64_t> spill_end_ = 0;
};

}  // namespace fullbase::store::csv
