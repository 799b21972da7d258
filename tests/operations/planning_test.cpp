// What a job will take, told from sizes: rows through the graph, memory against the grant, times by a pace and by a past run.
#include "operations/planning.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "comm/launch.hpp"
#include "data/batch.hpp"
#include "runtime/fingerprint.hpp"
#include "store/table_writer.hpp"
#include "toy_jobs.hpp"

namespace fullbase::operations {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Keeps every row, at 100 bytes of memory each, and does a thousand multiply-adds for each.
struct NeedyOptions {};
config::Description<NeedyOptions> describe(config::Type<NeedyOptions>) {
  return config::Description<NeedyOptions>("needy", "Needs memory.");
}
class NeedyStep final : public runtime::Step {
 public:
  explicit NeedyStep(NeedyOptions) {}
  std::vector<runtime::TableOutline> check(runtime::CheckContext&) override {
    return {{"", {{{"value", data::Type::float64, false, 0, {}}}, {}}},
            {"sets", {{{"set", data::Type::int64, false, 0, {}}}, {}}}};
  }
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    return {.least = 100 * rows.front() / ranks, .best = 200 * rows.front() / ranks};
  }
  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = passes_over(inputs);
    forecast.multiply_adds = 1000 * static_cast<double>(inputs.front().rows.rows);
    forecast.bytes_sent = runtime::bytes_to_sum(1000, ranks);
    forecast.state_bytes = 7 * static_cast<double>(inputs.front().rows.rows);
    forecast.tables[""] = inputs.front().rows;
    forecast.tables["sets"] = {};
    return forecast;
  }
  void run(runtime::StepContext&) override {}
};

class Plans : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fullbase_plan_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    const data::Schema schema{{{"id", data::Type::int64, false, 0, {}}, {"group", data::Type::int64, false, 0, {}}}, {}};
    std::vector<std::int64_t> ids(rows, 1), groups(rows, 2);
    store::write_small_table(*comm::single(), path("input.h5"), "/lines", schema,
                             {{0, rows}, {data::Column(schema[0], ids), data::Column(schema[1], groups)}});
    kinds_ = runtime::testing::toy_kinds();
    kinds_.push_back(runtime::make_job_kind<NeedyOptions, NeedyStep>());
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  Plan plan(const std::string& steps, const PlanSettings& settings) {
    std::ofstream(path("job.yaml")) << "version: 1\noutput: {file: " << path("out.h5")
                                    << "}\ninputs:\n  lines: {file: " << path("input.h5") << ", table: /lines}\nsteps:\n"
                                    << steps;
    const auto communicator = comm::single();
    return plan_job(runtime::load_job(*communicator, path("job.yaml"), {}, kinds_), settings);
  }

  static PlanSettings ranks(int count) {
    PlanSettings settings;
    settings.ranks = count;
    settings.grant.memory = std::int64_t{1} << 30;
    settings.grant.memory_from = "resources.memory_per_rank";
    return settings;
  }
  /// A value a microsecond, a multiply-add a nanosecond, everything else for nothing.
  static MachinePace pace() {
    return {.host = "node1",
            .cpus = 8,
            .value_seconds = 1e-6,
            .keyed_row_seconds = 1e-6,
            .multiply_add_seconds = 1e-9,
            .digested_bytes = 1e18,
            .written_bytes = 1e18,
            .sync_seconds = 1e-12,
            .sent_bytes = 1e18};
  }

  static constexpr std::int64_t rows = 5000;
  std::string folder_;
  runtime::JobKinds kinds_;
};

TEST_F(Plans, MachinesWithoutARankAreRemarkedOn) {
  auto settings = ranks(2);
  settings.nodes = 2;
  EXPECT_THAT(plan("  kept: {job: needy, from: lines}\n", settings).warnings, ::testing::IsEmpty());
  settings.nodes = 4;
  EXPECT_THAT(plan("  kept: {job: needy, from: lines}\n", settings).warnings,
              ::testing::ElementsAre(HasSubstr("4 machines are more than 2 ranks")));
}

