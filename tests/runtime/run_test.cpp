// Whole runs of toy jobs, ranks as threads.
#include "runtime/run.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>

#include "comm/launch.hpp"
#include "runtime/roots.hpp"
#include "stop_signals.hpp"
#include "store/inspect.hpp"
#include "store/lock.hpp"
#include "store/publish.hpp"
#include "store/store.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"
#include "store/verify.hpp"
#include "toy_jobs.hpp"

namespace fullbase::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder with an input file of 5,000 rows: id 0..4999, and group, which is id modulo 7.
class WholeRun : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fullbase_run_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::vector<std::int64_t> ids, groups;
    for (std::int64_t i = 0; i < rows; ++i) {
      ids.push_back(i);
      groups.push_back(i % 7);
    }
    const data::Schema schema{{{"id", data::Type::int64, false, 0, {}}, {"group", data::Type::int64, false, 0, {}}}, {}};
    const data::Batch batch{{0, rows}, {data::Column(schema[0], ids), data::Column(schema[1], groups)}};
    store::write_small_table(*comm::single(), path("input.h5"), "/lines", schema, batch);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string output() const { return path("out/result.h5"); }

  /// The error text of each rank, empty where all is well; `steps` are YAML lines.
  std::vector<std::string> run(int ranks, const std::string& steps, const std::vector<std::string>& overrides = {},
                               bool fresh = false, bool again = true) {
    std::ofstream(path("job.yaml")) << "version: 1\nseed: 1\noutput: {file: " << output()
                                    << "}\ninputs:\n  lines: {file: " << path("input.h5") << ", table: /lines}\nsteps:\n"
                                    << steps;
    std::vector<std::string> errors(static_cast<std::size_t>(ranks));
    codes_.assign(errors.size(), 0);
    log_.clear();
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      const auto rank = static_cast<std::size_t>(communicator.rank());
      std::ostringstream log;
      ProgressSettings settings;
      settings.bar = false;
      Progress progress(settings, log);
      try {
        auto job = load_job(communicator, path("job.yaml"), overrides, testing::toy_kinds());
        run_job(communicator, job, testing::toy_kinds(), {.fresh = fresh, .again = again}, progress);
      } catch (const base::Error& error) {
        errors[rank] = error.what();
        codes_[rank] = error.exit_code();
      }
      if (rank == 0) log_ = log.str();
    });
    return errors;
  }

  std::string digest() {
    std::string text;
    for (const auto& [name, value] : store::file_digests(*comm::single(), output())) text += name + " " + value + "\n";
    return text;
  }

  nlohmann::json manifest() const { return nlohmann::json::parse(store::output_manifest(output()).value_or("null")); }

  static constexpr std::int64_t rows = 5000;
  std::string folder_;
  std::vector<int> codes_;
  std::string log_;  ///< rank 0's, of the last run
};

const std::string two_steps =
    "  kept: {job: copy, from: lines, column: id, where: group < 3, add: 10, publish: false}\n"
    "  twice: {job: copy, from: kept, column: copy, add: 10}\n"
    "  sizes: {job: sizes, from: {left: kept.total, right: lines}, where: {right: id >= 4000}}\n";

TEST_F(WholeRun, GivesTheSameDigestOnAnyRanksThreadsAndMemory) {
  std::string expected;
  for (const int ranks : {1, 2, 3, 4, 7}) {
    for (const char* const threads : {"resources.threads=1", "resources.threads=2"}) {
      EXPECT_THAT(run(ranks, two_steps, {threads, "resources.memory_per_rank=16MiB"}), ::testing::Each(""));
      if (expected.empty()) expected = digest();
      EXPECT_EQ(digest(), expected);
    }
  }
  EXPECT_FALSE(fs::exists(output() + ".work"));
}

TEST_F(WholeRun, AMistakeInASectionMakesItNoMissingOne) {
  const auto step = run(1, "  twice: {job: copy, from: lines, colum: id}\n")[0];
  EXPECT_THAT(step, HasSubstr("colum"));
  EXPECT_THAT(step, ::testing::Not(HasSubstr("there are no steps")));
  const auto output = run(1, two_steps, {"output.keep=none"})[0];
  EXPECT_THAT(output, HasSubstr("output.keep"));
  EXPECT_THAT(output, ::testing::Not(HasSubstr("no output")));
  EXPECT_THAT(run(1, "  {}\n")[0], HasSubstr("there are no steps"));
}

