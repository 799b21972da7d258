// Whatever a file holds, it is read or it is a mistake in the job file: no crash, no other exception, no endless work.
#include <gmock/gmock.h>

#include <random>

#include "config/example.hpp"

namespace fullbase::config::example {
namespace {

const char* const valid =
    "k: [2, 3]\ntolerance: 1e-3\ninit: random\nmemory: \"${MEMORY:-4GiB}\"\nwindow: 12h\n"
    "search: {rounds: 3, early_stop: false}\nwhere: \"price > 0 and name is not 'x'\"\nsince: 2011-12-10\n"
    "columns:\n  a: log1p\n  b: [{clip: [0, 10]}, log1p]\n  # a comment\n  c: {impute: {constant: 7}}\n  d: |\n    impute\n";

/// Any text ends in options or in a job-file error.
void read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Diagnostics diagnostics;
  try {
    describe(Type<Options>{}).parse(load_text(text, "job.yaml", {overrides, no_variables()}, diagnostics), diagnostics);
    diagnostics.throw_if_any();
  } catch (const base::Error& error) {
    ASSERT_EQ(error.kind(), base::ErrorKind::job_file) << error.what() << "\n" << text;
  } catch (const std::exception& error) {
    FAIL() << error.what() << "\n" << text;
  }
}

class Mutator {
 public:
  std::string mutated(std::string text) {
    for (std::size_t changes = 1 + below(6); changes > 0; --changes) change(text);
    return text;
  }
  std::size_t below(std::size_t end) { return random_() % end; }

 private:
  void change(std::string& text) {
    static constexpr std::string_view special = "{}[]:,#&*!|>'\"%@`-?~$\n\t =<\\0\xff\xc3";
    static const std::vector<std::string> pieces = {"${",    "}",      ": ",   "- ",   "\n  ", "<<: ",        "---\n",
                                                    "...\n", "!!int ", "&a ",  "*a",   "? ",   "''",          "1e999999999999",
                                                    ".nan",  "0x",     "null", "{a: ", "[[[[", "%YAML 9.9\n", "\\u0000",
                                                    "|2\n"};
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, 1, special[below(special.size())]);
        break;
      case 1:
        text.insert(at, pieces[below(pieces.size())]);
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
  std::mt19937_64 random_{20261124};
};

TEST(Mutation, EveryFileIsReadOrRefused) {
  read(valid);
  Mutator mutator;
  for (int i = 0; i < 8'000 && !::testing::Test::HasFatalFailure(); ++i) read(mutator.mutated(valid));
}

TEST(Mutation, EveryOverrideIsReadOrRefused) {
  Mutator mutator;
  for (int i = 0; i < 2'000 && !::testing::Test::HasFatalFailure(); ++i)
    read(valid, {mutator.mutated("columns.b[0].clip[1]=[1, {a: 2}]")});
}

TEST(Mutation, EveryStartOfAFileIsReadOrRefused) {
  const std::string text = valid;
  for (std::size_t length = 0; length <= text.size(); ++length) read(text.substr(0, length));
}

TEST(Mutation, LargeHostileFilesEnd) {
  const std::size_t size = max_document_bytes / 8;
  const auto repeated = [&](std::string_view piece) {
    std::string text;
    while (text.size() + piece.size() <= size) text += piece;
    return text;
  };
  for (const char* piece : {"[",    "{",    "a: ", "- ", "? ",  "'",    "\"",  "\\",  "# ",     "x\n",
                            "[a, ", "{a: ", "[{",  "x ", "|\n", "\n\n", "&a ", "!t ", "a: 1\n", "[],"}) {
    read(repeated(piece));
  }
  std::string keys;
  for (int i = 0; keys.size() < size - 20; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  read(keys);
  read("k: [" + repeated("0,") + "]");
  read("columns: {" + std::string(size - 20, 'x') + ": logp}");
}

}  // namespace
}  // namespace fullbase::config::example
