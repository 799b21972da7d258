// A description reads what is right, fills in defaults, and reports everything that is wrong at its place.
#include "config/description.hpp"

#include <gmock/gmock.h>

#include "config/example.hpp"

namespace fullbase::config::example {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Description, FillsInDefaultsFromMemberInitialisers) {
  const auto options = parsed<Options>("columns: {price: log1p}");
  Options expected;
  expected.columns = {{{"price", {}}, {Log1p{}}}};
  EXPECT_EQ(options, expected);
}

TEST(Description, ReadsEveryKindOfValue) {
  const auto options = parsed<Options>(
      "k: 5\ntolerance: 1e-3\ninit: random\nmemory: 4GiB\nwindow: 12h\nsearch: {rounds: 3, early_stop: false}\n"
      "where: price > 0\nsince: 2011-12-10\n"
      "columns:\n  a: log1p\n  b: [{clip: [0, 10]}, log1p]\n  c: {impute: {constant: 7}}\n  d: impute\n");
  EXPECT_EQ(options.k, std::vector<std::int64_t>{5});
  EXPECT_EQ(options.tolerance, 1e-3);
  EXPECT_EQ(options.init, Init::random);
  EXPECT_EQ(options.memory, std::int64_t{4} << 30);
  EXPECT_EQ(options.window, 43'200'000'000);
  EXPECT_EQ(options.search, (Search{3, false}));
  EXPECT_EQ(options.where->value, "price > 0");
  EXPECT_EQ(options.where->position, (Position{"job.yaml", 7, 8}));
  EXPECT_EQ(options.since->value, "2011-12-10");
  ASSERT_EQ(options.columns.size(), 4U);
  EXPECT_EQ(options.columns[0].first.position, (Position{"job.yaml", 10, 3}));
  EXPECT_EQ(options.columns[1].second, (std::vector<Transform>{Clip{{0, 10}}, Log1p{}}));
  EXPECT_EQ(options.columns[2].second, std::vector<Transform>{Impute{7.0}});
  EXPECT_EQ(options.columns[3].second, std::vector<Transform>{Impute{}});
}

TEST(Description, ReportsAllMistakesAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(mistakes("k: [1, 0, 1.5, 1]\n"
                     "tolerence: 0.1\n"
                     "init: kmeans++\n"
                     "memory: 4 apples\n"
                     "search: {rounds: 010, early_stop: yes, depth: 3}\n"
                     "where: [a]\n"
                     "since: 2011-13-10\n"
                     "columns:\n"
                     "  price: [log1p, {clip: [0, x]}, logp, clip, {log1p: 1}]\n"
                     "  price: log1p\n"),
            "15 mistakes in the job file\n"
            "  job.yaml:1:8: k[1]: 0 is out of range; allowed: at least 1\n"
            "  job.yaml:1:11: k[2]: '1.5' is not a whole number; write it in decimal digits, without a fraction\n"
            "  job.yaml:2:1: unknown key 'tolerence'; did you mean 'tolerance'?\n"
            "  job.yaml:3:7: init: 'kmeans++' is not one of random, k-means++; did you mean 'k-means++'?\n"
            "  job.yaml:4:9: memory: a size such as 4GiB is expected, found '4 apples'\n"
            "  job.yaml:5:18: search.rounds: '010' begins with 0, which some readers of YAML take for octal; write it in decimal "
            "digits, without a fraction\n"
            "  job.yaml:5:35: search.early_stop: true or false is expected, found 'yes'; write true\n"
            "  job.yaml:5:40: search: unknown key 'depth'; known: rounds, early_stop\n"
            "  job.yaml:6:8: where: a text is expected, found a list\n"
            "  job.yaml:7:8: since: '2011-13-10' has a field out of range; a date such as 2011-12-10 or a time such as "
            "2011-12-10T08:26:00Z is expected\n"
            "  job.yaml:9:29: columns.price[1].clip[1]: 'x' is not a number; write it in decimal digits\n"
            "  job.yaml:9:34: columns.price[2]: there is no transform 'logp'; did you mean 'log1p'?\n"
            "  job.yaml:9:40: columns.price[3]: 'clip' needs an argument; write {clip: ...}\n"
            "  job.yaml:9:47: columns.price[4]: 'log1p' takes no argument; write log1p\n"
            "  job.yaml:10:3: the key 'price' occurs twice; it was given at job.yaml:9:3 already");
}

TEST(Description, OneMistakeIsOneLineWithPlaceAndAdvice) {
  Diagnostics diagnostics;
  describe(Type<Options>{}).parse(load_text("columns: {a: log1p}\nkk: 3\n", "job.yaml", {}, diagnostics), diagnostics);
  try {
    diagnostics.throw_if_any();
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.exit_code(), 78);
    EXPECT_EQ(error.where(), "job.yaml:2:1");
    EXPECT_EQ(error.problem(), "unknown key 'kk'");
    EXPECT_THAT(error.advice(), StartsWith("known: k, tolerance"));
  }
}

TEST(Description, AMissingRequiredKeyIsReportedAtTheMapping) {
  EXPECT_EQ(mistakes("k: 3\n"), "job.yaml:1:1: the key 'columns' is missing");
}