TEST_F(Plans, RowsAreAsCertainAsWhatTheyComeFrom) {
  const auto made = plan(
      "  kept: {job: needy, from: lines}\n  some: {job: needy, from: lines, where: id < 3}\n"
      "  copied: {job: copy, from: lines, column: id}\n  after: {job: needy, from: copied}\n"
      "  sets: {job: copy, from: kept.sets, column: set}\n",
      ranks(1));
  ASSERT_EQ(made.steps.size(), 5U);
  EXPECT_EQ(made.steps[0].rows, (runtime::RowForecast{rows, runtime::Certainty::exact}));
  EXPECT_EQ(made.steps[0].rows_written, (runtime::RowForecast{rows, runtime::Certainty::exact}));
  EXPECT_EQ(made.steps[1].rows, (runtime::RowForecast{rows, runtime::Certainty::exact}));  // before its where
  EXPECT_EQ(made.steps[1].rows_written, (runtime::RowForecast{rows, runtime::Certainty::most}));
  EXPECT_EQ(made.steps[2].rows_written, (runtime::RowForecast{rows, runtime::Certainty::most}));
  EXPECT_EQ(made.steps[3].rows, (runtime::RowForecast{rows, runtime::Certainty::most}));
  EXPECT_EQ(made.steps[3].memory_certainty, runtime::Certainty::most);
  EXPECT_EQ(made.steps[4].rows.certainty, runtime::Certainty::unknown);
  EXPECT_FALSE(made.steps[4].memory);
  EXPECT_FALSE(made.is_complete);
}

TEST_F(Plans, MemoryIsTheGreatestOfTheSteps) {
  const auto made = plan("  kept: {job: needy, from: lines}\n  copied: {job: copy, from: lines, column: id}\n", ranks(2));
  EXPECT_EQ(made.least_memory, 100 * rows / 2);
  EXPECT_EQ(made.best_memory, 200 * rows / 2);
}

TEST_F(Plans, AStepThatNoRankCanHoldIsAnErrorThatSaysWhatToChange) {
  auto settings = ranks(1);
  const std::string steps = "  kept: {job: needy, from: lines}\n";
  settings.grant.memory = 100 * rows;
  EXPECT_EQ(check_memory(plan(steps, settings), settings), "");
  settings.grant.memory = 100 * rows - 1;
  try {
    check_memory(plan(steps, settings), settings);
    FAIL() << "it fits";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
    EXPECT_THAT(error.what(), HasSubstr("step kept needs 488.3 KiB a rank at least"));
    EXPECT_THAT(error.what(), HasSubstr("resources.memory_per_rank"));
  }
  // Two ranks have it.
  settings.ranks = 2;
  EXPECT_EQ(check_memory(plan(steps, settings), settings), "");
}

TEST_F(Plans, ABoundAloneIsNoMoreThanAWarning) {
  auto settings = ranks(1);
  settings.grant.memory = 1000;
  const auto made = plan("  copied: {job: copy, from: lines, column: id}\n  after: {job: needy, from: copied}\n", settings);
  EXPECT_THAT(check_memory(made, settings), HasSubstr("step after needs"));
}

TEST_F(Plans, TimeIsWorkByThePaceSharedByCores) {
  auto settings = ranks(1);
  settings.pace = pace();
  const std::string steps = "  kept: {job: needy, from: lines}\n";
  // 5000 rows of 2 values, and 1000 multiply-adds a row.
  const double seconds = 5000 * 2 * 1e-6 + 5000 * 1000 * 1e-9;
  EXPECT_NEAR(plan(steps, settings).steps[0].seconds.value_or(0), seconds, 1e-6);
  settings.ranks = 4;
  EXPECT_NEAR(plan(steps, settings).steps[0].seconds.value_or(0), seconds / 4, 1e-6);
  settings.ranks = 100;  // of one machine, which has 8 cores
  EXPECT_NEAR(plan(steps, settings).steps[0].seconds.value_or(0), seconds / 8, 1e-6);
  settings.nodes = 25;
  EXPECT_NEAR(plan(steps, settings).steps[0].seconds.value_or(0), seconds / 100, 1e-6);
}

