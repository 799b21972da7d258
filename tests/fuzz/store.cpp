// A store and the HDF5 files of others: any text for manifest.json, and any HDF5 file that can be built from these names, types,
// shapes, links, layouts and attributes, is read or refused. (Bytes that are no valid HDF5 are HDF5's affair, and looked at in a
// process of their own: tests/system/hostile.sh.)
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/block.hpp"
#include "fuzz/target.hpp"
#include "store/file.hpp"
#include "store/hdf5.hpp"
#include "store/inspect.hpp"
#include "store/store.hpp"
#include "store/table_reader.hpp"

namespace {

using namespace fullbase;
using store::hdf5::Handle;

/// A folder of this process, in which every input has the same two files; it goes with the process.
struct Folder {
  std::string path = std::filesystem::temp_directory_path() / ("fullbase-fuzz-" + std::to_string(::getpid()));
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};
const std::string& folder() {
  static const Folder made;
  return made.path;
}

void read_store(std::string_view manifest) {
  store::write_text(folder() + "/manifest.json", manifest);
  fuzz::reads_or_refuses([&] {
    const auto opened = store::Store::open(folder());
    for (const auto& [name, table] : opened.catalog().tables) {
      fuzz::reads_or_refuses([&, &table_name = name] { opened.open_table(table_name); });
    }
  });
}

constexpr std::array names = {"a",      "b",          "codes",     "categories", "values", "mask",
                              "_index", "_checksums", "_manifest", "t",          "a/b",    "\xff"};
constexpr std::array attributes = {
    "encoding-type",     "_index",           "column-order", "fullbase_format", "fullbase_finished",
    "fullbase_rows",     "fullbase_columns", "fullbase_key", "fullbase_type",   "fullbase_nullable",
    "fullbase_checksum", "columns",          "unit",         "scale",           "units"};
constexpr std::array texts = {"dataframe",
                              "categorical",
                              "nullable-integer",
                              "nullable-boolean",
                              "nullable-string-array",
                              "array",
                              "a",
                              "b",
                              "string",
                              "category",
                              "int64",
                              "timestamp",
                              "decimal",
                              "",
                              "\xc3",
                              "days since 1970-01-01"};

/// Builds a file as the bytes say. What HDF5 does not let be built is left out.
class Builder {
 public:
  Builder(fuzz::Bytes bytes, const std::string& path)
      : bytes_(bytes), file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose) {}

  void build() {
    const hid_t root = H5Gopen2(file_.get(), "/", H5P_DEFAULT);
    last_ = H5Oopen(root, ".", H5P_DEFAULT);
    groups_.push_back(root);
    for (int i = 0; i < 60 && !bytes_.empty(); ++i) add();
    H5Oclose(last_);
    for (const hid_t group : groups_) H5Gclose(group);
  }

 private:
  const char* name() { return names[bytes_.below(names.size())]; }
  const char* text() { return texts[bytes_.below(texts.size())]; }
  hid_t here() const { return groups_.back(); }

  void set_last(hid_t object) {
    if (object < 0) return;
    H5Oclose(last_);
    last_ = object;
  }

