// Files that are damaged, strange or hostile: one clear error each, never wrong rows.
#include <gmock/gmock.h>
#include <hdf5.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <fstream>
#include <functional>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/launch.hpp"
#include "parallel/stop.hpp"
#include "sample_table.hpp"
#include "store/file.hpp"
#include "store/inspect.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {
namespace {

using base::ErrorKind;
using ::testing::HasSubstr;

/// Runs `work`; its error must be of this kind and say this.
void expect_error(ErrorKind kind, const std::string& text, const std::function<void()>& work) {
  try {
    work();
    FAIL() << "no error, where one says: " << text;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(text));
  }
}

TEST(Files, AStopEndsTheHashOfAFileOnlyWhereItMay) {
  const auto path = ::testing::TempDir() + "/hashed_" + std::to_string(::getpid());
  write_text(path, "text");
  const auto hash = file_sha256(path);
  parallel::request_stop(15);
  {
    const parallel::Stoppable here;
    expect_error(ErrorKind::stopped, "stopped by signal 15", [&] { file_sha256(path); });
  }
  EXPECT_EQ(file_sha256(path), hash);
  parallel::request_stop(0);
  ::unlink(path.c_str());
}

void write_sample(const std::string& path, std::int64_t rows) {
  const auto alone = comm::single();
  const auto writer = TableWriter::create(*alone, path, "/t", sample::schema(), rows, sample::dictionaries(),
                                          {.string_widths = sample::widths()});
  writer->write(sample::rows({0, rows}));
  writer->finish();
}

void flip(const std::string& path, std::size_t byte) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(byte));
  const char value = static_cast<char>(file.get() ^ 4);
  file.seekp(static_cast<std::streamoff>(byte));
  file.put(value);
}

void read_all(const std::string& path) {
  const auto table = open_table(path, "t");
  table->read({0, table->rows()}, sample::all_columns(table->schema()));
}

TEST(Faults, AFlippedBitNamesColumnBlockAndRows) {
  const sample::Folder folder;
  write_sample(folder / "t.h5", 5'000);
  // Row 3,000 of `customer` holds a value that occurs once in the file.
  const std::int64_t value = 1'000'000'000'000 + 3'000 * 7;
  const std::string bytes = read_text(folder / "t.h5");
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&value), 8));
  ASSERT_NE(at, std::string::npos);
  flip(folder / "t.h5", at);
  expect_error(ErrorKind::input_data, "t.h5:/t.customer: block 2 (rows 2048 to 3071) is damaged",
               [&] { read_all(folder / "t.h5"); });
  const auto table = open_table(folder / "t.h5", "t");
  EXPECT_EQ(table->read({4'000, 4'001}, std::vector<int>{0}).columns[0].int64s()[0], 1'000'000'000'000 + 4'000 * 7);
}

