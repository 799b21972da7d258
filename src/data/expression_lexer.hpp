// The words of an expression. Private to src/data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::data {

struct ExpressionToken {
  enum class Kind : std::uint8_t { end, word, quoted_name, text, integer, decimal, real, date, duration, symbol };
  Kind kind = Kind::end;
  std::string text = {};   ///< as written, lower case for word in `lower`; what is inside the quotes for texts and names
  std::string lower = {};  ///< a word in lower case: keywords are recognised in any case
  std::int64_t value = 0;  ///< integer, decimal units, days, microseconds
  double number = 0;       ///< real
  int scale = 0;           ///< decimal
  std::size_t offset = 0;
};

/// All tokens, an `end` last. Throws ExpressionError.
std::vector<ExpressionToken> expression_tokens(std::string_view text);

}  // namespace fullbase::data
