// Words that a pass leaves for the end of a step: in memory as far as a share of the budget goes, in a spill file beyond.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "data/budget.hpp"
#include "data/spill.hpp"

namespace fullbase::tables {

/// Memory: 8 bytes a word, in all at most a quarter of what the budget has left at the start (the passes to come need the rest);
/// what it has no room for is in the file. Safe to use from several threads.
class KeptWords {
 public:
  /// `purpose` names the file.
  KeptWords(std::string purpose, data::Budget& budget, data::Spill& spill);

  struct Piece {
    data::Reservation memory;
    std::vector<std::uint64_t> words;  ///< empty: in the file
    std::int64_t offset = 0;           ///< bytes
  };
  Piece keep(std::vector<std::uint64_t>&& words);

  /// Words [first, first + count) of a piece, where they lie or in `buffer`.
  std::span<const std::uint64_t> read(const Piece& piece, std::int64_t first, std::int64_t count,
                                      std::vector<std::uint64_t>& buffer) const;

 private:
  std::string purpose_;
  data::Budget& budget_;
  data::Spill& spill_;
  std::mutex mutex_;
  std::int64_t room_;  ///< bytes
  std::unique_ptr<data::SpillFile> file_;
  std::int64_t file_bytes_ = 0;
};

}  // namespace fullbase::tables
