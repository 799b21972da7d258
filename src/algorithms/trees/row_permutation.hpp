// Rows in a random order that any rank can tell by itself, and values that follow it between ranks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "random/generator.hpp"

namespace fullbase::trees {

/// A permutation of [0, rows): a Feistel network of six rounds over the least even number of bits, walked on until it lands on a
/// row (Black and Rogaway 2002). A function of key, round and rows alone.
class RowPermutation {
 public:
  RowPermutation(random::Key key, std::int64_t round, std::int64_t rows);

  /// The row that comes to stand at `row`.
  std::int64_t operator()(std::int64_t row) const noexcept;

 private:
  random::Generator generator_;
  std::int64_t round_;
  std::int64_t rows_;
  int half_bits_;
};

/// Brings each row of base::Partition(rows, size()) the byte that the row of the permutation has.
class PermutedBytes {
 public:
  /// Collective. Memory: 16 bytes a local row, from the budget. Sends 8 bytes a row that another rank has.
  PermutedBytes(comm::Communicator& communicator, const RowPermutation& permutation, std::int64_t rows, data::Budget& budget);

  /// Collective. Byte i of the result is that of row permutation(i), i and values being the rank's rows. Sends 1 byte a row that
  /// another rank has.
  std::vector<std::uint8_t> permuted(std::span<const std::uint8_t> values) const;

 private:
  comm::Communicator& communicator_;
  data::Reservation reservation_;
  std::vector<std::vector<std::int64_t>> places_;  ///< by rank: local rows whose byte it has, in the order of asking
  comm::Gathered<std::int64_t> asked_;             ///< by rank: local rows whose byte it wants
};

}  // namespace fullbase::trees
