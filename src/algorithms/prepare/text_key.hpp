// Texts as fixed-size keys that are equal just if the texts are.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace fullbase::prepare {

/// A text of up to 15 bytes as it is, its length beside it; a longer one as 120 bits of its SHA-256 with a mark that no length
/// has.
struct TextKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const TextKey&, const TextKey&) = default;
};
TextKey text_key(std::string_view text);

}  // namespace fullbase::prepare
