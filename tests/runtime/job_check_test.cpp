#include "runtime/job_check.hpp"

#include <gmock/gmock.h>

#include "config/document.hpp"
#include "config/echo.hpp"
#include "toy_jobs.hpp"

namespace fullbase::runtime {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const data::Schema lines{{{"id", data::Type::int64, false, 0, {}},
                          {"price", data::Type::decimal, true, 2, {}},
                          {"customer", data::Type::category, true, 0, {}}},
                         {}};

struct Checked {
  CheckedJob job;
  std::vector<std::string> errors;
};

/// The job of a text whose store has the table `lines`.
Checked check(const std::string& steps, const std::string& head = "version: 1\nstore: s\n") {
  config::Diagnostics diagnostics;
  const auto root = config::load_text(head + steps, "job.yaml", {}, diagnostics);
  KnownTables tables;
  tables.store["lines"] = lines;
  Checked checked{check_job(parse_job(root, testing::toy_kinds(), diagnostics), tables, diagnostics), {}};
  for (const auto& error : diagnostics.errors()) checked.errors.push_back(error.text());
  return checked;
}

std::vector<std::string> order(const CheckedJob& job) {
  std::vector<std::string> ids;
  for (const auto step : job.graph.order) ids.push_back(job.file.steps[step].id);
  return ids;
}

TEST(JobCheck, OrderFollowsReferencesAndOtherwiseTheFile) {
  const auto checked = check(R"(steps:
  last: {job: copy, from: middle, column: copy}
  other: {job: copy, from: lines, column: id}
  middle: {job: copy, from: first, column: copy}
  first: {job: copy, from: lines, column: id}
)");
  EXPECT_THAT(checked.errors, IsEmpty());
  EXPECT_THAT(order(checked.job), ElementsAre("first", "middle", "last", "other"));
}

TEST(JobCheck, ACycleIsNamedWhereItCloses) {
  const auto checked = check(R"(steps:
  a: {job: copy, from: b, column: copy}
  b: {job: copy, from: c, column: copy}
  c: {job: copy, from: a, column: copy}
  d: {job: copy, from: d, column: copy}
)");
  ASSERT_EQ(checked.errors.size(), 2U);
  EXPECT_THAT(checked.errors[0], HasSubstr("job.yaml:6:24"));
  EXPECT_THAT(checked.errors[0], HasSubstr("a reads b reads c reads a"));
  EXPECT_THAT(checked.errors[1], HasSubstr("step d reads itself"));
}

TEST(JobCheck, TwoColumnsOfOneNameAreRefusedWithTheirPlace) {
  const auto checked = check(R"(steps:
  one: {job: copy, from: lines, column: id, twice: true}
)");
  ASSERT_EQ(checked.errors.size(), 1U);
  EXPECT_THAT(checked.errors[0], HasSubstr("job.yaml:4:8"));
  EXPECT_THAT(checked.errors[0], HasSubstr("two columns named 'copy'"));
}

TEST(JobCheck, EveryMistakeIsReportedAtOnceWithItsPlace) {
  const auto checked = check(R"(steps:
  one: {job: copy, from: linse, column: id}
  two: {job: copy, from: lines, column: idd}
  three: {job: copy, from: lines, column: price}
  four: {job: copi, from: lines}
  five: {job: copy, from: two.totl, column: rows}
  six: {job: copy, from: lines, column: id, where: price > 'x'}
  seven: {job: copy, from: lines, column: id, add: 5000, colum: 3}
  eight: {job: sizes, from: {right: lines}}
  nine: {job: copy, column: id}
)");
  const auto& errors = checked.errors;
  const auto has = [&](const char* line, const char* text) {
    return std::any_of(errors.begin(), errors.end(),
                       [&](const std::string& error) { return error.find(line) == 0 && error.find(text) != std::string::npos; });
  };
  const auto all = ::testing::PrintToString(errors);
  EXPECT_TRUE(has("job.yaml:4:", "did you mean 'lines'?")) << all;
  EXPECT_TRUE(has("job.yaml:5:", "did you mean 'id'?")) << all;
  EXPECT_TRUE(has("job.yaml:6:", "decimal(2), not int64")) << all;
  EXPECT_TRUE(has("job.yaml:7:", "did you mean 'copy'?")) << all;
  EXPECT_TRUE(has("job.yaml:8:", "did you mean 'total'?")) << all;
  EXPECT_TRUE(has("job.yaml:9:", "steps.six.where")) << all;
  EXPECT_TRUE(has("job.yaml:10:", "5000")) << all;
  EXPECT_TRUE(has("job.yaml:10:", "did you mean 'column'?")) << all;
  EXPECT_TRUE(has("job.yaml:11:", "left")) << all;
  EXPECT_TRUE(has("job.yaml:12:", "there is no 'from'")) << all;
}

TEST(JobCheck, ATextAloneIsForTheOnlyInputThatHasToBeThere) {
  const auto checked = check("steps:\n  a: {job: sizes, from: lines, where: price > 0}\n");
  EXPECT_THAT(checked.errors, ::testing::IsEmpty());
}

TEST(JobCheck, NoStepIsCalledAll) {
  const auto checked = check("steps:\n  all: {job: copy, from: lines, column: id}\n");
  ASSERT_EQ(checked.errors.size(), 1U);
  EXPECT_THAT(checked.errors[0], HasSubstr("job.yaml:4:3: steps.all: no table can be called 'all'"));
}

TEST(JobCheck, AStepIsTypedByWhatTheStepBeforeItMakes) {
  EXPECT_THAT(check("steps:\n  a: {job: copy, from: lines, column: id}\n  b: {job: copy, from: a.total, column: rows}\n").errors,
              IsEmpty());
  EXPECT_THAT(check("steps:\n  a: {job: copy, from: lines, column: id}\n  b: {job: copy, from: a, column: rows}\n").errors,
              ElementsAre(HasSubstr("there is no column 'rows'")));
}

TEST(JobCheck, AsOfIsAskedForWhereItIsNeeded) {
  const std::string steps = "steps:\n  a: {job: copy, from: lines, column: id, needs_as_of: true}\n";
  EXPECT_THAT(check(steps).errors, ElementsAre(HasSubstr("as_of")));
  EXPECT_THAT(check(steps, "version: 1\nstore: s\nas_of: 2011-12-10\n").errors, IsEmpty());
}

TEST(JobCheck, AsOfIsMidnightOfTheJobsZone) {
  const auto checked = check("steps: {}\n", "version: 1\nas_of: 2011-07-01\ntimezone: Europe/London\n");
  EXPECT_THAT(checked.errors, IsEmpty());
  EXPECT_EQ(checked.job.file.environment.as_of, base::TimeFormat().parse("2011-06-30T23:00:00Z", {}).value);
}

TEST(JobCheck, BadTimesAndZonesAreMistakesOfTheirLines) {
  const auto errors = check("steps: {}\n", "version: 1\nas_of: 2011-13-01\ntimezone: Europe/Lodon\n").errors;
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_THAT(errors[0], HasSubstr("job.yaml:2:8"));
  EXPECT_THAT(errors[1], HasSubstr("Europe/London"));
}

TEST(JobCheck, SeveralInputsAreNamed) {
  const auto checked = check(R"(steps:
  a: {job: sizes, from: {left: lines}}
  b: {job: sizes, from: {left: a, right: lines}, where: {right: price > 0}}
)");
  EXPECT_THAT(checked.errors, IsEmpty());
  EXPECT_THAT(order(checked.job), ElementsAre("a", "b"));
  EXPECT_THAT(check("steps:\n  a: {job: sizes, from: {lefd: lines}}\n").errors,
              ::testing::Contains(HasSubstr("did you mean 'left'?")));
}

TEST(JobCheck, AJobFileMayNameInputsItself) {
  const auto checked = check(R"(steps:
  a: {job: names, from: {zebra: lines, apple: b, lines: lines}, where: {apple: id > 0, zebra: price > 0}}
  b: {job: copy, from: lines, column: id}
  c: {job: copy, from: a, column: apple}
)");
  // A condition is checked against its own input: the copy has no column id.
  EXPECT_THAT(checked.errors, ElementsAre(HasSubstr("steps.a.where")));
  EXPECT_THAT(order(checked.job), ElementsAre("b", "a", "c"));
  std::vector<std::string> names;
  for (const auto& field : checked.job.steps[0].outlines.at(0).schema.fields) names.push_back(field.name);
  EXPECT_THAT(names, ElementsAre("zebra", "apple", "lines"));
  EXPECT_TRUE(checked.job.steps[0].filters[0].has_value());
  EXPECT_FALSE(checked.job.steps[0].filters[2].has_value());
}

TEST(JobCheck, MistakesInInputsThatTheJobFileNames) {
  EXPECT_THAT(check("steps:\n  a: {job: names, from: lines}\n").errors,
              ElementsAre(HasSubstr("the inputs of a names step have names")));
  EXPECT_THAT(check("steps:\n  a: {job: names}\n").errors, ElementsAre(HasSubstr("there is no 'from'")));
  EXPECT_THAT(check("steps:\n  a: {job: names, from: {one: linse}}\n").errors, ElementsAre(HasSubstr("did you mean 'lines'?")));
  EXPECT_THAT(check("steps:\n  a: {job: names, from: {one: lines}, where: id > 0}\n").errors,
              ElementsAre(HasSubstr("the inputs of a names step have names")));
  EXPECT_THAT(check("steps:\n  a: {job: names, from: {one: lines}, where: {onn: id > 0}}\n").errors,
              ElementsAre(HasSubstr("did you mean 'one'?")));
}

TEST(JobCheck, AStepStandsForTheTableThatASlotPrefers) {
  const auto columns = [](const Checked& checked, std::size_t step) {
    std::vector<std::string> names;
    for (const auto& field : checked.job.steps[step].outlines.at(0).schema.fields) names.push_back(field.name);
    return names;
  };
  const auto checked = check(R"(steps:
  alone: {job: totals, from: {table: a, total: a}}
  named: {job: totals, from: {table: a.total, total: a.total}}
  a: {job: copy, from: lines, column: id}
  stored: {job: totals, from: {table: a, total: lines}}
)");
  EXPECT_THAT(checked.errors, IsEmpty());
  EXPECT_THAT(columns(checked, 0), ElementsAre("table a", "total a/total"));
  EXPECT_THAT(columns(checked, 1), ElementsAre("table a/total", "total a/total"));
  EXPECT_THAT(columns(checked, 3), ElementsAre("table a", "total lines"));
  EXPECT_THAT(order(checked.job), ElementsAre("a", "alone", "named", "stored"));
}

TEST(JobCheck, AStepWithoutTheTableThatASlotPrefersIsAMistake) {
  EXPECT_THAT(check(R"(steps:
  a: {job: names, from: {one: lines}}
  b: {job: totals, from: {table: lines, total: a}}
)")
                  .errors,
              ElementsAre(AllOf(HasSubstr("step a writes no table 'total'"), HasSubstr("name one that writes a 'total'"))));
}

TEST(JobCheck, TheResolvedJobHasDefaultsAndNoResources) {
  const auto checked = check("resources: {threads: 2}\nsteps:\n  a: {job: copy, from: lines, column: id}\n");
  EXPECT_THAT(checked.errors, IsEmpty());
  const auto resolved = checked.job.file.resolved(testing::toy_kinds());
  EXPECT_EQ(resolved.find("resources"), nullptr);
  const auto* step = resolved.find("steps")->find("a");
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->find("add")->text(), "0");
  EXPECT_EQ(step->find("from")->text(), "lines");
}