TEST_F(WholeRun, AnOutputThatEverybodyMayChangeIsRemarkedOn) {
  EXPECT_THAT(run(1, two_steps, {"output.mode=0664"}), ::testing::Each(""));
  EXPECT_THAT(log_, ::testing::Not(HasSubstr("may change the output")));
  EXPECT_THAT(run(1, two_steps, {"output.mode=0777"}), ::testing::Each(""));
  EXPECT_THAT(log_, HasSubstr("output.mode: everybody on these machines may change the output"));
}

TEST_F(WholeRun, WritesWhatTheStepsSay) {
  EXPECT_THAT(run(2, two_steps), ::testing::Each(""));
  std::vector<std::string> names;
  for (const auto& table : store::list_tables(output())) names.push_back(table.name);
  EXPECT_THAT(names, ElementsAre("sizes", "twice", "twice/total"));  // "kept" is not published
  const auto table = store::open_table(output(), "twice");
  const std::vector<int> columns = {0};
  const auto batch = table->read({0, table->rows()}, columns);
  std::vector<std::int64_t> expected;
  for (std::int64_t i = 0; i < rows; ++i) {
    if (i % 7 < 3) expected.push_back(i + 20);
  }
  EXPECT_THAT(batch[0].int64s(), ::testing::ElementsAreArray(expected));
  const auto sizes = store::open_table(output(), "sizes")->read({0, 2}, columns);
  EXPECT_THAT(sizes[0].int64s(), ElementsAre(1, 1000));
}

TEST_F(WholeRun, TheManifestTellsWhatWasDone) {
  EXPECT_THAT(run(3, two_steps), ::testing::Each(""));
  const auto manifest = this->manifest();
  EXPECT_EQ(manifest["ranks"], 3);
  EXPECT_EQ(manifest["steps"].size(), 3U);
  EXPECT_EQ(manifest["steps"][0]["step"], "kept");
  EXPECT_EQ(manifest["steps"][0]["left_out"]["where"], rows - (rows / 7 * 3 + 2));
  EXPECT_EQ(manifest["steps"][0]["notes"]["added"], 10);
  EXPECT_EQ(manifest["steps"][0]["warnings"][0], "a toy");
  EXPECT_GT(manifest["steps"][0]["bytes_read"], 0);
  EXPECT_GT(manifest["peak_memory_bytes"], 0);
  EXPECT_EQ(manifest["inputs"][0]["name"], "lines");
  EXPECT_EQ(manifest["job"]["steps"]["twice"]["add"], 10);
  EXPECT_FALSE(manifest["job"].contains("resources"));
  EXPECT_TRUE(fs::exists(store::run_manifest_path(output())));
  const auto verified = store::verify_output(*comm::single(), output());
  EXPECT_THAT(verified.problems, ::testing::IsEmpty());
}

TEST_F(WholeRun, AFailureOnAnyRankIsEverybodysAndLeavesTheOldOutput) {
  EXPECT_THAT(run(1, two_steps), ::testing::Each(""));
  const auto before = digest();
  for (const int ranks : {1, 2, 3}) {
    for (int failing = 0; failing < ranks; ++failing) {
      const auto errors = run(ranks, two_steps, {"steps.twice.fail_on_rank=" + std::to_string(failing), "steps.twice.add=5"});
      const std::string place = ranks == 1 ? "" : "rank " + std::to_string(failing) + ": ";
      EXPECT_THAT(errors[0], HasSubstr("step twice: " + place));
      EXPECT_THAT(errors[0], HasSubstr("told to fail"));
      EXPECT_THAT(errors, ::testing::Each(errors[0]));
      EXPECT_THAT(codes_, ::testing::Each(65));
      EXPECT_EQ(digest(), before);
      EXPECT_FALSE(fs::exists(output() + ".work/spill"));
    }
  }
}

