// All likenesses of rows of a side, row by row and strip by strip, never all at once.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/recommendation/needed_entries.hpp"
#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/row_scorer.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// The rows that are compared are those of the side options.of; the other side's rows are what they have in common. Any rank may
/// work on any rows: it fetches their entries, then the other side's rows that they name, as many strips of their columns at a
/// time as the budget has room for. A strip is so wide that rows that are met have some 8 entries in it, and 2,048 to 65,536 rows
/// of the side. Neither alters a bit: the sums of a pair run in the order of the other side whatever the strips.
///
/// Cost: the sum, over the entries of the rows that are worked on, of the lengths of the other side's rows that they name, in
/// additions to sums in a near cache; and at most a likeness for each pair of rows. Sends 8 bytes a row of the side and 4 a row
/// of the other to every rank; and what fetch_entries() sends: rows that are worked on, once, and by panel of strips the other
/// side's entries that they need. Memory, from the budget: 8 bytes a row of the side, 4 of the other; fetch_entries() of the rows
/// that are worked on; and for a panel 16 bytes an entry, then 14, and 12 and 4 a strip for each row of the other side, at least
/// for one strip.
class LikenessPass {
 public:
  /// Collective. Keeps references. Throws an input error for a negative value with bm25.
  LikenessPass(comm::Communicator& communicator, const Interactions& matrix, const NeighbourOptions& options,
               data::Budget& budget);

  const RowShares& side() const noexcept;
  const RowShares& other() const noexcept;
  const SparseRows& own() const noexcept;        ///< this rank's rows of the side
  const SparseRows& own_other() const noexcept;  ///< and of the other

  /// What it costs to compare row `r` of own() with all others, in additions.
  std::int64_t cost_of(std::int64_t r) const;
  /// The length of a row of the other side, whatever rank has it.
  std::int64_t other_length(std::int64_t row) const noexcept { return other_lengths_[static_cast<std::size_t>(row)]; }

  using Visit = std::function<void(std::int64_t i, const EntryStrip& strip, const StripLikenesses& found, const RowScorer& scorer,
                                   int thread)>;
  using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

  /// Collective. For each strip, ascending, visit(i, ...) with each of `rows`, the i-th one: rows of the side, ascending, that
  /// this rank works on. Visits of a strip are made by several threads.
  void run(std::span<const std::int32_t> rows, const Visit& visit, const Progress& progress = {});

 private:
  void weigh(SparseRows& rows, std::span<const std::int32_t> row_numbers, bool is_other) const;
  SparseRows own_other_between(std::int32_t first, std::int32_t last) const;
  std::int32_t strip_width() const noexcept;
  std::int32_t panel_end(std::int32_t first, std::int32_t width, std::span<const std::int64_t> entries_of_strip);

  comm::Communicator& communicator_;
  const Interactions& matrix_;
  const NeighbourOptions& options_;
  data::Budget& budget_;
  std::vector<double> own_measures_;  ///< of all rows of the side; with bm25 k1 (1 - b + b total / mean total)
  std::vector<std::int32_t> other_lengths_;
  std::vector<double> other_weights_;  ///< bm25: (k1 + 1) idf
  std::int64_t mean_met_ = 0;          ///< mean length of the other side's rows, by how often entries name them
  data::Reservation memory_;
};

/// Collective. Where 0, 1, ... are cut into a run a rank, of even cost: size() + 1 positions. `costs`: of those at this rank, in
/// the order of ranks.
std::vector<std::int64_t> even_cuts(comm::Communicator& communicator, std::span<const std::int64_t> costs);

}  // namespace fullbase::recommendation