TEST(JobCheck, TheResolvedJobReadsBackAsItself) {
  const std::string head =
      "version: 1\nstore: s\nas_of: 2011-12-10\noutput: {file: '$${x}.h5'}\nimport:\n  lines: {files: [a.csv, 'b*.csv'], "
      "columns: "
      "{id: {type: int64, required: true}, price: {type: decimal(2)}, customer: {type: category}}}\n"
      "inputs: {other: {file: o.h5}}\n";
  const std::string steps =
      "steps:\n  a: {job: copy, from: lines, column: id}\n"
      "  b: {job: sizes, from: {left: a.total, right: lines}, where: {right: price > 0}, publish: false}\n"
      "  c: {job: sizes, from: {left: a}}\n";
  const auto first = check(steps, head);
  EXPECT_THAT(first.errors, IsEmpty());
  const auto resolved = first.job.file.resolved(testing::toy_kinds());
  const auto again = check(config::to_document(resolved), "");
  EXPECT_THAT(again.errors, IsEmpty());
  EXPECT_EQ(again.job.file.resolved(testing::toy_kinds()), resolved);
}

TEST(JobCheck, AReferenceThatEndsWithADotIsAMistake) {
  const auto checked = check("steps:\n  a: {job: copy, from: lines, column: id}\n  b: {job: copy, from: a., column: copy}\n");
  EXPECT_THAT(checked.errors, ElementsAre(HasSubstr("job.yaml:5:24: steps.b.from: 'a.' names no table after its dot; write a")));
}

