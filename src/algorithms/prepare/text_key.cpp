#include "algorithms/prepare/text_key.hpp"

#include <cstring>

#include "base/hash.hpp"

namespace fullbase::prepare {

TextKey text_key(std::string_view text) {
  unsigned char bytes[16] = {};
  if (text.size() < sizeof bytes) {
    std::memcpy(bytes, text.data(), text.size());
    bytes[15] = static_cast<unsigned char>(text.size());
  } else {
    const base::Sha256Value hash = base::sha256(text);
    std::memcpy(bytes, hash.data(), 15);
    bytes[15] = 16;
  }
  TextKey key;
  std::memcpy(&key.high, bytes, 8);
  std::memcpy(&key.low, bytes + 8, 8);
  return key;
}

}  // namespace fullbase::prepare
