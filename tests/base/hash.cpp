// Hashes are those of their definitions, in one piece or many.
#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace fullbase::base {
namespace {

TEST(Sha256, OfThePublishedExample) {
  const auto value = sha256("abc");
  EXPECT_EQ(hex(value), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Xxh3, InPiecesIsTheSame) {
  std::vector<std::byte> bytes(5000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * i % 251);
  for (const std::size_t cut : {0, 1, 16, 240, 241, 1024, 4999, 5000}) {
    Xxh3 hash;
    hash.add(std::span(bytes).first(cut)).add(std::span(bytes).subspan(cut));
    EXPECT_EQ(hash.value(), xxh3(bytes)) << cut;
  }
  EXPECT_EQ(Xxh3().value(), xxh3({}));
}

#if defined(__x86_64__)
/// Of ymm0 to ymm15, the upper halves.
std::array<std::uint64_t, 32> upper_halves() {
  std::array<std::uint64_t, 32> halves{};
#define FULLBASE_STORE(at) "vextractf128 $1, %%ymm" #at ", 16*" #at "(%0)\n"
  __asm__ volatile(FULLBASE_STORE(0) FULLBASE_STORE(1) FULLBASE_STORE(2) FULLBASE_STORE(3) FULLBASE_STORE(4) FULLBASE_STORE(5)
                       FULLBASE_STORE(6) FULLBASE_STORE(7) FULLBASE_STORE(8) FULLBASE_STORE(9) FULLBASE_STORE(10)
                           FULLBASE_STORE(11) FULLBASE_STORE(12) FULLBASE_STORE(13) FULLBASE_STORE(14) FULLBASE_STORE(15)
                   :
                   : "r"(halves.data())
                   : "memory");
#undef FULLBASE_STORE
  return halves;
}

TEST(Xxh3, LeavesNoUpperHalvesOfRegistersInUse) {
  if (!__builtin_cpu_supports("avx")) GTEST_SKIP() << "the machine has no AVX";
  const std::vector<std::byte> bytes(1 << 16, std::byte{7});
  const std::array<std::uint64_t, 32> none{};
  Xxh3 pieces;
  const auto hash = xxh3(bytes);
  EXPECT_EQ(upper_halves(), none);
  pieces.add(bytes);
  EXPECT_EQ(upper_halves(), none);
  const auto of_pieces = pieces.value();
  EXPECT_EQ(upper_halves(), none);
  EXPECT_EQ(of_pieces, hash);
}
#endif

}  // namespace
}  // namespace fullbase::base
