// Pseudonyms: what stands for a customer's number where the number itself may not. A keyed hash (BLAKE2b, RFC 7693): who has the
// key gets the same pseudonym for the same text everywhere, who has not can neither undo it nor try texts out.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fullbase::base {

/// A secret key. Its memory is locked (not swapped out, as far as the system's limit lets it), left out of core dumps, fenced by
/// guard pages, and zeroed when it goes.
class PseudonymKey {
 public:
  static constexpr std::size_t least_bytes = 32;
  static constexpr std::size_t most_bytes = 64;  ///< all that BLAKE2b takes
  static constexpr std::size_t pseudonym_digits = 32;

  /// A key of zeros, to be filled through bytes(). Throws an io error if the memory cannot be had.
  explicit PseudonymKey(std::size_t size);

  std::span<std::byte> bytes() noexcept { return {bytes_.get(), size_}; }

  /// 32 lower-case hexadecimal digits, 128 bits: in Python hashlib.blake2b(text, key=key, digest_size=16).hexdigest().
  /// Cost: 0.4 us for texts of up to 128 bytes.
  std::string pseudonym(std::string_view text) const;
  /// Tells keys apart and says nothing of them; no text's pseudonym.
  std::string fingerprint() const;
  /// Stands for a digest of contents that hold what has pseudonyms: equal for equal digests, but of no use to who tries contents
  /// out. 64 digits.
  std::string sealed(std::string_view digest) const;

 private:
  struct Release {
    void operator()(std::byte* bytes) const noexcept;
  };
  std::unique_ptr<std::byte, Release> bytes_;
  std::size_t size_ = 0;
};

}  // namespace fullbase::base