TEST(Faults, AFlippedBitInWideTextsIsNoticed) {
  const sample::Folder folder;
  data::Batch batch{{0, 2'000}, {}};
  auto& texts = batch.columns.emplace_back(data::Field{.name = "note", .type = data::Type::string}, 0).strings();
  for (int row = 0; row < 2'000; ++row) texts.push_back(row == 1'500 ? std::string(9'000, 'x') : std::to_string(row));
  const auto alone = comm::single();
  write_small_table(*alone, folder / "t.h5", "/t", {.fields = {batch.columns[0].field()}}, batch);
  EXPECT_EQ(open_table(folder / "t.h5", "t")->read({1'400, 1'600}, std::vector<int>{0})[0].text(100).size(), 9'000U);
  flip(folder / "t.h5", read_text(folder / "t.h5").find(std::string(9'000, 'x')) + 8'000);
  expect_error(ErrorKind::input_data, "t.note: block 1 (rows 1024 to 1999) is damaged", [&] { read_all(folder / "t.h5"); });
}

TEST(Faults, NoFlippedBitGivesOtherRows) {
  const sample::Folder folder;
  const std::string path = folder / "t.h5";
  write_sample(path, 1'500);
  const std::string bytes = read_text(path);
  const auto wanted = sample::rows({0, 1'500});
  int noticed = 0;
  for (std::size_t byte = 11; byte < bytes.size(); byte += bytes.size() / 150) {
    flip(path, byte);
    try {
      const auto table = open_table(path, "t");
      const auto got = table->read({0, table->rows()}, sample::all_columns(table->schema()));
      // What nobody noticed must be unused space, or the copy of row numbers and the like: the rows are right.
      ASSERT_EQ(got.rows, wanted.rows);
      for (std::size_t i = 0; i < got.columns.size(); ++i) ASSERT_TRUE(sample::equal(got.columns[i], wanted.columns[i])) << byte;
    } catch (const base::Error& error) {
      ++noticed;
      EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
    }
    flip(path, byte);
  }
  EXPECT_GT(noticed, 50);
}

TEST(Faults, MissingNotHdf5AndTruncatedFiles) {
  const sample::Folder folder;
  expect_error(ErrorKind::input_data, "no.h5: there is no such file", [&] { open_table(folder / "no.h5", "t"); });
  expect_error(ErrorKind::input_data, "is a folder", [&] { open_table(folder.path(), "t"); });
  replace_text(folder / "text.h5", "customer,amount\n1,2\n");
  expect_error(ErrorKind::input_data, "is not an HDF5 file", [&] { open_table(folder / "text.h5", "t"); });
  write_sample(folder / "t.h5", 2'000);
  ASSERT_EQ(truncate((folder / "t.h5").c_str(), File::open_read(folder / "t.h5").size() / 2), 0);
  expect_error(ErrorKind::input_data, "truncated", [&] { open_table(folder / "t.h5", "t"); });
}

TEST(Faults, MissingTablesAndColumnsComeWithTheNearestName) {
  const sample::Folder folder;
  write_sample(folder / "t.h5", 10);
  const auto alone = comm::single();
  write_small_table(*alone, folder / "t.h5", "/segments", sample::schema(), sample::rows({0, 3}));
  expect_error(ErrorKind::job_file, "did you mean 'segments'", [&] { open_table(folder / "t.h5", "segment"); });
  expect_error(ErrorKind::job_file, "has no table 'segments/centroids'",
               [&] { open_table(folder / "t.h5", "segments/centroids"); });
  expect_error(ErrorKind::job_file, "amount", [&] { open_table(folder / "t.h5", "t")->schema().at("amont", "step x"); });
}

TEST(Faults, AnUnfinishedTableIsNotRead) {
  const sample::Folder folder;
  const auto alone = comm::single();
  TableWriter::create(*alone, folder / "t.h5", "/t", sample::schema(), 100, sample::dictionaries());
  expect_error(ErrorKind::input_data, "was never finished", [&] { open_table(folder / "t.h5", "t"); });
}

TEST(Faults, AWriterWantsEveryBlockOnce) {
  const sample::Folder folder;
  const auto alone = comm::single();
  const auto writer = TableWriter::create(*alone, folder / "t.h5", "/t", sample::schema(), 3'000, sample::dictionaries(),
                                          {.string_widths = sample::widths()});
  writer->write(sample::rows({0, 1'024}));
  writer->write(sample::rows({0, 1'024}));
  writer->write(sample::rows({2'048, 3'000}));
  expect_error(ErrorKind::internal, "exactly once", [&] { writer->finish(); });
}

TEST(Faults, NamesThatTheFormatCannotHold) {
  const sample::Folder folder;
  const auto alone = comm::single();
  for (const char* name : {"", ".", "a/b", "_index", "_checksums"}) {
    const data::Schema schema{.fields = {{.name = name}}};
    expect_error(ErrorKind::input_data, "column", [&] { TableWriter::create(*alone, folder / "t.h5", "/t", schema, 1); });
    remove_file(folder / "t.h5");
  }
}

TEST(Faults, AnErrorOfAnyRankIsEveryRanks) {
  const sample::Folder folder;
  for (int failing = 0; failing < 3; ++failing) {
    const std::string path = folder / ("t" + std::to_string(failing) + ".h5");
    int errors = 0;
    std::mutex mutex;
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      const auto writer = TableWriter::create(communicator, path, "/t", sample::schema(), 9'000, sample::dictionaries(),
                                              {.string_widths = sample::widths()});
      try {
        comm::collective_try(communicator, "write", [&] {
          if (communicator.rank() == failing) throw base::io_error("cannot write", path);
          writer->write(sample::rows(base::Partition(9'000, 3).rows_of(communicator.rank())));
        });
      } catch (const base::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("rank " + std::to_string(failing)));
        const std::lock_guard lock(mutex);
        ++errors;
      }
    });
    EXPECT_EQ(errors, 3);
    expect_error(ErrorKind::input_data, "was never finished", [&] { open_table(path, "t"); });
  }
}

TEST(Faults, AFullDiskIsFoundWhenTheTableIsMade) {
  const sample::Folder folder;
  if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "a small file system cannot be mounted here (not root)";
  }
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    expect_error(ErrorKind::io, "No space left", [&] {
      TableWriter::create(communicator, folder / "t.h5", "/t", sample::schema(), 100'000, sample::dictionaries());
    });
  });
  EXPECT_EQ(umount2(folder.path().c_str(), MNT_DETACH), 0);
}

/// A file made by plain HDF5 calls.
class HostileFile {
 public:
  explicit HostileFile(const std::string& path) : id_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ~HostileFile() { H5Fclose(id_); }
  HostileFile(const HostileFile&) = delete;
  HostileFile& operator=(const HostileFile&) = delete;
  hid_t id() const { return id_; }

  void dataset(const char* name, std::vector<hsize_t> extent, hid_t creation, bool write = false) {
    const hid_t space = H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr);
    const hid_t set = H5Dcreate2(id_, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    ASSERT_GE(set, 0) << name;
    if (write) {
      const std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)), 1.5);
      H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    }
    H5Dclose(set);
    H5Sclose(space);
  }

 private:
  hid_t id_;
};

TEST(Hostile, LinksThatLeadElsewhereAreNotFollowed) {
  const sample::Folder folder;
  write_sample(folder / "other.h5", 10);
  {
    HostileFile file(folder / "h.h5");
    H5Lcreate_external((folder / "other.h5").c_str(), "/t", file.id(), "outside", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/loop", file.id(), "loop", H5P_DEFAULT, H5P_DEFAULT);
  }
  expect_error(ErrorKind::input_data, "external link", [&] { open_table(folder / "h.h5", "outside"); });
  expect_error(ErrorKind::input_data, "soft link", [&] { open_table(folder / "h.h5", "loop"); });
}

TEST(Hostile, LinksWithinATableOfOursAreNotFollowed) {
  const sample::Folder folder;
  write_sample(folder / "other.h5", 10);
  for (const char* name : {"score", "opted_in/mask", "opted_in/values", "country/codes", "country/categories", "note",
                           "remark/values", "_checksums"}) {
    const std::string path = folder / "h.h5";
    write_sample(path, 10);
    {
      const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
      const std::string inside = std::string("/t/") + name;
      ASSERT_GE(H5Ldelete(file, inside.c_str(), H5P_DEFAULT), 0) << name;
      H5Lcreate_external((folder / "other.h5").c_str(), inside.c_str(), file, inside.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      H5Fclose(file);
    }
    expect_error(ErrorKind::input_data, "external link", [&] { open_table(path, "t"); });
    remove_file(path);
  }
}

TEST(Hostile, APipeIsRefusedAndNotWaitedFor) {
  const sample::Folder folder;
  ASSERT_EQ(mkfifo((folder / "p.h5").c_str(), 0600), 0);
  expect_error(ErrorKind::input_data, "is not a regular file", [&] { open_table(folder / "p.h5", "t"); });
  expect_error(ErrorKind::input_data, "is not a regular file", [&] { read_text(folder / "p.h5"); });
}

TEST(Hostile, StorageElsewhereAndClaimsBeyondTheFileAreRefused) {
  const sample::Folder folder;
  replace_text(folder / "raw", std::string(80, 'x'));
  {
    HostileFile file(folder / "h.h5");
    const hid_t external = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(external, (folder / "raw").c_str(), 0, 80);
    file.dataset("external", {5, 2}, external);
    const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[2] = {1'000, 2};
    H5Pset_chunk(chunked, 2, chunk);
    file.dataset("huge", {std::uint64_t{1} << 50, 2}, chunked);
    file.dataset("cube", {2, 2, 2}, H5P_DEFAULT, true);
    H5Pclose(chunked);
    H5Pclose(external);
  }
  expect_error(ErrorKind::input_data, "other files", [&] { open_table(folder / "h.h5", "external"); });
  expect_error(ErrorKind::input_data, "claims more values", [&] { open_table(folder / "h.h5", "huge"); });
  expect_error(ErrorKind::input_data, "3 dimensions", [&] { open_table(folder / "h.h5", "cube"); });
}

TEST(Hostile, AVirtualDatasetIsRefused) {
  const sample::Folder folder;
  {
    HostileFile file(folder / "h.h5");
    const hsize_t extent[2] = {10, 2};
    const hid_t space = H5Screate_simple(2, extent, nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    ASSERT_GE(H5Pset_virtual(creation, space, "missing.h5", "/x", space), 0);
    file.dataset("virtual", {10, 2}, creation);
    H5Pclose(creation);
    H5Sclose(space);
  }
  expect_error(ErrorKind::input_data, "virtual", [&] { open_table(folder / "h.h5", "virtual"); });
}

TEST(Hostile, AGroupThatHoldsItselfIsListedOnce) {
  const sample::Folder folder;
  {
    HostileFile file(folder / "h.h5");
    const hid_t group = H5Gcreate2(file.id(), "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file.id(), "a", group, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    file.dataset("matrix", {4, 2}, H5P_DEFAULT, true);
  }
  const auto tables = list_tables(folder / "h.h5");
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].name, "matrix");
  EXPECT_EQ(tables[0].rows, 4);
}

/// A 1-D dataset of `values` of a type.
template <class T>
void column(hid_t parent, const char* name, hid_t type, const std::vector<T>& values) {
  const hsize_t extent = values.size();
  const hid_t space = H5Screate_simple(1, &extent, nullptr);
  const hid_t set = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0) << name;
  H5Dclose(set);
  H5Sclose(space);
}

TEST(Foreign, TextsThatAreNotUtf8AreRefusedWithTheirRow) {
  const sample::Folder folder;
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 4);
  {
    HostileFile file(folder / "f.h5");
    H5Gclose(H5Gcreate2(file.id(), "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    column(file.id(), "g/name", text, std::vector<std::array<char, 4>>{{'a', 'b'}, {'\xc3', '\xa9'}, {'\xe9', 'x'}});
  }
  H5Tclose(text);
  const auto table = open_table(folder / "f.h5", "g");
  EXPECT_EQ(table->read({1, 2}, std::vector<int>{0})[0].text(0), "é");
  expect_error(ErrorKind::input_data, "g.name: [2] is a text that is not UTF-8", [&] {
    table->read({1, 3}, std::vector<int>{0});
  });
}

TEST(Foreign, LargeUnsignedCategoriesAreExact) {
  const sample::Folder folder;
  {
    HostileFile file(folder / "f.h5");
    const hid_t group = H5Gcreate2(file.id(), "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t inner = H5Gcreate2(group, "c", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    column(inner, "codes", H5T_NATIVE_INT8, std::vector<std::int8_t>{0, 1, -1});
    column(inner, "categories", H5T_NATIVE_UINT64, std::vector<std::uint64_t>{18446744073709551615U, 9223372036854775808U});
    column(group, "_index", H5T_NATIVE_INT64, std::vector<std::int64_t>{0, 1, 2});
    const auto attribute = [](hid_t object, const char* name, const char* value, bool list = false) {
      const hid_t type = H5Tcopy(H5T_C_S1);
      H5Tset_size(type, H5T_VARIABLE);
      const hsize_t one = 1;
      const hid_t space = list ? H5Screate_simple(1, &one, nullptr) : H5Screate(H5S_SCALAR);
      const hid_t id = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
      H5Awrite(id, type, &value);
      H5Aclose(id);
      H5Sclose(space);
      H5Tclose(type);
    };
    attribute(inner, "encoding-type", "categorical");
    attribute(group, "encoding-type", "dataframe");
    attribute(group, "_index", "_index");
    attribute(group, "column-order", "c", true);
    H5Gclose(inner);
    H5Gclose(group);
  }
  const auto table = open_table(folder / "f.h5", "g");
  const auto batch = table->read({0, 3}, std::vector<int>{table->schema().at("c", "test")});
  EXPECT_EQ(batch[0].text(0), "18446744073709551615");
  EXPECT_EQ(batch[0].text(1), "9223372036854775808");
}

TEST(Foreign, NumbersHaveOneForm) {
  const sample::Folder folder;
  const double nan = std::bit_cast<double>(0xfff8000000000007U);
  {
    HostileFile file(folder / "f.h5");
    H5Gclose(H5Gcreate2(file.id(), "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    column(file.id(), "g/x", H5T_NATIVE_DOUBLE, std::vector<double>{-0.0, nan, 1});
  }
  const auto bits = [](const data::Batch& batch) {
    std::vector<std::uint64_t> result;
    for (const double value : batch[0].float64s()) result.push_back(std::bit_cast<std::uint64_t>(value));
    return result;
  };
  const auto wanted = ::testing::ElementsAre(0U, 0x7ff8000000000000U, 0x3ff0000000000000U);
  EXPECT_THAT(bits(open_table(folder / "f.h5", "g")->read({0, 3}, std::vector<int>{0})), wanted);
  // What is written has it, too.
  data::Batch batch{{0, 3}, {}};
  batch.columns.emplace_back(data::Field{.name = "x"}, std::vector<double>{-0.0, nan, 1});
  const auto alone = comm::single();
  write_small_table(*alone, folder / "t.h5", "/t", {.fields = {{.name = "x"}}}, batch);
  EXPECT_THAT(bits(open_table(folder / "t.h5", "t")->read({0, 3}, std::vector<int>{0})), wanted);
}

TEST(Foreign, PackedMatricesAndUnequalColumns) {
  const sample::Folder folder;
  {
    HostileFile file(folder / "f.h5");
    const hid_t packed = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[2] = {100, 3};
    H5Pset_chunk(packed, 2, chunk);
    H5Pset_shuffle(packed);
    H5Pset_deflate(packed, 4);
    H5Pset_fletcher32(packed);
    file.dataset("matrix", {3'000, 3}, packed, true);
    H5Pclose(packed);
    H5Gclose(H5Gcreate2(file.id(), "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    file.dataset("g/long", {7}, H5P_DEFAULT, true);
    file.dataset("g/short", {6}, H5P_DEFAULT, true);
  }
  const auto matrix = open_table(folder / "f.h5", "matrix");
  EXPECT_EQ(matrix->rows(), 3'000);
  EXPECT_EQ(matrix->schema()[2].name, "c2");
  const auto batch = matrix->read({1'000, 2'500}, std::vector<int>{2, 0});
  EXPECT_THAT(batch.columns[0].float64s(), ::testing::Each(1.5));
  EXPECT_EQ(batch.columns[1].rows(), 1'500);
  expect_error(ErrorKind::input_data, "has 6 rows where column 'long' has 7", [&] { open_table(folder / "f.h5", "g"); });
}

}  // namespace
}  // namespace fullbase::store
