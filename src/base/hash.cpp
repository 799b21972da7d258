#include "base/hash.hpp"

#include <openssl/evp.h>
#include <xxhash.h>
#ifdef __x86_64__
#include <xxh_x86dispatch.h>  // XXH3_64bits by the best instruction set of the machine: the same value, up to five times as fast
#endif

#include <bit>
#include <cstring>

#include "base/contract.hpp"
#include "base/cpu.hpp"

static_assert(std::endian::native == std::endian::little, "digests and files are little endian");

namespace fullbase::base {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { FULLBASE_EXPECTS(context && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "libcrypto offers SHA-256"); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::add(std::span<const std::byte> bytes) {
  FULLBASE_EXPECTS(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "libcrypto computes SHA-256");
  return *this;
}
Sha256& Sha256::add(std::string_view text) {
  return add(std::as_bytes(std::span(text.data(), text.size())));
}
Sha256& Sha256::add(std::int64_t value) {
  return add(std::as_bytes(std::span(&value, 1)));
}

Sha256Value Sha256::finish() {
  Sha256Value value{};
  unsigned size = 0;
  const int status = EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(value.data()), &size);
  FULLBASE_EXPECTS(status == 1 && size == value.size(), "libcrypto gives a SHA-256 value of 32 bytes");
  return value;
}

Sha256Value sha256(std::span<const std::byte> bytes) {
  return Sha256().add(bytes).finish();
}
Sha256Value sha256(std::string_view text) {
  return Sha256().add(text).finish();
}

std::string hex(std::span<const std::byte> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

std::uint64_t xxh3(std::span<const std::byte> bytes) {
  // The first call chooses the instruction set, in memory that all threads see.
  [[maybe_unused]] static const auto chosen = XXH3_64bits(nullptr, 0);
  const auto hash = XXH3_64bits(bytes.data(), bytes.size());
  clear_upper_halves();  // libxxhash does not
  return hash;
}

struct Xxh3::State {
  XXH3_state_t* state = XXH3_createState();
  State() { FULLBASE_EXPECTS(state && XXH3_64bits_reset(state) == XXH_OK, "xxHash begins a hash"); }
  ~State() { XXH3_freeState(state); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) {}
Xxh3::~Xxh3() = default;

Xxh3& Xxh3::add(std::span<const std::byte> bytes) {
  const auto status = XXH3_64bits_update(state_->state, bytes.data(), bytes.size());
  clear_upper_halves();
  FULLBASE_EXPECTS(status == XXH_OK, "xxHash goes on with a hash");
  return *this;
}

std::uint64_t Xxh3::value() const {
  const auto hash = XXH3_64bits_digest(state_->state);
  clear_upper_halves();
  return hash;
}

}  // namespace fullbase::base
