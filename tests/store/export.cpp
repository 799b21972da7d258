// A table that leaves as a packed HDF5 file comes back as the same table.
#include <gmock/gmock.h>
#include <hdf5.h>

#include <filesystem>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "parallel/stop.hpp"
#include "sample_table.hpp"
#include "store/csv_writer.hpp"
#include "store/digest.hpp"
#include "store/hdf5_export.hpp"
#include "store/inspect.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {
namespace {

using testing::error_text;

std::unique_ptr<data::BlockSource> written(const std::string& path, std::int64_t rows, bool with_key) {
  const auto alone = comm::single();
  const auto writer = TableWriter::create(*alone, path, "/t/part", sample::schema(with_key), rows, sample::dictionaries(),
                                          {.string_widths = sample::widths()});
  writer->write(sample::rows({0, rows}, with_key));
  writer->finish();
  return open_table(path, "t/part");
}

TEST(Export, TheDigestOfThePackedTableIsTheTables) {
  const auto alone = comm::single();
  for (const bool with_key : {true, false}) {
    for (const std::int64_t rows : {0, 1, 1'000, 1'025, 140'000}) {
      const sample::Folder folder;
      const auto table = written(folder / "t.h5", rows, with_key);
      export_hdf5(*table, sample::all_columns(table->schema()), folder / "packed.h5", "t/part");
      const auto packed = open_table(folder / "packed.h5", "t/part");
      EXPECT_EQ(packed->schema(), table->schema());
      EXPECT_EQ(packed->rows(), rows);
      EXPECT_EQ(table_digest(*alone, *packed), table_digest(*alone, *table)) << rows << " rows";
      if (rows == 140'000) {
        EXPECT_LT(std::filesystem::file_size(folder / "packed.h5"), std::filesystem::file_size(folder / "t.h5") / 2);
      }
      EXPECT_FALSE(std::filesystem::exists(folder / "packed.h5.new"));
    }
  }
}

TEST(Export, EndsOnRequestAndLeavesNothing) {
  const sample::Folder folder;
  const auto table = written(folder / "t.h5", 3'000, true);
  const auto columns = sample::all_columns(table->schema());
  const parallel::Stoppable stoppable;
  parallel::request_stop(15);
  EXPECT_THROW(export_hdf5(*table, columns, folder / "packed.h5", "t"), base::Error);
  EXPECT_THROW(export_csv(*table, columns, folder / "t.csv"), base::Error);
  parallel::request_stop(0);
  for (const char* name : {"packed.h5", "packed.h5.new", "t.csv", "t.csv.new"})
    EXPECT_FALSE(std::filesystem::exists(folder / name)) << name;
}

TEST(Export, TakesTheColumnsThatAreAskedForInThatOrder) {
  const sample::Folder folder;
  const auto table = written(folder / "t.h5", 3'000, true);
  export_hdf5(*table, std::vector<int>{10, 5, 7}, folder / "packed.h5", "t");
  const auto packed = open_table(folder / "packed.h5", "t");
  ASSERT_EQ(packed->schema().columns(), 3);
  EXPECT_EQ(packed->schema().key, "");
  const auto wanted = table->read({2'000, 3'000}, std::vector<int>{10, 5, 7});
  const auto got = packed->read({2'000, 3'000}, std::vector<int>{0, 1, 2});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(sample::equal(got.columns[i], wanted.columns[i]));
}

TEST(Export, OfATableThatOthersMadeFindsItsTextWidths) {
  const sample::Folder folder;
  const auto alone = comm::single();
  const auto table = written(folder / "t.h5", 2'000, true);
  export_hdf5(*table, sample::all_columns(table->schema()), folder / "packed.h5", "t");
  const auto packed = open_table(folder / "packed.h5", "t");
  export_hdf5(*packed, sample::all_columns(packed->schema()), folder / "again.h5", "t");
  EXPECT_EQ(table_digest(*alone, *open_table(folder / "again.h5", "t")), table_digest(*alone, *table));
}

TEST(Export, ADescriptionThatDoesNotFitItsValuesIsRefused) {
  const sample::Folder folder;
  const auto table = written(folder / "t.h5", 100, true);
  const auto change = [&](const char* column, const char* name, const char* value) {
    export_hdf5(*table, sample::all_columns(table->schema()), folder / "packed.h5", "t");
    const hid_t file = H5Fopen((folder / "packed.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t object = H5Oopen(file, column, H5P_DEFAULT);
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, std::string(value).size());
    const hid_t space = H5Screate(H5S_SCALAR);
    H5Adelete(object, name);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, value);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    H5Oclose(object);
    H5Fclose(file);
    return [&folder] { open_table(folder / "packed.h5", "t"); };
  };
  EXPECT_THAT(error_text(change("/t/score", "fullbase_type", "decimal")), ::testing::HasSubstr("described as 'decimal'"));
  EXPECT_THAT(error_text(change("/t/born", "fullbase_type", "timestamp")), ::testing::HasSubstr("described as 'timestamp'"));
  EXPECT_THAT(error_text(change("/t/seen", "fullbase_type", "date")), ::testing::HasSubstr("described as 'date'"));
  EXPECT_THAT(error_text(change("/t", "fullbase_key", "nobody")), ::testing::HasSubstr("has a key that is no column"));
}

}  // namespace
}  // namespace fullbase::store
