// How many customers went from which group to which between two nights.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/budget.hpp"

namespace fullbase::compare {

/// One night's customers as this rank reads them, each rank its own run of the rows.
struct Night {
  base::RowRange rows;  ///< of this rank
  std::int32_t groups = 0;
  /// Some of these rows: a key column, and an int64 column of their groups, 0 to groups - 1. Not collective; one thread.
  std::function<data::Batch(base::RowRange)> read;
};

/// Customers by their group before and after.
class Flow {
 public:
  Flow(std::int32_t before, std::int32_t after) : before_(before), after_(after), counts_(cells()) {}

  std::int32_t before() const noexcept { return before_; }
  std::int32_t after() const noexcept { return after_; }
  /// From group `from` to group `to`. before() stands for nobody yet: customers who are new; after() for nobody more: those who
  /// are gone.
  std::int64_t at(std::int32_t from, std::int32_t to) const { return counts_.at(cell(from, to)); }
  std::int64_t& at(std::int32_t from, std::int32_t to) { return counts_.at(cell(from, to)); }
  std::vector<std::int64_t>& counts() noexcept { return counts_; }
  /// Of a flow with so many groups.
  static std::int64_t bytes(std::int64_t before, std::int64_t after) noexcept { return 8 * (before + 1) * (after + 1); }

 private:
  std::size_t cells() const { return (static_cast<std::size_t>(before_) + 1) * (static_cast<std::size_t>(after_) + 1); }
  std::size_t cell(std::int32_t from, std::int32_t to) const {
    return static_cast<std::size_t>(from) * (static_cast<std::size_t>(after_) + 1) + static_cast<std::size_t>(to);
  }

  std::int32_t before_;
  std::int32_t after_;
  std::vector<std::int64_t> counts_;
};

/// Collective; the same on every rank. Keys of both nights are of one type, integers, times or texts, categories counting as
/// their texts; each occurs at most once a night (prepare::require_unique). Rows without a key are nobody's, and left out.
///
/// Keys are shuffled, in as many passes as the budget asks for: pass p of n takes those whose hash is p modulo n. Reads both
/// nights once a pass; sends every key and group (8 bytes) at most once, and 8 bytes a cell. Memory: about 96 bytes a row and
/// four times the texts, divided by the passes: at most half of the budget that is left, but at least 1 MiB; and the cells.
Flow segment_flow(comm::Communicator& communicator, const Night& before, const Night& after, data::Budget& budget);

}  // namespace fullbase::compare
