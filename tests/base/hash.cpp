// Hashes are those of their definitions, in one piece or many.
#include "base/hash.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace fullbase::base
