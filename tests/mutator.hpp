// Texts with small changes, the same in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fullbase::testing {

class Mutator {
 public:
  /// `special`: bytes, and `pieces`: texts, that mean something where the text is read.
  Mutator(std::string special, std::vector<std::string> pieces, std::uint64_t seed = 20261124)
      : special_(std::move(special)), pieces_(std::move(pieces)), random_(seed) {}

  std::string mutated(std::string text) {
    for (std::size_t changes = 1 + below(6); changes > 0; --changes) change(text);
    return text;
  }
  std::size_t below(std::size_t end) { return random_() % end; }

 private:
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, 1, special_[below(special_.size())]);
        break;
      case 1:
        text.insert(at, pieces_[below(pieces_.size())]);
        break;
      case 2:
        text.erase(at, 1 + below(20));
        break;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), below(60)));
        break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      default:
        text.resize(at);
        break;
    }
  }

  std::string special_;
  std::vector<std::string> pieces_;
  std::mt19937_64 random_;
};

/// Those of a job file.
inline Mutator yaml_mutator(std::uint64_t seed = 20261124) {
  return {"{}[]:,#&*!|>'\"%@`-?~$\n\t =<\\0\xff\xc3",
          {"${",   "}",           ": ",      "- ",  "\n  ",           "<<: ", "---\n", "...\n", "!!int ",
           "&a ",  "*a",          "? ",      "''",  "1e999999999999", ".nan", "0x",    "null",  "{a: ",
           "[[[[", "%YAML 9.9\n", "\\u0000", "|2\n"},
          seed};
}

}  // namespace fullbase::testing
