// Rows whose key stood in an earlier row of their table, and the error that names the first of them.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/column.hpp"

namespace fullbase::prepare {

/// What a message calls a row, given its number in the source; asked on one rank.
using RowName = std::function<std::string(std::int64_t source_row)>;
/// "row 17".
std::string row_number(std::int64_t source_row);

class RepeatedKeys {
 public:
  /// Adds rows of one key: their numbers in their table are [first, last) of `numbers`, ascending.
  void add_group(std::span<const std::int64_t> numbers, std::int64_t first, std::int64_t last);

  /// Collective. Where any rank has found a row that repeats a key, throws an input error that names the first one, that whose
  /// key it has, and how many rows there are, and says `advice`. `columns`: the key's positions in the table.
  void refuse(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
              std::string_view advice, const RowName& name = row_number) const;

 private:
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();

  std::int64_t rows_ = 0;        ///< that repeat an earlier one's key
  std::int64_t first_ = none;    ///< the first of them
  std::int64_t earlier_ = none;  ///< the row whose key it repeats
};

}  // namespace fullbase::prepare
