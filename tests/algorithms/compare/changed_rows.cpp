// The delta of two versions of a table, put on the earlier one, is the later one.
#include "algorithms/compare/changed_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "algorithms/compare/schema_difference.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"

namespace fullbase::compare {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;

/// Key -> what the row says.
using Rows = std::map<std::string, std::string>;

data::MemoryTable table_of(const char* name, const Rows& rows, bool key_is_category) {
  Optional<std::string> keys, texts;
  Optional<std::int64_t> lengths;
  for (const auto& [key, text] : rows) {
    keys.emplace_back(key);
    texts.emplace_back(text);
    lengths.emplace_back(std::ssize(text));
  }
  return make_table(name, {key_is_category ? category_column("id", keys) : string_column("id", keys),
                           category_column("text", texts), int64_column("length", lengths)});
}

TEST(ChangedTable, BringsTheEarlierTableUpToDate) {
  std::mt19937 random(9);
  Rows before;
  Rows after;
  for (int i = 0; i < 4'000; ++i) {
    const auto key = "k" + std::to_string(i);
    if (random() % 5 != 0) before[key] = std::string(random() % 9, 'a');
    if (random() % 5 != 0) after[key] = before.contains(key) && random() % 3 != 0 ? before[key] : std::string(random() % 9, 'b');
  }
  const auto earlier = table_of("old", before, true);
  const auto later = table_of("new", after, false);
  for (const int ranks : {1, 3}) {
    Rows merged = before;
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 20);
      const std::vector<std::string> keys = {"id"};
      auto schemas = compare_schemas(earlier, later);
      std::erase_if(schemas.common, [](const auto& column) { return column.field.name == "id"; });
      const ComparedTables tables{earlier, later, key_columns(earlier, later, keys), schemas.common, std::nullopt};
      const ChangedTable table(tables, {0, 1}, changed_rows(communicator, tables, budget));
      if (communicator.rank() != ranks - 1) return;
      // In pieces that begin and end anywhere, columns in any order.
      const std::vector<int> columns = {2, 0, 1};
      for (std::int64_t first = 0; first < table.rows(); first += 700) {
        const auto batch = table.read({first, std::min(table.rows(), first + 700)}, columns);
        for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
          const std::string key(batch[2].text(row));
          const auto change = batch[1].text(row);
          EXPECT_EQ(change, !before.contains(key) ? "added" : after.contains(key) ? "changed" : "removed");
          EXPECT_EQ(batch[0].is_missing(row), change == "removed");
          if (change == "changed") {
            EXPECT_NE(before[key], after[key]);
          }
          if (change == "removed") {
            merged.erase(key);
          } else {
            merged[key] = batch[0].text(row);
          }
        }
      }
    });
    EXPECT_EQ(merged, after);
  }
}

TEST(ChangedTable, AColumnNamedChangeIsRefused) {
  const auto table = make_table("t", {int64_column("id", {1}), int64_column("change", {1})});
  const std::vector<std::string> keys = {"id"};
  const ComparedTables tables{table, table, key_columns(table, table, keys), {}, std::nullopt};
  EXPECT_THROW(ChangedTable(tables, {0, 1}, {}), base::Error);
}

}  // namespace
}  // namespace fullbase::compare
