// Distinct texts and their numbers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/budget.hpp"
#include "data/strings.hpp"

namespace fullbase::texts {

/// Numbers distinct texts, such as terms, from 0 on, in the order in which they come. Memory, from the budget: 24 to 32 bytes a
/// text, 8 of them for what a caller keeps of it, and its bytes; up to as much again is reserved ahead.
class TextNumbers {
 public:
  explicit TextNumbers(data::Budget& budget) : budget_(&budget) {}

  std::int32_t size() const noexcept { return static_cast<std::int32_t>(texts_.size()); }
  const data::Strings& texts() const noexcept { return texts_; }

  /// The number of a text; -1 where it was not added. Safe from several threads while nothing is added.
  std::int32_t find(std::string_view text) const noexcept;
  /// The number of a text, a new one if need be. Throws an input error beyond 2^31 - 2 texts.
  std::int32_t add(std::string_view text);

 private:
  /// Where a text is, or would be.
  std::size_t place_of(std::string_view text) const noexcept;
  void make_room(std::int64_t bytes);
  void rehash(std::size_t places);

  data::Budget* budget_;
  data::Strings texts_;
  std::vector<std::int32_t> table_;  ///< hash -> number, -1 is empty; a power of two long
  std::vector<data::Reservation> memory_;
  std::int64_t reserved_ = 0;
};

/// By which a text is found, and goes to one of several ranks.
std::uint64_t text_hash(std::string_view text) noexcept;

}  // namespace fullbase::texts