TEST_F(WholeRun, AStepThatMayFailTakesOnlyItsReadersWithIt) {
  const std::string steps =
      "  kept: {job: copy, from: lines, column: id, add: 10}\n"
      "  weak: {job: copy, from: kept, column: copy, required: false}\n"
      "  reader: {job: copy, from: weak.total, column: rows}\n"
      "  its_reader: {job: sizes, from: {left: kept, right: reader}}\n"
      "  last: {job: copy, from: kept, column: copy, add: 1}\n";
  EXPECT_THAT(
      run(1, "  kept: {job: copy, from: lines, column: id, add: 10}\n  last: {job: copy, from: kept, column: copy, add: 1}\n"),
      ::testing::Each(""));
  const auto without = digest();
  for (const int ranks : {1, 2, 3}) {
    for (int failing = 0; failing < ranks; ++failing) {
      EXPECT_THAT(run(ranks, steps, {"steps.weak.fail_on_rank=" + std::to_string(failing)}), ::testing::Each(""));
      EXPECT_EQ(digest(), without);
      const auto failed = manifest()["failed_steps"];
      ASSERT_EQ(failed.size(), 3U);
      EXPECT_EQ(failed[0]["step"], "weak");
      EXPECT_FALSE(failed[0]["skipped"]);
      EXPECT_THAT(failed[0]["reason"].get<std::string>(), HasSubstr("told to fail"));
      EXPECT_EQ(failed[1]["step"], "reader");
      EXPECT_TRUE(failed[1]["skipped"]);
      EXPECT_EQ(failed[1]["reason"], "it reads weak, which is left out");
      EXPECT_EQ(failed[2]["step"], "its_reader");
      EXPECT_EQ(manifest()["steps"].size(), 2U);
      EXPECT_FALSE(fs::exists(output() + ".work"));
      EXPECT_THAT(store::verify_output(*comm::single(), output()).problems, ::testing::IsEmpty());
    }
  }
  EXPECT_THAT(run(2, steps), ::testing::Each(""));
  EXPECT_TRUE(manifest()["failed_steps"].empty());
  EXPECT_EQ(manifest()["steps"].size(), 5U);
}

TEST_F(WholeRun, WhatIsNoFaultOfTheDataIsNotBorne) {
  const std::string steps =
      "  kept: {job: copy, from: lines, column: id, add: 10}\n"
      "  weak: {job: copy, from: kept, column: copy, required: false}\n";
  EXPECT_THAT(run(1, steps), ::testing::Each(""));
  const auto before = digest();
  run(2, steps, {"steps.weak.fail_on_rank=0", "steps.weak.agreed=false"});
  EXPECT_EQ(codes_[0], 65) << "an error that the other rank may not know of";
  EXPECT_EQ(digest(), before);
  {
    const StopSignals signals;
    run(2, steps, {"steps.weak.signal_on_rank=1"});
    EXPECT_THAT(codes_, ElementsAre(75, 75));
  }
  EXPECT_EQ(digest(), before);
}

