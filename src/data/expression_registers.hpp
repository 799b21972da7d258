// Pieces of columns while an expression is worked out. Private to src/data.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/expression_program.hpp"

namespace fullbase::data {

/// Rows worked on at a time, so that registers stay in the first-level caches.
inline constexpr int expression_piece = 1024;

struct ExpressionRegister {
  std::vector<std::int64_t> integers;  ///< a missing one is 0
  std::vector<double> reals;           ///< a missing one is NaN
  std::vector<std::uint8_t> truths;
  std::vector<std::string_view> texts;  ///< a missing one is empty
  std::vector<std::uint8_t> mask;       ///< of integers and texts, where any_missing: 1 = missing
  bool any_missing = false;

  void allocate(RegisterKind kind);
};

/// A number that did not fit, at a row of the piece.
struct ExpressionOverflow {
  int row = -1;
  const std::uint8_t* taking_part = nullptr;  ///< of the piece; null: all rows
  void at(int other) noexcept {
    if (taking_part != nullptr && taking_part[other] == 0) return;
    if (row < 0 || other < row) row = other;
  }
};

/// The instructions that compute on registers alone; n rows.
void apply_arithmetic(const ExpressionInstruction& instruction, std::vector<ExpressionRegister>& registers, int n,
                      ExpressionOverflow& overflow);
void apply_comparison(const ExpressionInstruction& instruction, const ExpressionProgram& program,
                      std::vector<ExpressionRegister>& registers, int n);
void apply_time(const ExpressionInstruction& instruction, const base::TimeZone& zone, std::vector<ExpressionRegister>& registers,
                int n, ExpressionOverflow& overflow);
void apply_text(const ExpressionInstruction& instruction, std::vector<ExpressionRegister>& registers, int n);
void apply_choice(const ExpressionInstruction& instruction, std::vector<ExpressionRegister>& registers, int n);

/// out is missing where a or b is.
void unite_masks(const ExpressionRegister& a, const ExpressionRegister& b, ExpressionRegister& out, int n);

}  // namespace fullbase::data