TEST_F(Plans, AStepThatRanBeforeTakesAsLongInProportion) {
  auto settings = ranks(2);
  settings.pace = pace();
  PastRun past{.path = "out.h5.run.json", .host = "node1", .ranks = 1, .threads = 1, .seconds = 9, .steps = {}, .inputs = {}};
  past.inputs["lines"] = rows / 2;
  past.steps["kept"] = {.job = "needy", .seconds = 8, .bytes_written = 1000, .rows = {{"kept", rows / 2}, {"kept/sets", 7000}}};
  settings.past = past;
  const auto made = plan(
      "  kept: {job: needy, from: lines}\n  other: {job: needy, from: lines}\n"
      "  copied: {job: copy, from: lines, column: id}\n",
      settings);
  EXPECT_EQ(made.steps[0].time_source, TimeSource::same_step);
  EXPECT_NEAR(made.steps[0].seconds.value_or(0), 8, 1e-6);  // twice the rows on twice the ranks
  EXPECT_EQ(made.steps[1].time_source, TimeSource::same_job);
  EXPECT_NEAR(made.steps[1].seconds.value_or(0), 8, 1e-6);
  EXPECT_EQ(made.steps[2].time_source, TimeSource::machine);
  EXPECT_EQ(made.steps[0].bytes_written, 2000);
}

TEST_F(Plans, AStepThatIsAnotherJobNowDoesNotGoByThePast) {
  auto settings = ranks(1);
  settings.pace = pace();
  PastRun past{.path = "p", .host = "h", .ranks = 1, .threads = 1, .seconds = 1, .steps = {}, .inputs = {{"lines", rows}}};
  past.steps["kept"] = {.job = "copy", .seconds = 8, .bytes_written = 1000, .rows = {{"kept/sets", 7000}}};
  settings.past = past;
  const auto made = plan("  kept: {job: needy, from: lines}\n  sets: {job: copy, from: kept.sets, column: set}\n", settings);
  EXPECT_EQ(made.steps[0].time_source, TimeSource::machine);
  EXPECT_FALSE(made.steps[0].bytes_written);
  EXPECT_EQ(made.steps[1].rows.certainty, runtime::Certainty::unknown);
}

TEST_F(Plans, AStepWithOtherOptionsDoesNotGoByThePast) {
  auto settings = ranks(1);
  settings.pace = pace();
  const auto copied = [](const char* column) {
    return std::string("  copied: {job: copy, from: lines, column: ") + column + "}\n  kept: {job: needy, from: copied}\n";
  };
  plan(copied("id"), settings);
  const auto communicator = comm::single();
  const auto job = runtime::load_job(*communicator, path("job.yaml"), {}, kinds_).checked.file;
  PastRun past{.path = "p", .host = "h", .ranks = 1, .threads = 1, .seconds = 9, .steps = {}, .inputs = {{"lines", rows}}};
  for (const auto& step : job.steps)
    past.steps[step.id] = {.job = std::string(step.kind->name()),
                           .options = runtime::options_fingerprint(step),
                           .seconds = 8,
                           .bytes_written = 1000,
                           .rows = {{step.id, 10}}};
  settings.past = past;
  const auto same = plan(copied("id"), settings);
  EXPECT_EQ(same.steps[0].time_source, TimeSource::same_step);
  EXPECT_EQ(same.steps[0].rows_written, (runtime::RowForecast{10, runtime::Certainty::estimate}));
  const auto changed = plan(copied("group"), settings);
  EXPECT_EQ(changed.steps[0].time_source, TimeSource::machine);
  EXPECT_EQ(changed.steps[0].rows_written, (runtime::RowForecast{rows, runtime::Certainty::most}));
  EXPECT_EQ(changed.steps[1].time_source, TimeSource::same_step);  // in proportion to what it reads now
}

TEST_F(Plans, TablesGrowWithWhatIsReadButShortOnesStayAsTheyWere) {
  auto settings = ranks(1);
  PastRun past{.path = "p", .host = "h", .ranks = 1, .threads = 1, .seconds = 1, .steps = {}, .inputs = {{"lines", rows / 2}}};
  past.steps["copied"] = {.job = "copy", .seconds = 1, .rows = {{"copied", 2000}, {"copied/total", 3}}};
  settings.past = past;
  const auto made = plan(
      "  copied: {job: copy, from: lines, column: id}\n"
      "  totals: {job: needy, from: copied.total}\n",
      settings);
  EXPECT_EQ(made.steps[0].rows_written, (runtime::RowForecast{4000, runtime::Certainty::estimate}));
  EXPECT_EQ(made.steps[1].rows, (runtime::RowForecast{3, runtime::Certainty::estimate}));
}