TEST_F(WholeRun, ANightOfWhichNothingIsLeftFails) {
  const std::string steps = "  weak: {job: copy, from: lines, column: id, required: false, fail_on_rank: 0}\n";
  const auto errors = run(2, steps);
  EXPECT_THAT(codes_, ElementsAre(65, 65));
  EXPECT_THAT(errors, ::testing::Each(HasSubstr("step weak")));
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(WholeRun, AStopOnAnyRankEndsAllWithCode75AndPublishesNothing) {
  for (int signalled = 0; signalled < 3; ++signalled) {
    const StopSignals signals;
    run(3, two_steps, {"steps.kept.signal_on_rank=" + std::to_string(signalled)});
    EXPECT_THAT(codes_, ::testing::Each(75));
    EXPECT_FALSE(fs::exists(output()));
    EXPECT_FALSE(fs::exists(output() + ".work"));
  }
}

TEST_F(WholeRun, AnOutputThatAnotherRunHoldsIsLeftAlone) {
  EXPECT_THAT(run(1, two_steps), ::testing::Each(""));
  const auto before = digest();
  const auto alone = comm::single();
  const store::WorkFolder other(*alone, output());
  const auto errors = run(2, two_steps);
  EXPECT_THAT(errors, ::testing::Each(HasSubstr("locked")));
  EXPECT_THAT(codes_, ::testing::Each(74));
  EXPECT_EQ(digest(), before);
  EXPECT_TRUE(fs::exists(other.path()));
}

TEST_F(WholeRun, AnOutputThatCannotBeWrittenIsKnownBeforeAnythingIsImported) {
  std::ofstream(path("a.csv")) << "n\n1\n";
  std::ofstream(path("file")) << "no folder";
  std::ofstream(path("import.yaml")) << "version: 1\nstore: " << path("store") << "\noutput: {file: " << path("file/result.h5")
                                     << "}\nimport:\n  sales: {files: " << path("a.csv")
                                     << ", columns: {n: {type: int64, required: true}}}\nsteps:\n"
                                        "  copied: {job: copy, from: sales, column: n}\n";
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    std::ostringstream log;
    Progress progress({.bar = false}, log);
    auto loaded = load_job(communicator, path("import.yaml"), {}, testing::toy_kinds());
    EXPECT_THROW(run_job(communicator, loaded, testing::toy_kinds(), {}, progress), base::Error);
  });
  EXPECT_FALSE(fs::exists(path("store")));
}

const std::string four_steps = two_steps + "  last: {job: copy, from: twice, column: copy}\n";

TEST_F(WholeRun, GoesOnFromStepsThatABrokenOffRunHasFinished) {
  EXPECT_THAT(run(1, four_steps), ::testing::Each(""));
  const auto expected = digest();
  const auto resumed = [&] {
    std::vector<std::string> steps;
    const auto record = manifest();
    for (const auto& step : record["steps"]) {
      if (step["resumed"]) steps.push_back(step["step"]);
    }
    return steps;
  };
  for (const int ranks : {1, 2, 3}) {
    for (const char* const broken : {"steps.twice.fail_on_rank=0", "steps.twice.signal_on_rank=0"}) {
      fs::remove(output());
      {
        const StopSignals signals;
        EXPECT_THAT(run(ranks, four_steps, {broken}), ::testing::Each(::testing::Not("")));
      }
      EXPECT_FALSE(fs::exists(output()));
      EXPECT_TRUE(fs::exists(output() + ".work/steps/kept.json"));
      // On other ranks.
      EXPECT_THAT(run(4 - ranks, four_steps), ::testing::Each(""));
      EXPECT_EQ(digest(), expected);
      EXPECT_THAT(resumed(), ElementsAre("kept"));
      EXPECT_FALSE(fs::exists(output() + ".work"));
    }
  }
}

TEST_F(WholeRun, TakesNothingFromABrokenOffRunThatDoesNotHold) {
  EXPECT_THAT(run(1, four_steps), ::testing::Each(""));
  const auto expected = digest();
  const auto break_off = [&] {
    fs::remove(output());
    EXPECT_THAT(run(2, four_steps, {"steps.last.fail_on_rank=1"}), ::testing::Each(HasSubstr("told to fail")));
    EXPECT_TRUE(fs::exists(output() + ".work/steps/twice.json"));
  };
  const auto goes_on = [&](const std::vector<std::string>& overrides, bool fresh) {
    EXPECT_THAT(run(2, four_steps, overrides, fresh), ::testing::Each(""));
    std::string steps;
    const auto record = manifest();
    for (const auto& step : record["steps"]) steps += std::string(step["resumed"] ? "=" : "") + std::string(step["step"]) + " ";
    return steps;
  };
  const auto file = output() + ".work/steps/kept.h5";

  break_off();
  EXPECT_EQ(goes_on({}, false), "=kept =twice =sizes last ");
  EXPECT_EQ(digest(), expected);

  break_off();
  EXPECT_EQ(goes_on({"steps.twice.add=11"}, false), "=kept twice =sizes last ");
  EXPECT_THAT(log_, HasSubstr("step twice runs again: its options are not what they were"));
  EXPECT_NE(digest(), expected);

  break_off();
  EXPECT_EQ(goes_on({"steps.kept.add=11"}, false), "kept twice sizes last ");
  EXPECT_THAT(log_, HasSubstr("step twice runs again: what it reads is not what it was"));

  break_off();
  EXPECT_EQ(goes_on({}, true), "kept twice sizes last ");
  EXPECT_EQ(digest(), expected);

  // Any bit of the file, and a file that is not there.
  break_off();
  {
    std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(100);
    damaged.put('~');
  }
  EXPECT_EQ(goes_on({}, false), "kept =twice =sizes last ");
  EXPECT_THAT(log_, HasSubstr("kept.h5 is not what it was when it was written"));
  EXPECT_EQ(digest(), expected);

  break_off();
  fs::remove(file);
  EXPECT_EQ(goes_on({}, false), "kept =twice =sizes last ");
  EXPECT_EQ(digest(), expected);

  break_off();
  std::ofstream(output() + ".work/steps/kept.json") << "{";
  EXPECT_EQ(goes_on({}, false), "kept =twice =sizes last ");
  EXPECT_THAT(log_, HasSubstr("step kept runs again: what is kept of it cannot be read"));
  EXPECT_EQ(digest(), expected);
}

