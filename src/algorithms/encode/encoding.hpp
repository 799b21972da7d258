// What a column's values become: numbers for those who read nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::encode {

enum class Method : std::uint8_t {
  one_hot,    ///< a truth value for each listed value, and one for all others
  ordinal,    ///< a value's place: in the list, or in order
  frequency,  ///< the share of all rows that have the value
};
std::string_view method_name(Method method) noexcept;

/// How one column is to be encoded.
struct Plan {
  std::string column;
  Method method = Method::ordinal;
  /// Values that are known beforehand, in order; one_hot has them always. Empty: those that occur, integers by value, texts by
  /// bytes, false before true.
  std::vector<std::string> values = {};
};

/// A column's encoding, and the rows of the table at hand that it met.
struct Encoding {
  Plan plan;
  std::vector<std::string> values;  ///< that have a code, distinct
  std::vector<double> codes;        ///< of each value; one_hot: which of its columns is true
  std::vector<std::int64_t> rows;   ///< with each value
  std::int64_t missing = 0;         ///< rows without a value
  std::int64_t unseen = 0;          ///< rows with another value
};

/// Collective; the same on every rank. The encoding of a column that prepare::ValueSlots takes, by the table's own rows. Reads
/// the column once where values are listed; else once, and as ValueSlots does. Memory: 8 bytes a value that occurs, from the
/// budget, and the values on every rank. Sends 8 bytes a value, and what ValueSlots sends.
Encoding fit(comm::Communicator& communicator, const data::BlockSource& source, const Plan& plan, data::Budget& budget);

/// Collective. Counts the rows of the table anew by the values of an encoding that comes from elsewhere. Reads the column once.
void count_rows(comm::Communicator& communicator, const data::BlockSource& source, Encoding& encoding);

}  // namespace fullbase::encode
