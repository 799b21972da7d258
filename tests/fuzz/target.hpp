// What every fuzzing target is: a function that takes any bytes. What they stand for is read, or is an error of ours; all else,
// and a broken truth, ends the process. Built by clang it is driven by libFuzzer (preset fuzz), else by replay.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fullbase::fuzz {

inline void require(bool holds, std::string_view truth) {
  if (holds) return;
  std::fprintf(stderr, "BREACH: %.*s\n", static_cast<int>(truth.size()), truth.data());
  std::abort();
}

/// Runs `f`; an error of ours may be of the two kinds that bad input has, and says something. Whether there was none.
template <class F>
bool reads_or_refuses(F&& f) {
  try {
    f();
    return true;
  } catch (const base::Error& error) {
    if (error.kind() != base::ErrorKind::input_data && error.kind() != base::ErrorKind::job_file)
      std::fprintf(stderr, "%s\n", error.what());
    require(error.kind() == base::ErrorKind::input_data || error.kind() == base::ErrorKind::job_file,
            "bad input is an error of the input or the job file");
    require(!error.problem().empty(), "an error says what is wrong");
    return false;
  }
}

/// Takes numbers off the front of the bytes; 0 when there are none left.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  unsigned next() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  unsigned below(unsigned end) { return next() % end; }
  bool empty() const noexcept { return rest_.empty(); }
  std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace fullbase::fuzz