const std::string rounds = "  waves: {job: rounds, from: lines}\n";

/// Runs into a stop in a round.
#define EXPECT_STOP_IN(round, ranks)                             \
  do {                                                           \
    const StopSignals signals;                                   \
    testing::RoundsStep::stop_in = round;                        \
    testing::RoundsStep::worked = 0;                             \
    EXPECT_THAT(run(ranks, rounds), Each(HasSubstr("stopped"))); \
    EXPECT_EQ(codes_[0], 75);                                    \
    testing::RoundsStep::stop_in = 0;                            \
    testing::RoundsStep::worked = 0;                             \
  } while (false)

TEST_F(WholeRun, AStepGoesOnFromTheRoundInWhichItWasStoppedOnAnyRanks) {
  ASSERT_THAT(run(2, rounds), Each(""));
  const auto expected = digest();
  EXPECT_EQ(manifest()["steps"][0]["gone_on_from"], 0);
  EXPECT_GE(manifest()["steps"][0]["checkpoint_seconds"], 0);
  EXPECT_LT(manifest()["steps"][0]["checkpoint_seconds"], manifest()["steps"][0]["seconds"]);
  for (const int ranks : {1, 2, 3, 7}) {
    EXPECT_STOP_IN(4, ranks);
    EXPECT_THAT(log_, HasSubstr("step waves: checkpoint 1 is kept"));
    EXPECT_EQ(digest(), expected) << "the old output stays";
    ASSERT_THAT(run(5 - ranks % 4, rounds), Each(""));
    EXPECT_EQ(testing::RoundsStep::worked, 6);
    EXPECT_EQ(digest(), expected) << ranks;
    EXPECT_EQ(manifest()["steps"][0]["gone_on_from"], 1);
    EXPECT_FALSE(fs::exists(output() + ".work"));
  }
}

TEST_F(WholeRun, ACheckpointThatIsDamagedIsPassedOver) {
  ASSERT_THAT(run(1, rounds), Each(""));
  const auto expected = digest();
  const auto file = [&](const std::string& name) { return output() + ".work/checkpoints/waves/" + name; };
  for (const char* const damaged : {"3.state", "3.json"}) {
    for (const int round : {2, 5, 7}) EXPECT_STOP_IN(round, 2);
    EXPECT_FALSE(fs::exists(file("1.state"))) << "two generations stay";
    ASSERT_TRUE(fs::exists(file("2.state")));
    {
      std::fstream stream(file(damaged), std::ios::in | std::ios::out);
      stream.seekp(70);
      stream.put('\x7f');
    }
    ASSERT_THAT(run(3, rounds), Each(""));
    EXPECT_THAT(log_, HasSubstr("step waves goes on from checkpoint 2"));
    EXPECT_THAT(manifest()["steps"][0]["warnings"].dump(), HasSubstr("is tried"));
    EXPECT_EQ(testing::RoundsStep::worked, 5);
    EXPECT_EQ(digest(), expected);
  }
  // Without any that holds, from the beginning.
  for (const int round : {2, 5}) EXPECT_STOP_IN(round, 2);
  fs::resize_file(file("2.state"), 100);
  fs::remove(file("1.state"));
  ASSERT_THAT(run(2, rounds), Each(""));
  EXPECT_THAT(log_, ::testing::ContainsRegex("2\\.state [^;]*; the checkpoint before it is tried"));
  EXPECT_THAT(log_, ::testing::ContainsRegex("1\\.state [^;]*; the step begins anew"));
  EXPECT_EQ(testing::RoundsStep::worked, 10);
  EXPECT_EQ(digest(), expected);
}

