// An expression's structure as its parser leaves it. Private to src/data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::data {

struct ExpressionNode {
  enum class Kind : std::uint8_t {
    integer,    ///< value
    decimal,    ///< value units of 10^-scale
    real,       ///< a number written with an exponent
    text,       ///< name is the text
    boolean,    ///< value 0 or 1
    date,       ///< value days since 1970
    timestamp,  ///< name is the text, read in the environment's zone when bound
    duration,   ///< value microseconds
    as_of,
    column,  ///< name
    call,    ///< operator or function `name` of the operands
  };
  Kind kind = Kind::integer;
  std::string name = {};
  std::int64_t value = 0;
  double number = 0;
  int scale = 0;
  std::vector<int> operands = {};  ///< earlier nodes
  std::size_t offset = 0;          ///< where it begins in the text
};

/// Operands stand before the nodes that use them; the last node is the whole expression.
struct ExpressionTree {
  std::string text;
  std::vector<ExpressionNode> nodes;
};

}  // namespace fullbase::data
