// A store changes in one step, keeps what others read, and touches no file that is not its own.
#include "store/store.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "sample_table.hpp"
#include "store/file.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

data::Batch part_of(std::int64_t rows, const comm::Communicator& communicator) {
  return sample::rows(base::Partition(rows, communicator.size()).rows_of(communicator.rank()));
}

bool exists(const std::string& path) {
  return std::filesystem::exists(path);
}

/// Commits table `t` as one part of `rows` rows and returns the part's path.
std::string replace_table(StoreWriter& writer, comm::Communicator& communicator, std::int64_t rows) {
  const std::string part = writer.new_part("t");
  write_local_table(communicator, part, "/rows", sample::schema(), part_of(rows, communicator));
  Catalog catalog = writer.catalog();
  catalog.tables["t"] = {sample::schema(),
                         {{.file = std::filesystem::path(part).filename().string(),
                           .rows = rows,
                           .source = {},
                           .checksum = table_checksum(*open_table(part, "/rows"))}}};
  writer.commit(catalog);
  return part;
}

TEST(Store, HoldsPartsAsOneTable) {
  const sample::Folder folder;
  const std::string path = folder / "store";
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    StoreWriter writer(communicator, path);
    Catalog catalog = writer.catalog();
    auto& table = catalog.tables["lines"];
    table.schema = sample::schema();
    for (const std::int64_t rows : {1'500, 700}) {
      const std::string part = writer.new_part("lines");
      write_local_table(communicator, part, "/rows", sample::schema(), part_of(rows, communicator));
      table.parts.push_back({.file = std::filesystem::path(part).filename().string(),
                             .rows = rows,
                             .source = {"a.csv", 7, 8, "hash", "options"},
                             .checksum = table_checksum(*open_table(part, "/rows"))});
    }
    writer.commit(catalog);
    const Store store = Store::open(communicator, path);
    EXPECT_EQ(store.catalog(), catalog);
    const auto joined = store.open_table("lines");
    EXPECT_EQ(joined->rows(), 2'200);
    EXPECT_EQ(string_width(*joined, 7), 24);
    const auto across = joined->read({1'490, 1'510}, sample::all_columns(joined->schema()));
    const auto end = sample::rows({1'490, 1'500});
    for (std::size_t i = 0; i < across.columns.size(); ++i) {
      data::Column wanted = end.columns[i];
      wanted.append_from(sample::rows({0, 10}).columns[i], 0, 10);
      EXPECT_TRUE(sample::equal(across.columns[i], wanted)) << i;
    }
    EXPECT_THROW(store.at("line"), base::Error);
  });

  // Another part of the same form: whole, but not the one that was committed.
  const auto alone = comm::single();
  const Store committed = Store::open(path);
  const auto other = committed.part_path(committed.at("lines").parts[0]);
  std::filesystem::remove(other);
  auto values = sample::rows({0, 1'500});
  values.columns[0].int64s()[3] += 1;
  write_small_table(*alone, other, "/rows", sample::schema(), values);
  EXPECT_THROW(Store::open(path).open_table("lines"), base::Error);
}

TEST(Store, KeepsOtherWritersOutAndForgetsWhatWasNotCommitted) {
  const sample::Folder folder;
  const auto alone = comm::single();
  std::string orphan;
  {
    StoreWriter writer(*alone, folder.path());
    EXPECT_THROW(StoreWriter(*alone, folder.path()), base::Error);
    orphan = writer.new_part("t");
    replace_text(orphan, "x");
    EXPECT_NE(writer.new_part("t"), orphan);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Store, AWriterThatDiedLeavesNoPartAndTheOldTable) {
  const sample::Folder folder;
  const auto alone = comm::single();
  const std::string kept = [&] {
    StoreWriter writer(*alone, folder.path());
    return replace_table(writer, *alone, 10);
  }();
  // Killed after it had named a part, and the one that it was about to replace, before the manifest changed.
  replace_text(folder / "t-2.h5", "x");
  replace_text(folder / "manifest.json.new", "{");
  replace_text(folder / "pending.json", R"({"made": ["t-2.h5", "t-3.h5"], "replaced": ["t-1.h5"]})");
  { const StoreWriter next(*alone, folder.path()); }
  EXPECT_THAT(list_folder(folder.path()), ElementsAre("manifest.json", "t-1.h5"));
  EXPECT_EQ(Store::open(folder.path()).open_table("t")->rows(), 10);

  // Killed after the manifest had changed.
  replace_text(folder / "t-9.h5", "x");
  replace_text(folder / "pending.json", R"({"made": ["t-1.h5"], "replaced": ["t-9.h5"]})");
  { const StoreWriter next(*alone, folder.path()); }
  EXPECT_FALSE(exists(folder / "t-9.h5"));
  EXPECT_TRUE(exists(kept));

  // Killed before the first commit.
  const sample::Folder empty;
  replace_text(empty / "manifest.json", R"({"fullbase_store": 1, "tables": {}})");
  replace_text(empty / "t-1.h5", "x");
  replace_text(empty / "pending.json", R"({"made": ["t-1.h5"], "replaced": []})");
  EXPECT_FALSE(Store::open(empty.path()).has("t"));
  { const StoreWriter next(*alone, empty.path()); }
  EXPECT_FALSE(exists(empty / "t-1.h5"));
}

TEST(Store, NumbersOfAManifestAreWholeOnesThatFit) {
  const sample::Folder folder;
  const auto with = [&](std::string_view number, std::string_view other) {
    std::string text = R"({"fullbase_store": 1, "tables": {"t": {
      "schema": {"key": "", "columns": [{"name": "a", "type": "decimal", "nullable": true, "scale": 2}]},
      "parts": [{"file": "t-1.h5", "group": "/rows", "rows": 3, "checksum": "", "counts": {"records": 4},
                 "source": {"path": "", "bytes": 5, "modified_ns": 6, "sha256": "", "options_sha256": ""},
                 "seal": {"bytes": 7, "hash": "1"}}]}}})";
    replace_text(folder / "manifest.json", text.replace(text.find(number), number.size(), other));
    return testing::error_text([&] { Store::open(folder.path()); });
  };
  EXPECT_EQ(with("7", "8"), "no error");
  for (const char* number : {": 2}", ": 3", ": 4", ": 5", ": 6", ": 7"}) {
    for (const std::string_view other : {"2.5", "1e300", "18446744073709551615", "9223372036854775808", "\"2\"", "null"})
      EXPECT_THAT(with(number, ": " + std::string(other) + (number[3] == '}' ? "}" : "")), HasSubstr("not a whole one"))
          << number << " " << other;
  }
  EXPECT_THAT(with(": 2}", ": 4294967298}"), HasSubstr("not a whole one"));
  EXPECT_THAT(with(": 2}", ": 19}"), HasSubstr("column 'a' has 19 decimals"));
  EXPECT_THAT(with(": 2}", ": -1}"), HasSubstr("column 'a' has -1 decimals"));
}

