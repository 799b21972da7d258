// A job file is YAML without its traps: whatever cannot be meant is refused with its place.
#include "config/document.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/echo.hpp"
#include "config/example.hpp"

namespace fullbase::config::example {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The tree as one line of JSON, or the message.
std::string loaded(const std::string& text, const Loading& loading = {{}, no_variables()}) {
  std::string json;
  const std::string message = mistakes(
      text, [&](const Node& node, Diagnostics&) { json = to_json(node, 0); }, loading);
  return message.empty() ? json : message;
}

Loading with(std::vector<std::string> overrides) {
  return {std::move(overrides), [](std::string_view name) -> std::optional<std::string> {
            if (name == "SET") return "7";
            if (name == "EMPTY") return "";
            if (name == "BAD") return "\xff";
            return std::nullopt;
          }};
}

TEST(Document, KeepsOrderKindsAndQuotes) {
  EXPECT_EQ(loaded("b: [1, '1', x, ~, ]\na: {c: , d: true}\n"), R"({"b":[1,"1","x",null],"a":{"c":null,"d":true}})");
  EXPECT_EQ(loaded("a: |\n  two\n  lines\nb: >-\n  one\n  line\n"), R"({"a":"two\nlines\n","b":"one line"})");
  EXPECT_EQ(loaded("\xEF\xBB\xBF"
                   "a: 1\r\nb: 2\r\n"),
            R"({"a":1,"b":2})");
  EXPECT_EQ(loaded("%YAML 1.2\n---\na: 1\n...\n"), R"({"a":1})");
}

TEST(Document, PositionsAreThoseOfAnEditor) {
  Diagnostics diagnostics;
  const Node node = load_text("# a comment\na:\n  - x\n  - {k: 'v'}\nempty:\nb: 3\n", "f.yaml", {}, diagnostics);
  EXPECT_EQ(locate(node, "a[0]").text(), "f.yaml:3:5");
  EXPECT_EQ(locate(node, "a[1].k").text(), "f.yaml:4:9");
  EXPECT_EQ(locate(node, "empty").text(), "f.yaml:5:1");
  EXPECT_EQ(locate(node, "b").text(), "f.yaml:6:4");
  EXPECT_EQ(node.entries()[1].key_position.text(), "f.yaml:5:1");
}

TEST(Document, DuplicateKeysAreReportedWithBothPlaces) {
  EXPECT_EQ(loaded("a: 1\nb: {c: 1, c: 2}\na: 3\n"),
            "2 mistakes in the job file\n"
            "  job.yaml:2:11: the key 'c' occurs twice; it was given at job.yaml:2:5 already\n"
            "  job.yaml:3:1: the key 'a' occurs twice; it was given at job.yaml:1:1 already");
  EXPECT_THAT(loaded("a: 1\n\"a\": 2\n"), HasSubstr("occurs twice"));
}

TEST(Document, AliasesAreRefused) {
  EXPECT_THAT(loaded("a: &x [1]\nb: *x\n"), StartsWith("job.yaml:1:4: anchors (&name) and aliases (*name) are not allowed"));
  EXPECT_THAT(loaded("a: &x [*x]\n"), HasSubstr("are not allowed"));  // one that holds itself
  EXPECT_THAT(loaded("a: *nowhere\n"), StartsWith("job.yaml:1:"));
  EXPECT_THAT(loaded("<<: &x {a: 1}\n"), HasSubstr("are not allowed"));
  std::string laughs = "a0: &a0 [lol, lol]\n";
  for (int i = 1; i < 40; ++i) {
    const auto name = std::to_string(i);
    const auto last = std::to_string(i - 1);
    laughs += "a" + name + ": &a" + name + " [*a" + last + ", *a" + last + "]\n";
  }
  EXPECT_THAT(loaded(laughs), StartsWith("job.yaml:1:5: anchors"));
}

TEST(Document, TagsKeysAndDocumentsBeyondAJobFileAreRefused) {
  EXPECT_THAT(loaded("a: !!binary aGk=\n"), StartsWith("job.yaml:1:4: tags such as '!binary' are not allowed"));
  EXPECT_THAT(loaded("a: !own {b: 1}\n"), HasSubstr("tags such as '!own' are not allowed"));
  EXPECT_THAT(loaded("a: 1\n---\nb: 2\n"), HasSubstr("job.yaml:2:1: a second document begins here"));
  EXPECT_THAT(loaded("? [a, b]\n: 1\n"), HasSubstr("a list or mapping stands where a key should"));
  EXPECT_THAT(loaded("~: 1\n"), HasSubstr("a key may not be empty"));
  EXPECT_THAT(loaded(""), HasSubstr("job.yaml: the file is empty"));
  EXPECT_THAT(loaded("# nothing\n"), HasSubstr("the file is empty"));
}

TEST(Document, NestingHasALimit) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_THAT(loaded(nested(max_document_depth)), StartsWith("[[["));
  EXPECT_THAT(loaded(nested(max_document_depth + 1)),
              HasSubstr("job.yaml:1:65: lists and mappings are nested more than 64 deep"));
  EXPECT_THAT(loaded(nested(100'000)), HasSubstr("nested more than 64 deep"));
  std::string blocks;
  for (int i = 0; i < 1200; ++i) blocks += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(loaded(blocks), HasSubstr("nested more than 64 deep"));
}

TEST(Document, SizeHasALimit) {
  const std::string head = "a: 1\n#";
  EXPECT_EQ(loaded(head + std::string(max_document_bytes - head.size(), 'x')), R"({"a":1})");
  EXPECT_THAT(loaded(head + std::string(max_document_bytes - head.size() + 1, 'x')), HasSubstr("longer than 1 MiB"));
}

TEST(Document, BytesHaveToBeText) {
  EXPECT_THAT(loaded("a: 1\nb: x\xff\n"), StartsWith("job.yaml:2:5: the text is not UTF-8"));
  EXPECT_THAT(loaded("a: \xed\xa0\x80\n"), StartsWith("job.yaml:1:4: the text is not UTF-8"));
  EXPECT_THAT(loaded(std::string("a: \0\n", 5)), StartsWith("job.yaml:1:4: control characters"));
  EXPECT_THAT(loaded("a: \"\\0\"\n"), HasSubstr("the text holds a zero byte"));
  EXPECT_EQ(loaded("a: \xc3\xa9\n"), "{\"a\":\"\xc3\xa9\"}");
}

TEST(Document, SyntaxErrorsSayWhereAndWhatToDo) {
  EXPECT_THAT(loaded("a: 1\nb:\n\tc: 2\n"),
              ::testing::AllOf(StartsWith("job.yaml:3:"), HasSubstr("this is not YAML"), HasSubstr("tabs")));
  EXPECT_THAT(loaded("a: {b: ${X}}\n"), ::testing::AllOf(StartsWith("job.yaml:1:"), HasSubstr("double quotes")));
  EXPECT_THAT(loaded("a: [1, 2\n"), HasSubstr("this is not YAML"));
  EXPECT_THAT(loaded("a: b: c\n"), HasSubstr("job.yaml:1:"));
  for (const char* unclosed : {"a: 'x\n", "a: 'x", "a: \"x\n\nb: 2\n", "a: [1, 'x\n]\n"}) {
    EXPECT_THAT(loaded(unclosed), HasSubstr("this is not YAML")) << unclosed;
  }
}

TEST(Document, FilesThatCannotBeReadAreAMistakeOfTheJobFile) {
  Diagnostics diagnostics;
  for (const std::string path : {"/nonexistent/job.yaml", "/"}) {
    try {
      load_text(read_document(path), path, {}, diagnostics);
      FAIL() << path;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
      EXPECT_EQ(error.where(), path);
    }
  }
  try {
    load_text(read_document("/dev/zero"), "/dev/zero", {}, diagnostics);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("longer than 1 MiB"));
  }
}

TEST(Document, AFileIsReadUnderItsName) {
  const auto path = std::filesystem::temp_directory_path() / ("fullbase-config-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << "a: [1]\n";
  Diagnostics diagnostics;
  const Node node = load_text(read_document(path.string()), path.string(), {}, diagnostics);
  std::filesystem::remove(path);
  EXPECT_EQ(node.position().source, path.string());
  EXPECT_EQ(to_json(node, 0), R"({"a":[1]})");
}

TEST(Variables, AreReplacedInValues) {
  EXPECT_EQ(loaded("a: ${SET}\nb: 'x${SET}y'\nc: \"${NOT:-d e}\"\nd: \"${EMPTY:-e}\"\ne: '${EMPTY}'\n", with({})),
            R"({"a":7,"b":"x7y","c":"d e","d":"e","e":""})");
  EXPECT_EQ(loaded("a: $$\nb: $${SET}\nc: 5$\nd: $x\n", with({})), R"({"a":"$","b":"${SET}","c":"5$","d":"$x"})");
  EXPECT_EQ(loaded("'${SET}': \"${SET}\"\n", with({})), R"({"${SET}":7})");
}

TEST(Variables, AQuotedValueIsANumberOnceReplaced) {
  EXPECT_EQ(parsed<Search>("{rounds: \"${SET}\"}", with({})).rounds, 7);
  EXPECT_EQ(parsed<Search>("{rounds: \"${NOT:-3}\"}", with({})).rounds, 3);
}

TEST(Variables, MistakesAreReportedOnceAndTogether) {
  const auto read = [](const Node& node, Diagnostics& diagnostics) { describe(Type<Search>{}).parse(node, diagnostics); };
  EXPECT_EQ(mistakes("rounds: \"${NOT}\"\nearly_stop: \"${1x}\"\n", read, with({})),
            "2 mistakes in the job file\n"
            "  job.yaml:1:9: rounds: the environment variable NOT is not set; set it, or give a default: ${NOT:-default}\n"
            "  job.yaml:2:13: early_stop: '1x' is not the name of a variable; write ${NAME} or ${NAME:-default}, or $$ for a "
            "dollar sign");
  EXPECT_THAT(loaded("a: \"${SET\"\n", with({})), HasSubstr("has no closing brace"));
  EXPECT_THAT(loaded("a: ${BAD}\n", with({})), HasSubstr("is not UTF-8"));
}

TEST(Variables, ComeFromTheProcessByDefault) {
  ASSERT_EQ(::setenv("FULLBASE_CONFIG_TEST", "here", 1), 0);
  EXPECT_EQ(process_environment()("FULLBASE_CONFIG_TEST"), "here");
  ASSERT_EQ(::unsetenv("FULLBASE_CONFIG_TEST"), 0);
  EXPECT_EQ(process_environment()("FULLBASE_CONFIG_TEST"), std::nullopt);
}

TEST(Overrides, ReplaceAddAndAppend) {
  const std::string text = "a: {b: [1, 2], x.y: 3}\n";
  EXPECT_EQ(loaded(text, with({"a.b[1]=5"})), R"({"a":{"b":[1,5],"x.y":3}})");
  EXPECT_EQ(loaded(text, with({"a.b[2]=five"})), R"({"a":{"b":[1,2,"five"],"x.y":3}})");
  EXPECT_EQ(loaded(text, with({"a.b=[]"})), R"({"a":{"b":[],"x.y":3}})");
  EXPECT_EQ(loaded(text, with({"a.x.y='4'"})), R"({"a":{"b":[1,2],"x.y":"4"}})");
  EXPECT_EQ(loaded(text, with({"c.d[0].e={f: true}", "c.g="})),
            R"({"a":{"b":[1,2],"x.y":3},"c":{"d":[{"e":{"f":true}}],"g":null}})");
  EXPECT_EQ(loaded(text, with({"a=${SET}"})), R"({"a":7})");
}

TEST(Overrides, AreCheckedLikeTheRest) {
  const auto read = [](const Node& node, Diagnostics& diagnostics) { describe(Type<Search>{}).parse(node, diagnostics); };
  EXPECT_EQ(mistakes("rounds: 3", read, with({"rounds=0", "round=1", "early_stop=no"})),
            "3 mistakes in the job file\n"
            "  --set early_stop=no: early_stop: true or false is expected, found 'no'; write false\n"
            "  --set round=1: unknown key 'round'; did you mean 'rounds'?\n"
            "  --set rounds=0: rounds: 0 is out of range; allowed: at least 1");
}

TEST(Overrides, ThatLeadNowhereAreMistakes) {
  const std::string text = "a: {b: [1, 2]}\n";
  for (const char* wrong : {"",
                            "a",
                            "=1",
                            ".a=1",
                            "a.=1",
                            "a..b=1",
                            "[0]=1",
                            "a.b[9]=1",
                            "a.b[x]=1",
                            "a.b[0=1",
                            "a.b.c=1",
                            "a[0]=1",
                            "a.b[0].c=1",
                            "a=[",
                            "a=*x",
                            "a=!t 1",
                            "a={b: 1, b: 2}",
                            "a=\xff",
                            "a=${NOT}",
                            "a.b[99999999999999999999]=1"}) {
    EXPECT_THAT(loaded(text, with({wrong})), StartsWith("--set ")) << wrong;
  }
  std::string deep = "a";
  for (int i = 0; i < 100; ++i) deep += ".a";
  EXPECT_THAT(loaded("x: 1", with({deep + "=1"})), HasSubstr("more than 64 deep"));
}

}  // namespace
}  // namespace fullbase::config::example
