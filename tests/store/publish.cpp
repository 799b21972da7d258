// Outputs appear whole; locks keep others out; digests tell.
#include "store/publish.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "sample_table.hpp"
#include "store/digest.hpp"
#include "store/file.hpp"
#include "store/file_seal.hpp"
#include "store/inspect.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"
#include "store/verify.hpp"

namespace fullbase::store {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

data::Batch part_of(std::int64_t rows, const comm::Communicator& communicator) {
  return sample::rows(base::Partition(rows, communicator.size()).rows_of(communicator.rank()));
}

/// A run with two steps; the second has two tables.
void run(comm::Communicator& communicator, const std::string& output, std::int64_t rows) {
  WorkFolder work(communicator, output);
  write_local_table(communicator, work.unfinished_step_file("rfm"), "/rfm", sample::schema(), part_of(rows, communicator));
  work.finish_step(communicator, "rfm");
  write_local_table(communicator, work.unfinished_step_file("segments"), "/segments", sample::schema(),
                    part_of(rows / 2, communicator));
  write_small_table(communicator, work.unfinished_step_file("segments"), "/segments/centroids", sample::schema(),
                    sample::rows({0, 3}));
  work.finish_step(communicator, "segments");
  nlohmann::ordered_json manifest = {{"job", "nightly"}, {"digests", nlohmann::json::object()}};
  for (const char* step : {"rfm", "segments"}) {
    for (const auto& [name, digest] : file_digests(communicator, work.step_file(step))) manifest["digests"][name] = digest;
  }
  publish(communicator, work, {.step_files = {work.step_file("rfm"), work.step_file("segments")}, .manifest = manifest.dump()});
  work.remove(communicator);
}

TEST(Publish, AnOutputHoldsEveryTableAndVerifies) {
  const sample::Folder folder;
  const std::string output = folder / "out/nightly.h5";
  std::string file_hash;
  for (const int ranks : {1, 3}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      run(communicator, output, 20'000);
      const auto verification = verify_output(communicator, output);
      EXPECT_THAT(verification.problems, IsEmpty());
      EXPECT_EQ(verification.digests.size(), 3U);
    });
    if (file_hash.empty()) file_hash = file_sha256(output);
    EXPECT_EQ(file_sha256(output), file_hash) << "the output depends on the ranks";
  }
  const auto table = open_table(output, "segments/centroids");
  EXPECT_TRUE(sample::equal(table->read({0, 3}, std::vector<int>{7}).columns[0], sample::rows({0, 3}).columns[7]));
  struct stat status {};
  ASSERT_EQ(stat(output.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "out")) left.push_back(entry.path().filename().string());
  EXPECT_THAT(left, ::testing::UnorderedElementsAre("nightly.h5", "nightly.h5.run.json"));
}

TEST(Publish, TheLargestStepFileThatMayBeTakenBecomesTheOutput) {
  const sample::Folder folder;
  std::vector<std::pair<std::string, std::string>> digests;
  for (const bool may_be_taken : {false, true}) {
    const std::string output = folder / (may_be_taken ? "taken.h5" : "copied.h5");
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      WorkFolder work(communicator, output);
      for (const auto& [step, rows] : {std::pair("large", 9'000), {"larger", 20'000}, {"small", 10}}) {
        write_local_table(communicator, work.unfinished_step_file(step), std::string("/") + step, sample::schema(),
                          part_of(rows, communicator), {.durability = Durability::later});
        work.finish_step(communicator, step);
      }
      Publication publication{.step_files = {}, .manifest = R"({"digests": {}})"};
      publication.step_files = {{work.step_file("large"), "large", may_be_taken},
                                {work.step_file("larger"), "larger", false},  // somebody needs it yet
                                {work.step_file("small"), "small", may_be_taken}};
      publish(communicator, work, publication);
      EXPECT_EQ(std::filesystem::exists(work.step_file("large")), !may_be_taken);
      EXPECT_TRUE(std::filesystem::exists(work.step_file("larger")));
      EXPECT_TRUE(std::filesystem::exists(work.step_file("small")));
      const auto found = file_digests(communicator, output);
      EXPECT_EQ(found.size(), 3U);
      if (communicator.is_root()) {
        if (digests.empty()) digests.assign(found.begin(), found.end());
        EXPECT_TRUE(std::ranges::equal(digests, found));
      }
      work.remove(communicator);
    });
  }
}

