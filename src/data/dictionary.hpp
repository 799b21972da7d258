// The categories of a category column: distinct strings, sorted by bytes, so that codes compare as their texts do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/strings.hpp"

namespace fullbase::data {

class Dictionary {
 public:
  Dictionary() = default;
  /// From distinct strings in ascending byte order; anything else breaks a contract.
  explicit Dictionary(Strings sorted);

  std::int32_t size() const noexcept { return static_cast<std::int32_t>(texts_.size()); }
  std::string_view operator[](std::int32_t code) const noexcept { return texts_[code]; }
  /// The code of a text, by binary search; nothing if it is not a category.
  std::optional<std::int32_t> find(std::string_view text) const noexcept;
  const Strings& texts() const noexcept { return texts_; }

  friend bool operator==(const Dictionary&, const Dictionary&) = default;

 private:
  Strings texts_;
};

using DictionaryPointer = std::shared_ptr<const Dictionary>;

/// Several dictionaries united: the union in byte order, and for each input the table old code -> new code.
struct UnitedDictionary {
  DictionaryPointer dictionary;
  std::vector<std::vector<std::int32_t>> remap;
};
UnitedDictionary unite(std::span<const DictionaryPointer> parts);

}  // namespace fullbase::data