  void add() {
    switch (bytes_.below(9)) {
      case 0: {
        const hid_t group = H5Gcreate2(here(), name(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (group < 0 || groups_.size() > 40) return;
        groups_.push_back(group);
        return set_last(H5Oopen(group, ".", H5P_DEFAULT));
      }
      case 1:
        if (groups_.size() == 1) return;
        H5Gclose(here());
        groups_.pop_back();
        return;
      case 2:
        return add_link();
      case 3:
      case 4:
      case 5:
        return add_dataset();
      default:
        try {
          add_attribute();
        } catch (const base::Error&) {
          return;  // not every object takes one
        }
    }
  }

  void add_link() {
    switch (bytes_.below(4)) {
      case 0:
        H5Lcreate_soft("/a", here(), name(), H5P_DEFAULT, H5P_DEFAULT);
        return;
      case 1:
        H5Lcreate_external("/etc/passwd", "/", here(), name(), H5P_DEFAULT, H5P_DEFAULT);
        return;
      default:  // a cycle
        H5Lcreate_hard(groups_[bytes_.below(static_cast<unsigned>(groups_.size()))], ".", here(), name(), H5P_DEFAULT,
                       H5P_DEFAULT);
    }
  }

  Handle type() {
    switch (bytes_.below(12)) {
      case 0:
        return Handle(H5Tcopy(H5T_STD_I64LE), H5Tclose);
      case 1:
        return Handle(H5Tcopy(H5T_IEEE_F64BE), H5Tclose);
      case 2:
        return Handle(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
      case 3:
        return Handle(H5Tcopy(H5T_STD_I8LE), H5Tclose);
      case 4:
        return Handle(H5Tcopy(H5T_STD_U64LE), H5Tclose);
      case 5:
        return store::hdf5::text_type();
      case 6:
        return store::hdf5::fixed_text_type(1 + bytes_.below(20));
      case 7:
        return store::hdf5::boolean_type();
      case 8: {
        Handle pair(H5Tcreate(H5T_COMPOUND, 16), H5Tclose);
        H5Tinsert(pair.get(), "x", 0, H5T_NATIVE_INT64);
        H5Tinsert(pair.get(), "y", 8, H5T_NATIVE_DOUBLE);
        return pair;
      }
      case 9:
        return Handle(H5Tcopy(H5T_STD_REF_OBJ), H5Tclose);
      case 10:
        return Handle(H5Tvlen_create(H5T_NATIVE_INT32), H5Tclose);
      default: {
        const hsize_t three = 3;
        return Handle(H5Tarray_create2(H5T_NATIVE_INT16, 1, &three), H5Tclose);
      }
    }
  }

  void add_dataset() {
    const Handle of = type();
    const int dimensions = static_cast<int>(bytes_.below(4));
    hsize_t extent[3] = {0, 0, 0};
    bool is_huge = false;
    for (int i = 0; i < dimensions; ++i) {
      const unsigned size = bytes_.next();
      is_huge = is_huge || size > 250;
      extent[i] = size > 250 ? hsize_t{1} << ((size - 251) * 10 + 20) : size % 8 == 7 ? 1025 : size % 5;
    }
    is_huge = is_huge || extent[0] * std::max<hsize_t>(1, extent[1]) * std::max<hsize_t>(1, extent[2]) > 100'000;
    const Handle space(
        dimensions == 0 ? H5Screate(bytes_.below(2) == 0 ? H5S_SCALAR : H5S_NULL) : H5Screate_simple(dimensions, extent, nullptr),
        H5Sclose);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const unsigned layout = bytes_.below(8);
    if (layout < 4 && dimensions > 0) {
      hsize_t chunk[3] = {1 + bytes_.below(64), 1 + bytes_.below(3), 2};
      if (bytes_.below(32) == 0) chunk[0] = hsize_t{1} << 28;
      H5Pset_chunk(creation.get(), dimensions, chunk);
      if (layout == 1) H5Pset_deflate(creation.get(), 1);
      if (layout == 2) H5Pset_fletcher32(creation.get());
      if (layout == 3) bytes_.below(2) == 0 ? H5Pset_nbit(creation.get()) : H5Pset_shuffle(creation.get());
    } else if (layout == 4) {
      H5Pset_external(creation.get(), "/etc/passwd", 0, 64);
    } else if (layout == 5) {
      H5Pset_layout(creation.get(), H5D_COMPACT);
    } else if (layout == 6 && dimensions > 0) {
      H5Pset_virtual(creation.get(), space.get(), "absent.h5", "/a", space.get());
    }
    if (is_huge) {
      if (layout >= 4) return;  // its space would be taken now
      H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_INCR);
    }
    const hid_t dataset = H5Dcreate2(here(), name(), of.get(), space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT);
    if (dataset < 0) return;
    if (!is_huge && layout != 4 && layout != 6) fill(dataset, of.get(), space.get());
    set_last(dataset);
  }

  void fill(hid_t dataset, hid_t of, hid_t space) {
    const auto kind = H5Tget_class(of);
    if (kind == H5T_REFERENCE || kind == H5T_VLEN) return;
    const auto count = static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space)));
    if (H5Tis_variable_str(of) > 0) {
      std::vector<const char*> values(count + 1, text());
      H5Dwrite(dataset, of, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
      return;
    }
    std::vector<unsigned char> values(count * H5Tget_size(of) + 1, static_cast<unsigned char>(bytes_.next()));
    H5Dwrite(dataset, of, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }

  void add_attribute() {
    const char* const attribute = attributes[bytes_.below(attributes.size())];
    if (H5Aexists(last_, attribute) > 0) H5Adelete(last_, attribute);
    switch (bytes_.below(5)) {
      case 0:
        return store::hdf5::write_attribute(last_, attribute, static_cast<std::int64_t>(bytes_.next()) - 8, {});
      case 1:
        return store::hdf5::write_attribute(last_, attribute, std::int64_t{1} << bytes_.below(63), {});
      case 2: {
        std::vector<std::string> list(bytes_.below(4));
        for (auto& one : list) one = text();
        return store::hdf5::write_attribute(last_, attribute, list, {});
      }
      default:
        return store::hdf5::write_attribute(last_, attribute, text(), {});
    }
  }

  fuzz::Bytes bytes_;
  Handle file_;
  hid_t last_ = -1;
  std::vector<hid_t> groups_;
};

void read_ends(const data::BlockSource& table) {
  std::vector<int> columns(static_cast<std::size_t>(table.schema().columns()));
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<int>(i);
  const auto blocks = base::block_count(table.rows());
  if (blocks == 0) return;
  table.read(base::rows_of_block(0, table.rows()), columns);
  table.read(base::rows_of_block(blocks - 1, table.rows()), columns);
}

void read_file(fuzz::Bytes bytes) {
  const std::string path = folder() + "/file.h5";
  {
    const store::hdf5::Session session;
    Builder(bytes, path).build();
  }
  fuzz::reads_or_refuses([&] { store::output_manifest(path); });
  fuzz::reads_or_refuses([&] {
    for (const auto& table : store::list_tables(path)) {
      fuzz::require(table.problem.empty() || table.rows == 0, "a table with a problem has no rows");
      fuzz::reads_or_refuses([&] { read_ends(*store::open_table(path, table.name)); });
    }
  });
  for (const char* table : {"/", "a", "t", "a/b"}) {
    fuzz::reads_or_refuses([&] { read_ends(*store::open_table(path, table)); });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, std::min<std::size_t>(size, 1 << 16));
  if (!bytes.empty() && bytes.rest().front() == '{') {
    read_store(bytes.rest());
  } else {
    read_file(bytes);
  }
  return 0;
}
