// Columns of two tables in one form, so that their values can be compared.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "data/block_source.hpp"

namespace fullbase::compare {

enum class Side : std::uint8_t { before = 0, after = 1 };

/// A column that two tables have, and what both are brought to.
struct CommonColumn {
  int before = 0;                               ///< position in the earlier table
  int after = 0;                                ///< position in the later one
  data::Field field;                            ///< of the common form
  data::DictionaryPointer dictionary = {};      ///< of both, united; null if the form is no category
  std::vector<std::int32_t> before_codes = {};  ///< old code -> united code; empty: codes stay
  std::vector<std::int32_t> after_codes = {};

  int position(Side side) const noexcept { return side == Side::before ? before : after; }
};

/// Columns of one type (decimals: of one scale) are common as they are, categories by their united dictionaries; of a category
/// and a string column the texts are compared. Nothing for other pairs of types. Not collective: the same on every rank. Memory:
/// the two dictionaries again, where they differ.
std::optional<CommonColumn> common_column(const data::BlockSource& earlier, int before, const data::BlockSource& later,
                                          int after);

/// Values of one side's column in the common form.
data::Column in_common_form(const CommonColumn& common, data::Column&& column, Side side);

}  // namespace fullbase::compare
