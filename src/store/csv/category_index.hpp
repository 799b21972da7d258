// The categories that one thread has met in one column, in order of first sight: an open-addressing table from text to code.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "data/strings.hpp"

namespace fullbase::store::csv {

/// Memory: 24 to 48 bytes a category, plus its text and 8 bytes.
class CategoryIndex {
 public:
  static constexpr std::int32_t unknown = -1;

  /// A text prepared for look-up. Texts of up to 8 bytes are their own key; of others the key is a hash.
  struct Key {
    std::uint64_t word = 0;
    std::uint32_t size = 0;
  };

  CategoryIndex();

  /// 8 readable bytes follow the text.
  static Key key(std::string_view text) noexcept;
  /// Asks for the memory that find() will look at.
  void prefetch(const Key& key) const noexcept { __builtin_prefetch(&slots_[place(key)]); }
  std::int32_t find(const Key& key, std::string_view text) const noexcept;
  /// Adds a text that find() does not know. Throws an input error beyond 2^31 - 1 categories.
  std::int32_t insert(const Key& key, std::string_view text);

  std::int32_t size() const noexcept { return static_cast<std::int32_t>(texts_.size()); }
  /// By code.
  const data::Strings& texts() const noexcept { return texts_; }

 private:
  struct Slot {
    std::uint64_t word;
    std::uint32_t size;
    std::int32_t code;
  };
  std::size_t place(const Key& key) const noexcept {
    const std::uint64_t mixed = (key.word ^ (key.word >> 29) ^ key.size) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::size_t>(mixed >> shift_);
  }
  void put(const Slot& slot) noexcept;
  void grow();

  std::vector<Slot> slots_;
  int shift_;
  data::Strings texts_;
};

}  // namespace fullbase::store::csv
