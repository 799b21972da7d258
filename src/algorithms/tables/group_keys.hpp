// The keys of groups as numbers whose order is that of the keys.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/key_slots.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::tables {

inline constexpr std::uint64_t missing_code = ~std::uint64_t{0};

/// Maps the values of one or more key columns to one code, 0 to size() - 1, the same on every rank, ascending as the keys are:
/// the first column counts most, numbers go by value, texts by bytes. Most codes need not occur. Safe to use from several
/// threads. Memory: nothing for categories, whose texts the source holds; for strings, and for integers whose ranges multiply
/// beyond 2^64, what prepare::KeySlots holds.
class GroupKeys {
 public:
  /// Collective. Reads the columns whose range is not known, once, by their ranks' rows. Throws a job-file error for columns that
  /// cannot be keys, an input error for keys with more than 2^64 combinations. Sends 16 bytes a column and rank.
  static GroupKeys build(comm::Communicator& communicator, const data::BlockSource& source, std::vector<int> columns,
                         base::RowRange rows, data::Budget& budget);

  /// Whether a column of this type may be a key.
  static bool is_key_type(data::Type type) noexcept;
  /// The columns() of these keys: never missing; the only key of a table is a string where it was a category, so that it can be
  /// the table's index, which it is if it is a string or an int64.
  static data::Schema schema(const data::Schema& schema, std::span<const int> columns);

  /// How many codes there are at most.
  std::uint64_t size() const noexcept { return size_; }
  const std::vector<int>& positions() const noexcept { return positions_; }

  /// One code a row of a batch, of which `read` lists the column positions; missing_code where a key column is missing.
  void codes_of(const data::Batch& batch, std::span<const int> read, std::vector<std::uint64_t>& codes) const;
  /// The keys behind codes, a column each. Memory: 8 bytes a code and column, and the texts.
  std::vector<data::Column> columns(std::span<const std::uint64_t> codes) const;
  /// Categories of each of columns(); null where it has none.
  std::vector<data::DictionaryPointer> dictionaries() const;
  /// Bytes of the text of a code in each of columns(); 0 for other types than string.
  void longest_texts(std::uint64_t code, std::span<std::int32_t> longest) const;

 private:
  struct Part {
    data::Field field;   ///< of the result
    data::Type type;     ///< of what is read
    std::uint64_t size;  ///< values that it can have
    std::int64_t least = 0;
    data::DictionaryPointer dictionary = {};
    std::vector<prepare::KeySlots> slots = {};  ///< one, or none
  };
  std::uint64_t part_of(std::size_t part, std::uint64_t code) const noexcept;

  std::vector<int> positions_;
  std::vector<Part> parts_;
  std::vector<std::uint64_t> weights_;  ///< code = sum of part * weight
  std::uint64_t size_ = 0;
};

}  // namespace fullbase::tables
