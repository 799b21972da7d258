// Pseudonyms against Python's hashlib.blake2b(text, key=key, digest_size=16), which the guide names as their equivalent.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/pseudonym.hpp"

namespace fullbase::base {
namespace {

/// The bytes 0, 1, 2, ...
PseudonymKey counting_key(std::size_t size, int first = 0) {
  PseudonymKey key(size);
  for (auto& byte : key.bytes()) byte = static_cast<std::byte>(first++);
  return key;
}

TEST(Pseudonym, IsWhatPythonComputes) {
  const auto key = counting_key(32);
  // import hashlib; key = bytes(range(32)); hashlib.blake2b(b"17850", key=key, digest_size=16).hexdigest()
  EXPECT_EQ(key.pseudonym(""), "3daf97bce7888fd59773c66bf647459c");
  EXPECT_EQ(key.pseudonym("17850"), "a6e8d4b4c475459c29ef55b936d1a5a2");
  EXPECT_EQ(key.pseudonym("M\xc3\xbcller"), "5fedc94a9ca17527a2b0e9af1c52f826");
  EXPECT_EQ(key.pseudonym(std::string(1000, 'x')), "47a3dc8cb084a2596adb50fe48869f8c");
  EXPECT_EQ(counting_key(64).pseudonym("17850"), "046ca4d45a1ee1b244078b0125a8f79a");
}

TEST(Pseudonym, DependsOnEveryByteOfTheKeyAndOnItsLength) {
  std::set<std::string> pseudonyms = {counting_key(32).pseudonym("17850")};
  std::set<std::string> fingerprints = {counting_key(32).fingerprint()};
  for (std::size_t byte = 0; byte < 32; ++byte) {
    auto key = counting_key(32);
    key.bytes()[byte] ^= std::byte{1};
    EXPECT_TRUE(pseudonyms.insert(key.pseudonym("17850")).second) << byte;
    EXPECT_TRUE(fingerprints.insert(key.fingerprint()).second) << byte;
  }
  PseudonymKey padded(33);
  std::copy_n(counting_key(32).bytes().begin(), 32, padded.bytes().begin());
  EXPECT_TRUE(pseudonyms.insert(padded.pseudonym("17850")).second);
}

TEST(Pseudonym, FingerprintAndSealAreNoPseudonyms) {
  const auto key = counting_key(32);
  EXPECT_EQ(key.fingerprint().size(), 32U);
  EXPECT_NE(key.fingerprint(), key.pseudonym(""));
  EXPECT_EQ(key.sealed("abc").size(), 64U);
  EXPECT_EQ(key.sealed("abc"), counting_key(32).sealed("abc"));
  EXPECT_NE(key.sealed("abc"), counting_key(32, 1).sealed("abc"));
  EXPECT_NE(key.sealed("abc").substr(0, 32), key.pseudonym("abc"));
}

}  // namespace
}  // namespace fullbase::base