TEST(Store, NoFileOfOthersIsRemoved) {
  const sample::Folder folder;
  const auto alone = comm::single();
  {
    StoreWriter writer(*alone, folder.path());
    replace_table(writer, *alone, 10);
  }
  replace_text(folder / "sales-2023.h5", "a user's");
  replace_text(folder / "t-17.h5", "a user's");
  for (int i = 0; i < 2; ++i) {
    StoreWriter writer(*alone, folder.path());
    EXPECT_THAT(replace_table(writer, *alone, 20), HasSubstr("/t-" + std::to_string(2024 + i) + ".h5"));
  }
  EXPECT_THAT(list_folder(folder.path()), ElementsAre("manifest.json", "sales-2023.h5", "t-17.h5", "t-2025.h5"));
  replace_text(folder / "pending.json", R"({"made": ["../x-1.h5"], "replaced": []})");
  EXPECT_THROW(StoreWriter(*alone, folder.path()), base::Error);
}

TEST(Store, PartsWithoutAManifestAreNotTakenForAnEmptyStore) {
  const sample::Folder folder;
  const auto alone = comm::single();
  const std::string part = [&] {
    StoreWriter writer(*alone, folder.path());
    return replace_table(writer, *alone, 10);
  }();
  remove_file(folder / "manifest.json");
  const auto expect_refusal = [](auto&& open) {
    try {
      open();
      FAIL() << "a store that has lost its manifest was opened";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
      EXPECT_THAT(error.what(), HasSubstr("manifest.json is missing"));
      EXPECT_THAT(error.what(), HasSubstr("restore it"));
    }
  };
  expect_refusal([&] { StoreWriter(*alone, folder.path()); });
  expect_refusal([&] { Store::open(folder.path()); });
  expect_refusal([&] { Store::open(*alone, folder.path()); });
  EXPECT_TRUE(exists(part));
}

TEST(Store, WhatIsReadStaysUntilItsReadersHaveGone) {
  const sample::Folder folder;
  const auto alone = comm::single();
  const auto import = [&](std::int64_t rows) {
    StoreWriter writer(*alone, folder.path());
    return replace_table(writer, *alone, rows);
  };
  const std::string first = import(10);
  {
    const Store reader = Store::open(*alone, folder.path());
    import(20);
    EXPECT_EQ(reader.open_table("t")->rows(), 10) << "opened after it was replaced";
    const std::string third = import(30);
    EXPECT_EQ(reader.open_table("t")->rows(), 10);
    EXPECT_EQ(Store::open(folder.path()).open_table("t")->rows(), 30);
    EXPECT_TRUE(exists(third));
  }
  EXPECT_TRUE(exists(first));
  auto table = Store::open(folder.path()).open_table("t");
  const std::string fourth = import(40);
  EXPECT_TRUE(exists(first)) << "an open table is a reader too";
  table.reset();
  { const StoreWriter next(*alone, folder.path()); }
  EXPECT_THAT(list_folder(folder.path()), ElementsAre("manifest.json", "readers", fourth.substr(fourth.rfind('/') + 1)));
}

}  // namespace
}  // namespace fullbase::store
