// Whatever a file holds, it is read or it is a mistake in the job file: no crash, no other exception, no endless work.
#include <gmock/gmock.h>

#include "config/example.hpp"
#include "mutator.hpp"

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

TEST(Mutation, EveryFileIsReadOrRefused) {
  read(valid);
  auto mutator = testing::yaml_mutator();
  for (int i = 0; i < 8'000 && !::testing::Test::HasFatalFailure(); ++i) read(mutator.mutated(valid));
}

TEST(Mutation, EveryOverrideIsReadOrRefused) {
  auto mutator = testing::yaml_mutator();
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