TEST_F(WholeRun, ACheckpointOfAnotherJobIsNotGoneOnFrom) {
  EXPECT_STOP_IN(4, 2);
  ASSERT_THAT(run(2, "  waves: {job: rounds, from: lines, rounds: 9}\n"), Each(""));
  EXPECT_THAT(log_,
              HasSubstr("step waves begins anew, without the checkpoint that is there: its options are not what they were"));
  EXPECT_EQ(testing::RoundsStep::worked, 9);
  EXPECT_STOP_IN(4, 2);
  ASSERT_THAT(run(2, rounds, {}, true), Each(""));
  EXPECT_EQ(testing::RoundsStep::worked, 10) << "--fresh";
}

TEST_F(WholeRun, WhereTheOutputIsThereNothingIsDone) {
  const bool unless_asked = false;
  ASSERT_THAT(run(2, rounds), Each(""));
  const auto written = fs::last_write_time(output());
  testing::RoundsStep::worked = 0;
  ASSERT_THAT(run(3, rounds, {"resources.threads=1"}, false, unless_asked), Each(""));
  EXPECT_THAT(log_, HasSubstr("is what this job makes of this input already: nothing is to be done; --force repeats it"));
  EXPECT_EQ(testing::RoundsStep::worked, 0);
  EXPECT_EQ(fs::last_write_time(output()), written);
  EXPECT_FALSE(fs::exists(output() + ".work"));
  // Another option, a check that is new, another way to publish it, a damaged output: there is something to do.
  int runs = 0;
  const auto expect_work = [&](const std::string& steps, const std::vector<std::string>& overrides) {
    testing::RoundsStep::worked = 0;
    ASSERT_THAT(run(2, steps, overrides, false, unless_asked), Each("")) << ++runs;
    EXPECT_EQ(testing::RoundsStep::worked, 10) << runs;
  };
  expect_work(rounds, {"seed=2"});
  expect_work(rounds, {});
  expect_work(rounds, {"checks={waves: [{rows: {at_least: 1}}]}"});
  expect_work(rounds, {"output.mode=0640"});
  expect_work(rounds, {});
  // A table that a check alone reads: it may break the check now.
  for (const std::int64_t lines : {3, 4}) {
    const data::Schema schema{{{"id", data::Type::int64, false, 0, {}}}, {}};
    const std::vector<std::int64_t> ids(static_cast<std::size_t>(lines), 1);
    const data::Batch batch{{0, lines}, {data::Column(schema[0], ids)}};
    fs::remove(path("more.h5"));
    store::write_small_table(*comm::single(), path("more.h5"), "/lines", schema, batch);
    expect_work(rounds, {"inputs.more={file: " + path("more.h5") + ", table: /lines}", "checks={more: [{rows: {at_least: 1}}]}"});
  }
  std::ofstream(output(), std::ios::app) << "x";
  expect_work(rounds, {});
}

TEST_F(WholeRun, AFailureIsSettledBeforeTheWorkFolderGoes) {
  std::ofstream(path("job.yaml")) << "version: 1\noutput: {file: " << output()
                                  << "}\ninputs:\n  lines: {file: " << path("input.h5") << ", table: /lines}\nsteps:\n"
                                  << "  kept: {job: copy, from: lines, column: id, fail_on_rank: 0}\n";
  const auto alone = comm::single();
  std::ostringstream log;
  Progress progress({.bar = false}, log);
  auto loaded = load_job(*alone, path("job.yaml"), {}, testing::toy_kinds());
  bool there = false;
  const RunSettings settings{.settle = [&](const base::Error& error) {
    there = fs::exists(output() + ".work");
    return error.within("settled");
  }};
  try {
    run_job(*alone, loaded, testing::toy_kinds(), settings, progress);
    ADD_FAILURE() << "no error";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith("settled: step kept"));
  }
  EXPECT_TRUE(there);
  EXPECT_FALSE(fs::exists(output() + ".work"));
}

