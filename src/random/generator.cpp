#include "random/generator.hpp"

#include <Random123/philox.h>

#include <bit>
#include <cstring>

#include "base/hash.hpp"

namespace fullbase::random {
namespace {

std::array<std::uint64_t, 4> philox(Key key, std::int64_t row, std::int64_t draw, std::int64_t round,
                                    std::uint64_t attempt) noexcept {
  const r123::Philox4x64::ctr_type counter = {
      {static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(draw), static_cast<std::uint64_t>(round), attempt}};
  const r123::Philox4x64::key_type philox_key = {{key.value, 0}};
  const auto words = r123::Philox4x64()(counter, philox_key);
  return {words[0], words[1], words[2], words[3]};
}

}  // namespace

Key make_key(std::int64_t seed, std::string_view step, std::string_view purpose) {
  // Lengths before texts: no two triples give the same message.
  base::Sha256 hash;
  hash.add(seed);
  hash.add(static_cast<std::int64_t>(step.size())).add(step);
  hash.add(static_cast<std::int64_t>(purpose.size())).add(purpose);
  const base::Sha256Value value = hash.finish();
  Key key;
  std::memcpy(&key.value, value.data(), sizeof key.value);
  return key;
}

std::array<std::uint64_t, 4> Generator::words(std::int64_t row, std::int64_t draw, std::int64_t round) const noexcept {
  return philox(key_, row, draw, round, 0);
}

double Generator::uniform(std::int64_t row, std::int64_t draw, std::int64_t round) const noexcept {
  return static_cast<double>(word(row, draw, round) >> 11) * 0x1p-53;
}

std::uint64_t Generator::below(std::uint64_t bound, std::int64_t row, std::int64_t draw, std::int64_t round) const noexcept {
  // The 2^64 mod bound lowest products are rejected, so that every result has as many words as any other.
  const std::uint64_t rejected = -bound % bound;
  for (std::uint64_t attempt = 0;; ++attempt) {
    for (const std::uint64_t word : philox(key_, row, draw, round, attempt)) {
      const base::uint128 product = static_cast<base::uint128>(word) * bound;
      if (static_cast<std::uint64_t>(product) >= rejected) return static_cast<std::uint64_t>(product >> 64);
    }
  }
}

base::uint128 Generator::below(base::uint128 bound, std::int64_t row, std::int64_t draw, std::int64_t round) const noexcept {
  if (bound >> 64 == 0) return below(static_cast<std::uint64_t>(bound), row, draw, round);
  const base::uint128 last = bound - 1;
  const auto high = static_cast<std::uint64_t>(last >> 64);
  // Candidates of just as many bits as the bound has: fewer than half are rejected.
  const base::uint128 mask = ~base::uint128{0} >> (high == 0 ? 64 : std::countl_zero(high));
  for (std::uint64_t attempt = 0;; ++attempt) {
    const auto words = philox(key_, row, draw, round, attempt);
    for (std::size_t i = 0; i < words.size(); i += 2) {
      const base::uint128 candidate = ((static_cast<base::uint128>(words[i]) << 64) | words[i + 1]) & mask;
      if (candidate <= last) return candidate;
    }
  }
}

}  // namespace fullbase::random
