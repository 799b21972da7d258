// What is written is what is read, whatever the ranks.
#include <gmock/gmock.h>

#include "comm/agreement.hpp"
#include "comm/launch.hpp"
#include "sample_table.hpp"
#include "store/file.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {
namespace {

void write(comm::Communicator& communicator, const std::string& path, const std::string& group, std::int64_t rows,
           bool with_key = true) {
  const auto writer = TableWriter::create(communicator, path, group, sample::schema(with_key), rows, sample::dictionaries(),
                                          {.string_widths = sample::widths()});
  const base::Partition partition(rows, communicator.size());
  comm::collective_try(communicator, "write", [&] {
    // In pieces, from the last to the first: the order must not matter.
    const auto blocks = partition.blocks_of(communicator.rank());
    for (auto last = blocks.last; last > blocks.first; last = std::max(blocks.first, last - 3)) {
      writer->write(sample::rows(base::rows_of_blocks({std::max(blocks.first, last - 3), last}, rows), with_key));
    }
  });
  writer->finish();
}

void expect_rows(const data::BlockSource& table, base::RowRange range) {
  const auto columns = sample::all_columns(table.schema());
  const auto got = table.read(range, columns);
  const auto wanted = sample::rows(range);
  ASSERT_EQ(got.rows, range);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_TRUE(sample::equal(got.columns[i], wanted.columns[i])) << wanted.columns[i].field().name << " " << range.first;
  }
}

TEST(Table, HoldsEveryTypeOverRowCountsAndRanks) {
  const sample::Folder folder;
  for (const std::int64_t rows : {0, 1, 5, 1023, 1024, 1025, 2048, 40'000}) {
    std::string first_bytes;
    for (const int ranks : {1, 2, 3, 4}) {
      const std::string path = folder / (std::to_string(rows) + "_" + std::to_string(ranks) + ".h5");
      comm::run_threads(ranks, [&](comm::Communicator& communicator) { write(communicator, path, "/customers", rows); });
      const auto table = open_table(path, "customers");
      EXPECT_EQ(table->rows(), rows);
      EXPECT_EQ(table->schema(), sample::schema());
      EXPECT_EQ(*table->dictionary(6), *sample::countries());
      expect_rows(*table, {0, rows});
      const std::string bytes = read_text(path);
      if (ranks == 1) first_bytes = bytes;
      EXPECT_TRUE(bytes == first_bytes) << "the file depends on the ranks: " << ranks << " ranks, " << rows << " rows";
    }
  }
}

TEST(Table, ReadsAnyRowRange) {
  const sample::Folder folder;
  const auto alone = comm::single();
  write(*alone, folder / "t.h5", "/t", 10'000);
  const auto table = open_table(folder / "t.h5", "/t");
  for (const base::RowRange range :
       {base::RowRange{0, 0}, {0, 1}, {1023, 1025}, {1, 9'999}, {5'000, 5'001}, {9'999, 10'000}, {10'000, 10'000}}) {
    expect_rows(*table, range);
  }
  const auto two = table->read({100, 200}, std::vector<int>{7, 2});
  EXPECT_EQ(two.columns[0].field().name, "note");
  EXPECT_EQ(two.columns[1].field().name, "distance");
}

TEST(Table, OfAStepShareAFile) {
  const sample::Folder folder;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    const auto path = folder / "step.h5";
    const auto main_table = TableWriter::create(communicator, path, "/segments", sample::schema(), 5'000, sample::dictionaries(),
                                                {.string_widths = sample::widths()});
    write_small_table(communicator, path, "/segments/centroids", sample::schema(),
                      communicator.is_root() ? sample::rows({0, 3}) : data::Batch{});
    main_table->write(sample::rows(base::Partition(5'000, 3).rows_of(communicator.rank())));
    write(communicator, path, "/other", 2'000);
    main_table->finish();
  });
  expect_rows(*open_table(folder / "step.h5", "segments"), {0, 5'000});
  expect_rows(*open_table(folder / "step.h5", "segments/centroids"), {0, 3});
  expect_rows(*open_table(folder / "step.h5", "other"), {0, 2'000});
}

TEST(Table, WithoutKeyHasRowNumbersForOthersOnly) {
  const sample::Folder folder;
  const auto alone = comm::single();
  write(*alone, folder / "t.h5", "/t", 3'000, false);
  const auto table = open_table(folder / "t.h5", "/t");
  EXPECT_EQ(table->schema(), sample::schema(false));
  expect_rows(*table, {0, 3'000});
}

}  // namespace
}  // namespace fullbase::store