TEST_F(WholeRun, StepsWithoutAnOutputAreAMistakeOfTheJobFile) {
  std::ofstream(path("job.yaml")) << "version: 1\ninputs:\n  lines: {file: " << path("input.h5")
                                  << ", table: /lines}\nsteps:\n  kept: {job: copy, from: lines, column: id}\n";
  try {
    load_job(*comm::single(), path("job.yaml"), {}, testing::toy_kinds());
    ADD_FAILURE() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.exit_code(), 78);
    EXPECT_THAT(error.what(), HasSubstr("no output"));
    EXPECT_TRUE(error.is_known_to_all());
  }
}

TEST_F(WholeRun, MistakesOfTheJobFileComeBeforeAnythingIsMade) {
  const auto errors = run(2, "  a: {job: copy, from: lines, column: idd}\n  b: {job: copi, from: a}\n");
  EXPECT_THAT(errors, ::testing::Each(::testing::AllOf(HasSubstr("did you mean 'id'?"), HasSubstr("did you mean 'copy'?"))));
  EXPECT_THAT(codes_, ::testing::Each(78));
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(WholeRun, AMissingInputIsAnErrorOfTheData) {
  fs::remove(path("input.h5"));
  const auto errors = run(2, two_steps);
  EXPECT_THAT(codes_, ::testing::Each(::testing::AnyOf(65, 74)));
  EXPECT_THAT(errors, ::testing::Each(HasSubstr("input.h5")));
}

/// Puts another file with the same table in the place of an input.
void replace_input(const std::string& path) {
  fs::copy_file(path, path + ".new");
  fs::rename(path + ".new", path);
}

TEST_F(WholeRun, AnInputIsTheSameFileForEveryStep) {
  ASSERT_THAT(run(1, two_steps), Each(""));
  for (const auto& change : {std::function<void()>([&] { replace_input(path("input.h5")); }),
                             std::function<void()>([&] { std::ofstream(path("input.h5"), std::ios::app) << "x"; })}) {
    std::vector<std::string> errors(2);
    comm::run_threads(2, [&](comm::Communicator& communicator) {
      std::ostringstream log;
      Progress progress({}, log);
      auto job = load_job(communicator, path("job.yaml"), {}, testing::toy_kinds());
      communicator.barrier();
      if (communicator.is_root()) change();
      communicator.barrier();
      try {
        run_job(communicator, job, testing::toy_kinds(), {.again = true}, progress);
      } catch (const base::Error& error) {
        EXPECT_EQ(error.kind(), base::ErrorKind::io);
        errors[static_cast<std::size_t>(communicator.rank())] = error.what();
      }
    });
    EXPECT_THAT(errors, Each(HasSubstr("input.h5: is not what it was when the job was checked")));
  }
}

TEST_F(WholeRun, APreviousOutputIsTheSameFileForEveryStep) {
  ASSERT_THAT(run(1, two_steps), Each(""));
  const auto communicator = comm::single();
  const auto previous = PreviousOutput::load(*communicator, output(), {}, Roots({})).output;
  ASSERT_NE(previous, nullptr);
  EXPECT_EQ(previous->open("twice")->rows(), 2144);  // 714 * 3, and of the last two
  ASSERT_THAT(run(1, two_steps, {"seed=2"}), Each(""));
  try {
    previous->open("twice");
    ADD_FAILURE() << "it read another night";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("is not what it was when the job was checked"));
  }
}