TEST(Publish, DecimalsAreWrittenAsNumbersWhereThatIsAskedFor) {
  const sample::Folder folder;
  const auto alone = comm::single();
  data::Schema schema;
  schema.fields = {{.name = "price", .type = data::Type::decimal, .nullable = true, .scale = 2}};
  data::Batch batch{.rows = {0, 3}, .columns = {}};
  batch.columns.emplace_back(schema[0], std::vector<std::int64_t>{250, data::missing_int64, -1});
  write_local_table(*alone, folder / "t.h5", "/t", schema, batch, {.decimals_as_numbers = true});
  const auto table = open_table(folder / "t.h5", "t");
  EXPECT_EQ(table->schema()[0].type, data::Type::float64);
  const auto read = table->read({0, 3}, std::vector<int>{0});
  EXPECT_EQ(read[0].float64s()[0], 2.5);
  EXPECT_TRUE(read[0].is_missing(1));
  EXPECT_EQ(read[0].float64s()[2], -0.01);
}

TEST(Publish, VerificationNamesWhatWasAltered) {
  const sample::Folder folder;
  const std::string output = folder / "o.h5";
  const auto alone = comm::single();
  run(*alone, output, 3'000);
  const std::int64_t value = 1'000'000'000'000 + 2'900 * 7;
  std::string bytes = read_text(output);
  bytes[bytes.find(std::string(reinterpret_cast<const char*>(&value), 8))] ^= 1;
  replace_text(output, bytes);
  const auto problems = verify_output(*alone, output).problems;
  EXPECT_THAT(problems, ::testing::Contains(HasSubstr("rfm.customer: block 2")));
  EXPECT_THAT(problems, ::testing::Contains(HasSubstr("SHA-256")));
}

TEST(Publish, AManifestOfAnotherShapeIsDamage) {
  const sample::Folder folder;
  const std::string output = folder / "o.h5";
  const auto alone = comm::single();
  run(*alone, output, 100);
  for (const char* const text : {"[1]", "{\"output\": 3}", "{\"output\": {\"bytes\": \"x\", \"sha256\": 1}}", "{"}) {
    replace_text(run_manifest_path(output), text);
    EXPECT_THAT(verify_output(*alone, output).problems, ::testing::ElementsAre(HasSubstr("is damaged"))) << text;
  }
}

TEST(Publish, TheOldOutputStaysUntilTheNewOneIsWhole) {
  const sample::Folder folder;
  const std::string output = folder / "o.h5";
  const auto alone = comm::single();
  run(*alone, output, 2'000);
  const std::string before = file_sha256(output);
  WorkFolder work(*alone, output);
  write_local_table(*alone, work.unfinished_step_file("rfm"), "/rfm", sample::schema(), sample::rows({0, 10}));
  // The step was never finished: publishing it fails.
  EXPECT_THROW(publish(*alone, work, {.step_files = {work.step_file("rfm")}, .manifest = "{}"}), base::Error);
  EXPECT_EQ(file_sha256(output), before);
  EXPECT_FALSE(std::filesystem::exists(output + ".new"));
}

TEST(Publish, TheOldOutputStaysWhereTheManifestBesideItCannotBeWritten) {
  const sample::Folder folder;
  const std::string output = folder / "o.h5";
  const auto alone = comm::single();
  run(*alone, output, 2'000);
  const std::string before = file_sha256(output);
  WorkFolder work(*alone, output);
  write_local_table(*alone, work.unfinished_step_file("rfm"), "/rfm", sample::schema(), sample::rows({0, 10}));
  work.finish_step(*alone, "rfm");
  std::filesystem::create_directory(run_manifest_path(output) + ".new");
  EXPECT_THROW(publish(*alone, work, {.step_files = {work.step_file("rfm")}, .manifest = "{}"}), base::Error);
  EXPECT_EQ(file_sha256(output), before);
  EXPECT_FALSE(std::filesystem::exists(output + ".new"));
}

/// Whatever stops a run while it publishes, a manifest beside the output is that output's, and the next run restores it.
TEST(Publish, ACrashBetweenTheRenamesIsSettled) {
  namespace fs = std::filesystem;
  const sample::Folder folder;
  const std::string output = folder / "o.h5";
  const std::string manifest = run_manifest_path(output);
  const auto alone = comm::single();
  run(*alone, output, 300);
  fs::copy(output, folder / "old.h5");
  fs::copy(manifest, folder / "old.json");
  run(*alone, output, 500);
  fs::copy(output, folder / "new.h5");
  fs::copy(manifest, folder / "new.json");
  struct State {
    const char* output;
    const char* beside;  ///< or none
    const char* old;
    bool fresh;
  };
  for (const State& state : {State{"old", "old", nullptr, true},
                             {"old", nullptr, "old", true},
                             {"new", nullptr, "old", true},
                             {"new", "new", "old", false},
                             {"new", nullptr, nullptr, true}}) {
    const auto place = [&](const char* from, const std::string& to) {
      remove_file(to);
      if (from) fs::copy(folder / from, to);
    };
    const auto json = [](const char* name) { return name ? std::string(name) + ".json" : std::string(); };
    place((std::string(state.output) + ".h5").c_str(), output);
    place(state.beside ? json(state.beside).c_str() : nullptr, manifest);
    place(state.old ? json(state.old).c_str() : nullptr, manifest + ".old");
    place(state.fresh ? "new.json" : nullptr, manifest + ".new");
    const auto problems = verify_output(*alone, output).problems;
    if (state.beside) {
      EXPECT_THAT(problems, IsEmpty());
    } else {
      EXPECT_THAT(problems, ::testing::ElementsAre(HasSubstr("ended early")));
    }
    { const WorkFolder next(*alone, output); }
    EXPECT_THAT(verify_output(*alone, output).problems, IsEmpty());
    EXPECT_EQ(read_text(manifest), read_text(folder / json(state.output)));
    EXPECT_FALSE(fs::exists(manifest + ".new"));
    EXPECT_FALSE(fs::exists(manifest + ".old"));
  }
}

TEST(Publish, ASecondRunIsKeptOutAndALaterOneCleansUp) {
  const sample::Folder folder;
  const auto alone = comm::single();
  {
    WorkFolder first(*alone, folder / "o.h5");
    try {
      WorkFolder second(*alone, folder / "o.h5");
      FAIL() << "two runs hold one output";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::io);
      EXPECT_THAT(error.what(), HasSubstr("is locked by another run (process " + std::to_string(getpid())));
    }
    replace_text(first.spill() + "/left", "x");
    replace_text(first.unfinished_step_file("a"), "x");
    replace_text(first.step_file("b"), "x");
    replace_text(first.step_record("b"), "x");
    replace_text(first.step_file("c"), "x");    // without a record
    replace_text(first.step_record("d"), "x");  // without a file
    replace_text(folder / "o.h5.new", "x");
  }
  {
    WorkFolder later(*alone, folder / "o.h5");
    EXPECT_FALSE(std::filesystem::exists(later.spill() + "/left"));
    EXPECT_FALSE(std::filesystem::exists(later.unfinished_step_file("a")));
    EXPECT_FALSE(std::filesystem::exists(folder / "o.h5.new"));
    EXPECT_THAT(later.recorded_steps(), ::testing::ElementsAre("b"));
    EXPECT_EQ(list_folder(later.path() + "/steps"), (std::vector<std::string>{"b.h5", "b.json"}));
    EXPECT_TRUE(later.leave());
  }
  WorkFolder fresh(*alone, folder / "o.h5", true);
  EXPECT_THAT(fresh.recorded_steps(), IsEmpty());
  EXPECT_FALSE(fresh.leave());
  EXPECT_FALSE(std::filesystem::exists(fresh.path()));
}

TEST(FileSeal, IsTheSameOnAnyRanksAndTellsEveryByte) {
  const sample::Folder folder;
  const std::string path = folder / "file";
  std::string text(40'000'000, 'a');
  for (std::size_t i = 0; i < text.size(); i += 4093) text[i] = static_cast<char>('a' + i % 26);
  write_text(path, text);
  const auto sealed_by = [&](int ranks) {
    FileSeal seal;
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      const auto mine = seal_of(communicator, path);
      if (communicator.is_root()) seal = mine;
    });
    return seal;
  };
  const auto whole = sealed_by(1);
  EXPECT_EQ(whole.bytes, std::ssize(text));
  for (const int ranks : {2, 3, 5}) EXPECT_EQ(sealed_by(ranks), whole);
  for (const std::size_t at : {std::size_t{0}, std::size_t{1} << 20, text.size() - 1}) {
    auto changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write_text(path, changed);
    EXPECT_NE(sealed_by(2), whole) << at;
  }
  write_text(path, text + "a");
  EXPECT_NE(sealed_by(2), whole);
  write_text(path, "");
  EXPECT_EQ(sealed_by(3), sealed_by(1));
}

