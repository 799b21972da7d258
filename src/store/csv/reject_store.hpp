// The rejects of one rank, in file order: in memory as far as the budget goes, in a spill file beyond.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "store/csv/reject.hpp"
#include "store/csv/row_store.hpp"

namespace fullbase::store::csv {

class RejectStore {
 public:
  /// As RowStore's.
  RejectStore(std::size_t pieces, data::Budget& budget, data::Spill& spill) : groups_(pieces, budget, spill) {}

  /// Adds the next rejects of a piece, lines counted from its first byte. Safe from several threads on different pieces.
  void add(std::size_t piece, const std::vector<Reject>& rejects);
  /// Forgets a piece's rejects: it is parsed again.
  void clear(std::size_t piece) { groups_.clear(piece); }
  /// Ends adding. `first_lines`: by piece, the line of its first byte in the file.
  void seal(std::vector<std::int64_t> first_lines);

  std::int64_t size() const noexcept { return groups_.rows(); }
  /// Lines of the file ascending.
  std::optional<Reject> first() const;
  /// Calls work(rejects) for some at a time, in order; their lines are the file's.
  void each(const std::function<void(const std::vector<Reject>&)>& work) const;
  std::int64_t spilled_bytes() const noexcept { return groups_.spilled_bytes(); }

 private:
  std::vector<Reject> read(std::size_t group) const;
  RowStore groups_;
  std::vector<std::int64_t> first_lines_;
};

}  // namespace fullbase::store::csv