TEST_F(WholeRun, WhatAnImportMakesOtherwiseIsCheckedAgainThoughOnlyChecksReadIt) {
  std::ofstream(path("a.csv")) << "n\n1.25\n2.50\n";
  const auto run_it = [&](const std::string& type) {
    std::ofstream(path("import.yaml")) << "version: 1\nstore: " << path("store") << "\noutput: {file: " << output()
                                       << "}\ninputs:\n  lines: {file: " << path("input.h5")
                                       << ", table: /lines}\nimport:\n  sales: {files: " << path("a.csv")
                                       << ", columns: {n: {type: " << type
                                       << "}}}\nsteps:\n  kept: {job: copy, from: lines, column: id}\n"
                                       << "checks: {sales: [{expect: n > 1}]}\n";
    std::ostringstream log;
    Progress progress({}, log);
    const auto communicator = comm::single();
    auto job = load_job(*communicator, path("import.yaml"), {}, testing::toy_kinds());
    run_job(*communicator, job, testing::toy_kinds(), {}, progress);
    return log.str();
  };
  const auto nothing_to_do = HasSubstr("nothing is to be done");
  EXPECT_THAT(run_it("decimal(2)"), ::testing::Not(nothing_to_do));
  EXPECT_THAT(run_it("decimal(2)"), nothing_to_do);
  EXPECT_THAT(run_it("float64"), ::testing::Not(nothing_to_do));
  EXPECT_THAT(run_it("float64"), nothing_to_do);
}

TEST_F(WholeRun, ImportsAFileOnceAndAgainWhenItHasChanged) {
  const auto job = [&](const std::string& files) {
    std::ofstream(path("import.yaml")) << "version: 1\nstore: " << path("store") << "\noutput: {file: " << output()
                                       << "}\nimport:\n"
                                       << "  sales:\n    files: " << files
                                       << "\n    max_rejects: 1\n    columns:\n      n: {type: int64, required: true}\n"
                                          "      who: {as: customer, type: category}\n"
                                       << "steps:\n  copied: {job: copy, from: sales, column: n, where: customer = 'b'}\n";
  };
  const auto run_imported = [&](int ranks, bool again = false) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      std::ostringstream log;
      ProgressSettings settings;
      settings.bar = false;
      Progress progress(settings, log);
      auto loaded = load_job(communicator, path("import.yaml"), {}, testing::toy_kinds());
      run_job(communicator, loaded, testing::toy_kinds(), {.import_again = again, .again = true}, progress);
    });
  };
  std::ofstream(path("a.csv")) << "n,who\n1,a\n2,b\nx,b\n3,b\n";
  job(path("a*.csv"));
  run_imported(2);
  auto record = manifest();
  EXPECT_EQ(record["steps"][0]["job"], "import");
  EXPECT_EQ(record["steps"][0]["left_out"]["not a number"], 1);
  EXPECT_EQ(record["steps"][0]["rows"]["sales"], 3);
  EXPECT_EQ(record["steps"][0]["notes"]["files_unchanged"], 0);
  EXPECT_EQ(record["steps"][1]["rows"]["copied"], 2);
  run_imported(3);
  EXPECT_EQ(manifest()["steps"][0]["notes"]["files_unchanged"], 1);
  std::ofstream(path("a2.csv")) << "n,who\n7,b\n";
  run_imported(1);
  record = manifest();
  EXPECT_EQ(record["steps"][0]["notes"]["files"], 2);
  EXPECT_EQ(record["steps"][0]["notes"]["files_unchanged"], 1);
  EXPECT_EQ(record["steps"][1]["rows"]["copied"], 3);
  run_imported(2, true);
  EXPECT_EQ(manifest()["steps"][0]["notes"]["files_unchanged"], 0);
  const auto imported = store::Store::open(path("store")).at("sales");
  std::ofstream(path("a2.csv")) << "n,who\nx,b\nx,b\n";
  EXPECT_THROW(run_imported(2, true), base::Error);
  EXPECT_EQ(store::Store::open(path("store")).at("sales"), imported) << "an import that fails leaves the table";
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(path("store"))) left.push_back(entry.path().filename().string());
  EXPECT_THAT(left, ::testing::UnorderedElementsAre("manifest.json", "readers", imported.parts[0].file, imported.parts[1].file));
}

}  // namespace
}  // namespace fullbase::runtime
