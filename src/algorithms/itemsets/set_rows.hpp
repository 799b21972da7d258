// Which rows of the table of sets a rank's runs are, and the form in which they go to the ranks that write them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/itemsets/found_sets.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"

namespace fullbase::itemsets {

/// What travels: sets of one run that follow each other within a block. First a heading (`item`: how many sets; `size`: how many
/// items of the first one stand before its last; `count`: its row), then these items, rarest first (`count`: the row of the set
/// that ends with it), then the sets.
struct SetCell {
  std::int32_t item;
  std::int32_t size;
  std::int64_t count;
};

/// Rows of this rank's runs.
class SetRows {
 public:
  /// Collective. Learns of all ranks' runs; 16 bytes a run are sent. `items`: how many are frequent. `runs` must outlive this.
  SetRows(comm::Communicator& communicator, const std::vector<SetRun>& runs, std::int32_t items);

  std::int64_t rows() const noexcept { return rows_; }

  /// Bytes of the longest text of a set of this rank: names joined by a separator, `name_bytes` by item. Not collective.
  std::int64_t longest_text(std::span<const std::int32_t> name_bytes, std::int64_t separator_bytes) const;

  /// Appends this rank's sets in `rows`, whole blocks of the table.
  void append(base::RowRange rows, std::vector<SetCell>& cells) const;

 private:
  /// A place within a run where a block begins, and the items before the last one of the set there.
  struct Cut {
    std::int64_t at;
    std::vector<SetCell> before;
  };
  std::vector<Cut> cuts_of(std::size_t run) const;
  void append_piece(std::size_t run, std::int64_t begin, std::int64_t end, std::span<const SetCell> before,
                    std::vector<SetCell>& cells) const;

  const std::vector<SetRun>& runs_;
  std::int64_t rows_ = 0;
  std::vector<std::int64_t> firsts_;       ///< row of each run's first set
  std::vector<std::int64_t> single_rows_;  ///< by item: row of the set of it alone; -1: there is none
  std::vector<std::int64_t> cut_starts_;   ///< in cuts_, by run
  std::vector<Cut> cuts_;
};

}  // namespace fullbase::itemsets
