// SHA-256 for digests and identities, XXH3 for block checksums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fullbase::base {

using Sha256Value = std::array<std::byte, 32>;

/// Incremental SHA-256 (FIPS 180-4).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& add(std::span<const std::byte> bytes);
  Sha256& add(std::string_view text);
  /// The value as little-endian bytes.
  Sha256& add(std::int64_t value);
  /// Ends the message; the object may not be used again.
  Sha256Value finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256Value sha256(std::span<const std::byte> bytes);
Sha256Value sha256(std::string_view text);

/// Lower-case hexadecimal digits.
std::string hex(std::span<const std::byte> bytes);

/// XXH3-64 with seed 0.
std::uint64_t xxh3(std::span<const std::byte> bytes);

/// The same, of bytes that come in pieces.
class Xxh3 {
 public:
  Xxh3();
  ~Xxh3();
  Xxh3(const Xxh3&) = delete;
  Xxh3& operator=(const Xxh3&) = delete;

  Xxh3& add(std::span<const std::byte> bytes);
  /// Of all bytes so far.
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fullbase::base