TEST(Description, SomethingElseThanAMappingIsRefused) {
  EXPECT_EQ(mistakes("[1, 2]"), "job.yaml:1:1: a mapping of the options of kmeans is expected, found a list");
  EXPECT_EQ(mistakes("columns: {a: log1p}\nsearch:\n"),
            "job.yaml:2:1: search: is empty, a mapping of the options of search is expected");
}

TEST(Description, ManyMistakesAreCapped) {
  std::string text = "columns: {a: log1p}\n";
  for (int i = 0; i < 30; ++i) text += "wrong_" + std::to_string(i) + ": 1\n";
  const std::string message = mistakes(text);
  EXPECT_THAT(message, StartsWith("30 mistakes in the job file\n"));
  EXPECT_THAT(message, HasSubstr("wrong_19"));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("wrong_20")));
  EXPECT_THAT(message, ::testing::EndsWith("\n  and 10 more"));
}

TEST(Description, NullIsNoneForOptionalValuesOnly) {
  EXPECT_EQ(parsed<Options>("columns: {a: log1p}\nmemory: null\n").memory, std::nullopt);
  EXPECT_EQ(mistakes("columns: {a: log1p}\nk: ~\n"), "job.yaml:2:1: k: is empty, a whole number is expected");
}

struct Range {
  int low = 0;
  int high = 1;
};

TEST(Description, ConditionsRunOnceEveryOptionIsRight) {
  const auto description =
      Description<Range>("range")
          .option("low", &Range::low, "",
                  check("even", [](int low) { return low % 2 == 0 ? std::string() : std::string("has to be even"); }))
          .option("high", &Range::high, "")
          .check([](const Range& range, const Node& node, Diagnostics& diagnostics) {
            if (range.low > range.high) diagnostics.error(locate(node, "high"), "high lies below low");
          });
  const auto read = [&](const Node& node, Diagnostics& diagnostics) { description.parse(node, diagnostics); };
  EXPECT_EQ(mistakes("low: 2\nhigh: 3\n", read), "");
  EXPECT_EQ(mistakes("low: 4\nhigh: 3\n", read), "job.yaml:2:7: high lies below low");
  EXPECT_EQ(mistakes("low: 5\nhigh: 3\n", read), "job.yaml:1:6: low: has to be even");
  EXPECT_EQ(description.find("low")->shape.rules.remarks, std::vector<std::string>{"even"});
}

TEST(Description, RangesBesideANamedFormAreAFaultOfOurs) {
  EXPECT_THROW(Description<Range>("range").option("low", &Range::low, "", form<int>(), at_least(1)), base::Error);
  EXPECT_THROW(Description<Range>("range").option("low", &Range::low, "").option("low", &Range::high, ""), base::Error);
}

struct Common {
  std::string job;
  std::vector<std::string> from;
};
Description<Common> describe_common() {
  return Description<Common>("step").required("job", &Common::job, "The job.").option("from", &Common::from, "Inputs.");
}

TEST(Description, TwoDescriptionsReadOneMapping) {
  const auto common = describe_common();
  const auto kmeans = describe(Type<Options>{});
  const auto search = describe(Type<Search>{});
  const auto form = mapping_of(kinds("job", common, {&kmeans, &search}), identifier_keys());
  const auto read = [&](const Node& node, Diagnostics& diagnostics) {
    const auto steps = form.parse(node, diagnostics);
    if (!steps) return;
    for (const auto& [id, step] : *steps) {
      EXPECT_EQ(common.parse_own(step, diagnostics).from, std::vector<std::string>{"sales"});
      EXPECT_EQ(search.parse_own(step, diagnostics).rounds, 4);
      EXPECT_EQ(step.without(search.keys()).entries().size(), 2U);
    }
  };
  EXPECT_EQ(mistakes("a: {job: search, from: sales, rounds: 4}\n", read), "");
  EXPECT_EQ(mistakes("A: {job: search}\n"
                     "b: {job: serch}\n"
                     "c: {from: x}\n"
                     "d: {job: search, fron: sales, round: 1, k: 3}\n"
                     "e: 3\n",
                     read),
            "7 mistakes in the job file\n"
            "  job.yaml:1:1: the name 'A' is not allowed; names are lower-case letters, digits and _, a letter first\n"
            "  job.yaml:2:10: b.job: there is no job 'serch'; did you mean 'search'?\n"
            "  job.yaml:3:4: c: the key 'job' is missing\n"
            "  job.yaml:4:18: d: unknown key 'fron'; did you mean 'from'?\n"
            "  job.yaml:4:31: d: unknown key 'round'; did you mean 'rounds'?\n"
            "  job.yaml:4:41: d: unknown key 'k'; known: job, from, rounds, early_stop\n"
            "  job.yaml:5:4: e: a mapping with the key 'job' is expected, found '3'");
}

TEST(Node, LocatesTheNearestWrittenThingAboveAPath) {
  Diagnostics diagnostics;
  const Node node = load_text("a:\n  b.c: [1, {d: 2}]\n  b: 3\n", "f", {}, diagnostics);
  EXPECT_EQ(locate(node, "a.b.c[1].d").text(), "f:2:16");
  EXPECT_EQ(locate(node, "a.b.c[1].e").text(), "f:2:12");
  EXPECT_EQ(locate(node, "a.b.c[7]").text(), "f:2:8");
  EXPECT_EQ(locate(node, "a.b").text(), "f:3:6");
  EXPECT_EQ(locate(node, "x").text(), "f:1:1");
}

}  // namespace
}  // namespace fullbase::config::example
