#include "base/pseudonym.hpp"

#include <sodium.h>

#include <array>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"

namespace fullbase::base {
namespace {

static_assert(PseudonymKey::most_bytes == crypto_generichash_KEYBYTES_MAX);

/// BLAKE2b of 8 * Bytes bits. `purpose`: 16 characters that make it another function than that of pseudonyms; null: that one.
template <std::size_t Bytes>
std::string keyed_hash(std::string_view text, std::span<const std::byte> key, const char* purpose) {
  std::array<std::byte, Bytes> hash;
  const auto* const input = reinterpret_cast<const unsigned char*>(text.data());
  const int status = crypto_generichash_blake2b_salt_personal(
      reinterpret_cast<unsigned char*>(hash.data()), hash.size(), input, text.size(),
      reinterpret_cast<const unsigned char*>(key.data()), key.size(), nullptr, reinterpret_cast<const unsigned char*>(purpose));
  FULLBASE_EXPECTS(status == 0, "BLAKE2b takes a hash and a key of these lengths");
  return hex(hash);
}

}  // namespace

void PseudonymKey::Release::operator()(std::byte* bytes) const noexcept {
  sodium_free(bytes);  // zeroes it first
}

PseudonymKey::PseudonymKey(std::size_t size) : size_(size) {
  FULLBASE_EXPECTS(size >= least_bytes && size <= most_bytes, "a key has 32 to 64 bytes");
  if (sodium_init() < 0) throw io_error("libsodium cannot be used on this machine");
  bytes_.reset(static_cast<std::byte*>(sodium_malloc(size)));
  if (!bytes_) throw io_error("there is no memory for the pseudonyms' key");
  sodium_memzero(bytes_.get(), size);
}

std::string PseudonymKey::pseudonym(std::string_view text) const {
  return keyed_hash<pseudonym_digits / 2>(text, {bytes_.get(), size_}, nullptr);
}

std::string PseudonymKey::fingerprint() const {
  return keyed_hash<16>("", {bytes_.get(), size_}, "fullbase key 1..");
}

std::string PseudonymKey::sealed(std::string_view digest) const {
  return keyed_hash<32>(digest, {bytes_.get(), size_}, "fullbase content");
}

}  // namespace fullbase::base