TEST(JobCheck, EveryMistakeOfAnImportIsReportedWhereItIs) {
  const auto checked = check("steps: {}\n", R"(version: 1
store: s
import:
  lines:
    files: ["", 2.csv]
    delimiter: ';;'
    max_rejects: many
    columns:
      id: {type: int64}
      no: {as: id, type: in64}
      when: {type: timestamp, format: '%Q'}
      zone: {type: timestamp, timezone: Europe/Lodon}
      price: {type: decimal(2), format: '%Y-%m-%d'}
)");
  EXPECT_THAT(
      checked.errors,
      ElementsAre(HasSubstr("job.yaml:5:13: import.lines.files[0]"),
                  HasSubstr("job.yaml:6:16: import.lines.delimiter: the delimiter ';;' is not one byte"),
                  HasSubstr("job.yaml:7:18: import.lines.max_rejects: 'many' is no number or share"),
                  HasSubstr("job.yaml:10:16: import.lines.columns.no: the name 'id' is given to two columns"),
                  HasSubstr("job.yaml:10:26: import.lines.columns.no.type: 'in64' is no type"),
                  HasSubstr("job.yaml:11:39: import.lines.columns.when.format"),
                  HasSubstr("job.yaml:12:41: import.lines.columns.zone.timezone"),
                  HasSubstr("job.yaml:13:41: import.lines.columns.price.format: only a timestamp or a date has a format")));
}