TEST(Digest, DependsOnContentAlone) {
  const sample::Folder folder;
  std::string first;
  for (const int ranks : {1, 2, 3, 4}) {
    for (const std::int64_t rows : {5'000}) {
      const std::string path = folder / (std::to_string(ranks) + ".h5");
      comm::run_threads(ranks, [&](comm::Communicator& communicator) {
        write_local_table(communicator, path, "/t", sample::schema(), part_of(rows, communicator));
        const auto digest = table_digest(communicator, *open_table(path, "t"));
        const data::MemoryTable memory("m", sample::rows({0, rows}), "customer");
        EXPECT_EQ(table_digest(communicator, memory), digest);
        if (communicator.is_root() && first.empty()) first = digest;
        EXPECT_TRUE(!communicator.is_root() || digest == first);
      });
    }
  }
  const auto alone = comm::single();
  auto changed = sample::rows({0, 5'000});
  changed.columns[5].int64s()[4'999] += 1;
  EXPECT_NE(table_digest(*alone, data::MemoryTable("m", changed, "customer")), first);
}

TEST(Digest, IgnoresSignOfZeroPatternOfNanAndUnusedCategories) {
  const auto alone = comm::single();
  const auto digest_of = [&](double zero, double nan, std::vector<std::string> categories, std::int32_t code) {
    data::Strings texts;
    for (const auto& text : categories) texts.push_back(text);
    data::Batch batch;
    batch.rows = {0, 2};
    batch.columns.emplace_back(data::Field{.name = "x"}, std::vector<double>{zero, nan});
    batch.columns.emplace_back(data::Field{.name = "c", .type = data::Type::category}, std::vector<std::int32_t>{code, -1},
                               std::vector<std::uint8_t>{}, std::make_shared<const data::Dictionary>(std::move(texts)));
    return table_digest(*alone, data::MemoryTable("m", batch));
  };
  EXPECT_EQ(digest_of(0.0, std::nan("1"), {"b"}, 0), digest_of(-0.0, -std::nan("7"), {"a", "b"}, 1));
  EXPECT_NE(digest_of(0.0, 1, {"b"}, 0), digest_of(0.0, 1, {"a", "b"}, 0));
}

}  // namespace
}  // namespace fullbase::store
