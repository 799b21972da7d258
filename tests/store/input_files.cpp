// Patterns find what a walk of the whole tree finds, and paths give the values that their folders say.
#include "store/input_files.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <regex>

#include "base/error.hpp"
#include "error_text.hpp"
#include "parallel/stop.hpp"
#include "sample_table.hpp"

namespace fullbase::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::error_text;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void put(const std::string& path) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << "x";
}

std::vector<std::string> found(const std::string& folder, const std::vector<std::string>& patterns) {
  std::vector<std::string> whole;
  for (const auto& pattern : patterns) whole.push_back(folder + "/" + pattern);
  std::vector<std::string> paths;
  for (const auto& file : find_source_files(whole)) paths.push_back(file.path.substr(folder.size() + 1));
  return paths;
}

TEST(InputFiles, WildcardsInAnyPartOfAPath) {
  const sample::Folder folder;
  for (const char* path : {"b/lines_2.csv", "a/lines_1.csv", "a/lines_1.csv.gz", "a/other.csv", "a/c/lines_3.csv",
                           ".hidden/lines_9.csv", "a/.lines_8.csv", "lines_0.csv", "a-b/lines_4.csv"}) {
    put(folder / path);
  }
  fs::create_directories(folder / "a/lines_folder.csv");
  EXPECT_THAT(found(folder.path(), {"*/lines_*.csv"}), ElementsAre("a-b/lines_4.csv", "a/lines_1.csv", "b/lines_2.csv"));
  EXPECT_THAT(found(folder.path(), {"*/lines_?.csv*"}),
              ElementsAre("a-b/lines_4.csv", "a/lines_1.csv", "a/lines_1.csv.gz", "b/lines_2.csv"));
  EXPECT_THAT(found(folder.path(), {"**/lines_*.csv"}),
              ElementsAre("a-b/lines_4.csv", "a/c/lines_3.csv", "a/lines_1.csv", "b/lines_2.csv", "lines_0.csv"));
  EXPECT_THAT(found(folder.path(), {"a/**"}), ElementsAre("a/c/lines_3.csv", "a/lines_1.csv", "a/lines_1.csv.gz", "a/other.csv"));
  EXPECT_THAT(found(folder.path(), {"*/other.csv"}), ElementsAre("a/other.csv"));
  EXPECT_THAT(found(folder.path(), {"*/[^l]*.csv"}), ElementsAre("a/other.csv"));
}

TEST(InputFiles, EachFileOnceInTheOrderOfPathsWhateverThePatterns) {
  const sample::Folder folder;
  for (const char* path : {"a/1.csv", "a/2.csv", "b/3.csv"}) put(folder / path);
  const std::vector<std::string> all = {"a/1.csv", "a/2.csv", "b/3.csv"};
  EXPECT_EQ(found(folder.path(), {"b/*", "a/*"}), all);
  EXPECT_EQ(found(folder.path(), {"a/2.csv", "./a//1.csv", "*/*.csv", "b/./3.csv"}), all);
  EXPECT_THAT(found(folder.path(), {"gone.csv"}), ElementsAre("gone.csv")) << "whoever opens it says that it is not there";
}

/// Random trees and patterns against a walk of everything and a regular expression for the whole path.
TEST(InputFiles, FindsWhatAWalkFinds) {
  std::mt19937 random(3);
  const std::vector<std::string> names = {"a", "b", "ab", "a.csv", "b.csv"};
  const std::vector<std::pair<std::string, std::string>> parts = {{"*", "[^/]*"}, {"a*", "a[^/]*"},         {"?", "[^/]"},
                                                                  {"a", "a"},     {"*.csv", "[^/]*\\.csv"}, {"**", ""}};
  int matches = 0;
  for (int round = 0; round < 40; ++round) {
    const sample::Folder folder;
    for (int i = 0; i < 12; ++i) {
      std::string path = folder.path();
      for (std::size_t depth = 1 + random() % 3; depth > 0; --depth) path += "/" + names[random() % names.size()];
      std::error_code ignored;
      fs::create_directories(fs::path(path).parent_path(), ignored);
      std::ofstream{path} << "x";  // not where a folder of the name is, or a file is where a folder would be
    }
    for (int i = 0; i < 10; ++i) {
      std::string pattern;
      std::string expression;
      const std::size_t length = 1 + random() % 3;
      for (std::size_t at = 0; at < length; ++at) {
        const auto& [part, regex] = parts[random() % parts.size()];
        const bool last = at + 1 == length;
        pattern += (at == 0 ? "" : "/") + part;
        expression += part == "**" ? (last ? ".*" : "(.*/)?") : regex + (last ? "" : "/");
      }
      if (pattern.find('*') == std::string::npos && pattern.find('?') == std::string::npos) continue;
      std::vector<std::string> expected;
      for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
        const auto path = entry.path().string().substr(folder.path().size() + 1);
        if (!entry.is_directory() && std::regex_match(path, std::regex(expression))) expected.push_back(path);
      }
      std::sort(expected.begin(), expected.end());
      matches += static_cast<int>(expected.size());
      // A last part without a wildcard is taken even if it is a folder; only files count here.
      const bool literal_end = pattern.ends_with("/a");
      if (expected.empty()) {
        if (!literal_end) {
          EXPECT_THAT(error_text([&] { found(folder.path(), {pattern}); }), HasSubstr("no file has a name like this"));
        }
        continue;
      }
      auto paths = found(folder.path(), {pattern});
      std::erase_if(paths, [&](const std::string& path) { return fs::is_directory(folder / path); });
      EXPECT_EQ(paths, expected) << pattern;
    }
  }
  EXPECT_GT(matches, 300);
}