TEST(JobCheck, WhatTwoOptionsOfAnImportSayTogetherIsReportedToo) {
  EXPECT_THAT(check("steps: {}\n",
                    "version: 1\nstore: s\nimport:\n  a: {files: a.csv, delimiter: \"'\", quote: \"'\", header: false, "
                    "columns: {'1': {type: int64}, x: {}}}\n")
                  .errors,
              ElementsAre(HasSubstr("import.a.quote: the quote is a delimiter"),
                          HasSubstr("import.a.columns.x: without a header, columns are 1, 2, 3, ...")));
  // A folder of the path may have any name.
  for (const std::string file : {"x=1/a.csv", "'*/a.csv'", "'in/**/a.csv'"}) {
    const auto head = "version: 1\nstore: s\nimport:\n  a: {files: " + file + ", header: false, columns: {'1': {}, x: {}}}\n";
    EXPECT_THAT(check("steps: {}\n", head).errors, IsEmpty());
  }
}

TEST(JobCheck, ATableOfBasketsHasNothingThatItsLinesHaveNot) {
  const auto errors_of = [](const std::string& options) {
    return check("steps: {a: {job: copy, from: lines, column: id}}\n",
                 "version: 1\nstore: s\nimport:\n  lines: {files: a.dat, " + options + "}\n")
        .errors;
  };
  EXPECT_THAT(errors_of("layout: baskets"), IsEmpty());
  EXPECT_THAT(errors_of("layout: baskets, item: {type: int64}, missing: [-], max_rejects: 1, format: csv"), IsEmpty());
  EXPECT_THAT(errors_of("layout: baskets, key: basket, timezone: UTC, header: false"),
              ElementsAre(HasSubstr("import.lines.header: `header`, `key`, `timezone` does not go with `layout: baskets`")));
  EXPECT_THAT(errors_of("columns: {basket: {}}, basket: {as: b}"),
              ElementsAre(HasSubstr("import.lines.basket: `basket` goes with `layout: baskets` alone")));
  EXPECT_THAT(errors_of("layout: rows"), ElementsAre(HasSubstr("the key 'columns' is missing")));
}