TEST_F(Plans, APaceIsReadBackAsItWasWritten) {
  const auto written = measure_pace(folder_);
  write_pace(written, path("pace.json"));
  const auto read = read_pace(path("pace.json"));
  EXPECT_EQ(read.host, written.host);
  EXPECT_EQ(read.cpus, written.cpus);
  EXPECT_EQ(read.value_seconds, written.value_seconds);
  EXPECT_EQ(read.sent_bytes, written.sent_bytes);
  EXPECT_GT(read.multiply_add_seconds, 0);
  // Nothing stays of the measurement.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

TEST_F(Plans, AManifestTellsOfEveryStepButNotTheTimeOfThoseThatWereTakenOver) {
  std::ofstream(path("run.json")) << R"({"host": "h", "ranks": 2, "threads": 3, "seconds": 4.5,
      "inputs": [{"name": "lines", "rows": 10}, {"name": "lines", "rows": 5}], "steps": [
      {"step": "a", "job": "copy", "seconds": 1.5, "bytes_read": 7, "bytes_written": 8, "bytes_sent": 9, "rows": {"a": 3, "a/total": 1}},
      {"step": "b", "job": "copy", "seconds": 1.5, "bytes_read": 0, "bytes_written": 8, "bytes_sent": 9, "rows": {}, "resumed": true},
      {"step": "c", "job": "copy", "seconds": 1.5, "bytes_read": 0, "bytes_written": 8, "bytes_sent": 9, "rows": {}, "gone_on_from": 2}]})";
  const auto run = read_past_run(path("run.json"));
  EXPECT_EQ(run.ranks, 2);
  EXPECT_EQ(run.threads, 3);
  EXPECT_EQ(run.inputs.at("lines"), 15);
  EXPECT_EQ(run.steps.at("a").seconds, 1.5);
  EXPECT_EQ(run.steps.at("a").rows.at("a/total"), 1);
  EXPECT_EQ(run.steps.at("b").seconds, 0);
  EXPECT_EQ(run.steps.at("c").seconds, 0);
}

TEST_F(Plans, AFileThatIsNoPaceOrNoManifestIsRefused) {
  for (const char* const text : {"", "{}", "[1]", R"({"format": "fullbase pace 1", "host": "h", "cpus": "two"})",
                                 R"({"format": 3})", "{\"steps\": [{\"step\": 1}]}",
                                 R"({"host": "h", "ranks": 2.5, "threads": 3, "seconds": 4.5, "inputs": [], "steps": []})"}) {
    std::ofstream(path("bad.json")) << text;
    EXPECT_THROW(read_pace(path("bad.json")), base::Error) << text;
    EXPECT_THROW(read_past_run(path("bad.json")), base::Error) << text;
  }
}

TEST_F(Plans, WhatABudgetCannotHoldAndWhatAConditionLeavesOutTakesDisk) {
  auto settings = ranks(2);
  const std::string steps = "  kept: {job: needy, from: lines}\n";
  EXPECT_EQ(plan(steps, settings).spilled_bytes, 0);
  settings.grant.memory = 150 * rows / 2;
  EXPECT_EQ(plan(steps, settings).spilled_bytes, 50 * rows);
  const auto filtered = plan("  some: {job: needy, from: lines, where: id < 3}\n", ranks(2));
  EXPECT_EQ(filtered.spilled_bytes, 16 * rows);  // a copy of two int64 columns
  EXPECT_GE(filtered.work_folder_bytes, filtered.spilled_bytes);
}

TEST_F(Plans, TheLargestStepsCheckpointsTakeDiskOnce) {
  const std::string one = "  kept: {job: needy, from: lines}\n";
  const auto planned = plan(one, ranks(2));
  EXPECT_EQ(planned.checkpoint_bytes, 3 * (7 * rows + (16 << 10)));
  EXPECT_GE(planned.work_folder_bytes, planned.checkpoint_bytes);
  EXPECT_EQ(plan(one + "  again: {job: needy, from: lines}\n", ranks(2)).checkpoint_bytes, planned.checkpoint_bytes);
  EXPECT_EQ(plan("  same: {job: copy, from: lines, column: id}\n", ranks(2)).checkpoint_bytes, 0);
}

}  // namespace
}  // namespace fullbase::operations