/// Each `**` alone looks into every folder: eight of them in thirty folders are not thirty to the eighth.
TEST(InputFiles, AnyNumberOfFoldersAgainAndAgain) {
  const sample::Folder folder;
  std::string deep;
  for (int i = 0; i < 30; ++i) deep += "f/";
  put(folder / (deep + "1.csv"));
  EXPECT_THAT(found(folder.path(), {"**/**/**/**/**/**/**/**/1.csv"}), ElementsAre(deep + "1.csv"));
  EXPECT_THAT(found(folder.path(), {"**/f/**/f/**/f/**/f/**/f/**/f/**/f/**/*.csv"}), ElementsAre(deep + "1.csv"));
}

TEST(InputFiles, ASearchEndsOnRequest) {
  const sample::Folder folder;
  put(folder / "a/1.csv");
  const parallel::Stoppable stoppable;
  parallel::request_stop(15);
  EXPECT_THROW(found(folder.path(), {"*/1.csv"}), base::Error);
  parallel::request_stop(0);
  EXPECT_THAT(found(folder.path(), {"*/1.csv"}), ElementsAre("a/1.csv"));
}

TEST(InputFiles, WhatIsNotThereIsSaid) {
  const sample::Folder folder;
  put(folder / "a/1.csv");
  EXPECT_THAT(error_text([&] { found(folder.path(), {"a/*.txt"}); }), HasSubstr("a/*.txt: no file has a name like this"));
  EXPECT_THAT(error_text([&] { found(folder.path(), {"gone/b/*.csv"}); }),
              HasSubstr("there is no folder '" + (folder / "gone") + "'"));
}

TEST(InputFiles, FoldersGiveValues) {
  EXPECT_THAT(source_file("sales/year=2025/shop=K%C3%B6ln%20%2f 1=2/lines.csv").partitions,
              ElementsAre(PartitionValue{"year", "2025"}, PartitionValue{"shop", "Köln / 1=2"}));
  EXPECT_THAT(source_file("/x=1/y=__HIVE_DEFAULT_PARTITION__/z=/f=3.csv").partitions,
              ElementsAre(PartitionValue{"x", "1"}, PartitionValue{"y", std::nullopt}, PartitionValue{"z", ""}));
  EXPECT_THAT(source_file("=1/a=%zz%4/f").partitions, ElementsAre(PartitionValue{"a", "%zz%4"}));
  EXPECT_THAT(source_file("lines.csv").partitions, IsEmpty());
  EXPECT_THAT(error_text([] { source_file("a=1/a=2/f").partition("a"); }),
              HasSubstr("a=1/a=2/f: the path has two folders 'a=...'"));
}

TEST(InputFiles, AColumnComesFromThePathOfEveryFileOrOfNone) {
  const std::vector<SourceFile> files = {source_file("year=1/f"), source_file("year=2/f"), source_file("month=2/f")};
  const PathColumns columns(files, {"amount", "year"});
  const auto values = columns.of(files[1]);
  EXPECT_EQ(values[0], std::nullopt);
  EXPECT_EQ(values[1], (PartitionValue{"year", "2"}));
  EXPECT_THAT(error_text([&] { columns.of(files[2]); }),
              HasSubstr("month=2/f: the path has no folder 'year=...' for the column 'year', as 'year=1/f' has"));
  EXPECT_THAT(PathColumns(files, {"amount"}).of(files[2]), IsEmpty());
  EXPECT_EQ(identity(PathColumns(files, {"amount"}).of(files[2])), "");
  EXPECT_NE(identity(columns.of(files[0])), identity(columns.of(files[1])));
}

}  // namespace
}  // namespace fullbase::store