TEST(JobCheck, AResolvedTableOfBasketsIsReadAsTheSame) {
  const auto first = check("steps: {a: {job: copy, from: lines, column: id}}\n",
                           "version: 1\nstore: s\nimport: {lines: {files: a.dat, layout: baskets, item: {as: product}}}\n");
  ASSERT_THAT(first.errors, IsEmpty());
  const auto resolved = first.job.file.resolved(testing::toy_kinds());
  const auto again = check(config::to_document(resolved), "");
  EXPECT_THAT(again.errors, IsEmpty());
  EXPECT_EQ(again.job.file.resolved(testing::toy_kinds()), resolved);
}

std::string shown(const CheckedJob& job) {
  return config::to_json(job.file.resolved(testing::toy_kinds()), 0);
}

TEST(JobCheck, AStepLikeAnotherTakesWhatItDoesNotState) {
  const std::string head = "version: 1\nstore: s\nas_of: 2011-12-01\n";
  const auto checked = check(R"(steps:
  second: {like: first, add: 3}
  third: {add: 4, like: second, job: copy, where: id > 1}
  first: {job: copy, from: lines, column: id, where: id > 0, as_of: 2011-09-01}
)",
                             head);
  EXPECT_THAT(checked.errors, IsEmpty());
  const auto written_out = check(R"(steps:
  second: {job: copy, add: 3, from: lines, column: id, where: id > 0, as_of: 2011-09-01}
  third: {job: copy, add: 4, where: id > 1, from: lines, column: id, as_of: 2011-09-01}
  first: {job: copy, from: lines, column: id, where: id > 0, as_of: 2011-09-01}
)",
                                 head);
  EXPECT_THAT(written_out.errors, IsEmpty());
  EXPECT_EQ(shown(checked.job), shown(written_out.job));
  EXPECT_THAT(shown(checked.job), HasSubstr("2011-09-01"));
}

TEST(JobCheck, LikeIsReportedWhereItLeadsNowhere) {
  const auto checked = check(R"(steps:
  one: {job: copy, from: lines, column: id}
  two: {like: onne}
  three: {like: four}
  four: {like: three}
  five: {like: five}
  six: {job: sizes, like: one}
  seven: {like: one, column: idd}
)");
  ASSERT_EQ(checked.errors.size(), 5U) << ::testing::PrintToString(checked.errors);
  EXPECT_THAT(checked.errors[0], HasSubstr("job.yaml:5:15: steps.two.like: there is no step 'onne'; did you mean 'one'?"));
  EXPECT_THAT(checked.errors[1], HasSubstr("job.yaml:7:16: steps.four.like: step four is like itself, by way of three"));
  EXPECT_THAT(checked.errors[2], HasSubstr("job.yaml:8:16: steps.five.like"));
  EXPECT_THAT(checked.errors[3], HasSubstr("job.yaml:9:27: steps.six.like: step one is no sizes step"));
  EXPECT_THAT(checked.errors[4], HasSubstr("job.yaml:10:30: steps.seven.column: there is no column 'idd'"));
}

TEST(JobCheck, AStepLooksBackFromItsOwnMoment) {
  const auto checked = check(R"(steps:
  tonight: {job: copy, from: lines, column: id, where: as_of = 2011-12-01, needs_as_of: true}
  then: {like: tonight, as_of: 2011-09-01}
)",
                             "version: 1\nstore: s\ntimezone: Europe/London\nas_of: 2011-12-01\n");
  EXPECT_THAT(checked.errors, IsEmpty());
  const auto moment = [&](int step) { return checked.job.file.steps[static_cast<std::size_t>(step)].environment.as_of; };
  EXPECT_EQ(moment(0), base::TimeFormat().parse("2011-12-01T00:00:00Z", {}).value);
  EXPECT_EQ(moment(1), base::TimeFormat().parse("2011-08-31T23:00:00Z", {}).value);
  EXPECT_THAT(check("steps:\n  a: {job: copy, from: lines, column: id, needs_as_of: true, as_of: 2011-09-01}\n").errors,
              IsEmpty())
      << "a step's own as_of is enough";
  EXPECT_THAT(check("steps:\n  a: {job: copy, from: lines, column: id, as_of: soon}\n").errors,
              ElementsAre(HasSubstr("job.yaml:4:50: steps.a.as_of: 'soon'")));
}

TEST(JobCheck, ChecksAreBoundToWhatTheyName) {
  const auto checked = check(R"(steps:
  a: {job: copy, from: lines, column: id, as_of: 2011-09-01}
checks:
  lines:
    - rows: {at_least: 1}
    - range: {column: price, at_least: 0.5, at_most: 1e3}
      severity: warn
    - allowed: {column: customer, values: ["it's", b]}
  a: {unique: copy, name: no repeats}
  a.total: {metric: {name: x, at_least: 1}}
)");
  ASSERT_EQ(checked.errors.size(), 1U) << ::testing::PrintToString(checked.errors);
  EXPECT_THAT(checked.errors[0], HasSubstr("job.yaml:12:21: checks.a.total.metric: 'a.total' is no step"));
  std::vector<std::string> names;
  for (const auto& one : checked.job.checks) names.push_back(one.table + ": " + one.name);
  EXPECT_THAT(names, ElementsAre("lines: rows", "lines: range price", "lines: allowed customer", "a: no repeats"));
}

TEST(JobCheck, MistakesOfChecksAreReportedWhereTheyAre) {
  const auto checked = check(R"(steps:
  a: {job: copy, from: lines, column: id}
checks:
  lines:
    - unique: [id, custommer]
    - range: {column: price, at_least: id}
    - fresh: {column: price, within: 2d}
    - key: {column: id, in: a.total.rowz}
    - expect: price >
  b: {rows: {at_least: 1}}
)");
  const auto all = ::testing::PrintToString(checked.errors);
  ASSERT_EQ(checked.errors.size(), 6U) << all;
  EXPECT_THAT(checked.errors[0],
              HasSubstr("job.yaml:7:15: checks.lines[0].unique: there is no column 'custommer'; did you mean 'customer'?"));
  EXPECT_THAT(checked.errors[1], HasSubstr("checks.lines[1].range: a bound mentions another column"));
  EXPECT_THAT(checked.errors[2], HasSubstr("checks.lines[2].fresh: 'price' holds decimal(2), no dates or timestamps"));
  EXPECT_THAT(checked.errors[3], HasSubstr("checks.lines[3].key.in: there is no column 'rowz'; did you mean 'rows'?"));
  EXPECT_THAT(checked.errors[4], HasSubstr("checks.lines[4].expect: "));
  EXPECT_THAT(checked.errors[5], HasSubstr("job.yaml:12:3: checks.b: 'b' is no step"));
}

}  // namespace
}  // namespace fullbase::runtime
