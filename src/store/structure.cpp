#include "store/structure.hpp"

#include <new>
#include <set>
#include <string_view>

#include "base/block.hpp"
#include "base/error.hpp"
#include "store/file.hpp"
#include "store/guard.hpp"
#include "store/hdf5.hpp"
#include "store/inspect.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

/// Runs `f`, and keeps what it throws to itself unless it was for want of memory.
template <class F>
void unless_out_of_memory(F&& f) {
  try {
    f();
  } catch (const base::Error& error) {
    const std::string_view text = error.what();
    if (text.find("memory allocation failed") != text.npos || text.find("allocate") != text.npos) throw std::bad_alloc();
  }
}

void read_ends(const data::BlockSource& table) {
  const auto blocks = base::block_count(table.rows());
  if (blocks == 0) return;
  for (int column = 0; column < table.schema().columns(); ++column) {
    const int only[] = {column};
    for (const std::int64_t block : std::set<std::int64_t>{0, blocks - 1})
      unless_out_of_memory([&] { table.read(base::rows_of_block(block, table.rows()), only); });
  }
}

/// Nothing is thrown through HDF5.
struct Walk {
  std::string where;
  bool is_out_of_memory = false;

  template <class F>
  herr_t step(F&& f) {
    try {
      unless_out_of_memory(f);
      return 0;
    } catch (const std::bad_alloc&) {
      is_out_of_memory = true;
      return -1;
    }
  }
};

herr_t read_attribute(hid_t object, const char* name, const H5A_info_t*, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  return walk.step([&] { hdf5::texts_attribute(object, name, walk.where); });
}

/// Reads all attributes of an object, and walks the index of a dataset that may be read at all.
herr_t walk_object(hid_t root, const char* name, const H5O_info_t*, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  return walk.step([&] {
    const hdf5::Handle object(H5Oopen(root, name, H5P_DEFAULT), H5Oclose);
    if (!object) return;
    H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, read_attribute, data);
    if (walk.is_out_of_memory) throw std::bad_alloc();
    if (!is_dataset(object.get())) return;
    check_dataset(object.get(), File::open_read(walk.where).size(), walk.where);
    const hdf5::Handle space(H5Dget_space(object.get()), H5Sclose);
    hsize_t chunks = 0;
    H5Dget_num_chunks(object.get(), space.get(), &chunks);
  });
}

}  // namespace

void walk_objects(const std::string& path) {
  unless_out_of_memory([&] {
    const hdf5::Session session;
    const auto file = hdf5::open_file(path);
    Walk walk{path};
    H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_NATIVE, walk_object, &walk, H5O_INFO_BASIC);
    if (walk.is_out_of_memory) throw std::bad_alloc();
  });
}

void walk_structure(const std::string& path, const std::string& table) {
  const auto walk = [&](const std::string& name) { unless_out_of_memory([&] { read_ends(*open_table(path, name)); }); };
  walk_objects(path);
  if (!table.empty()) return walk(table);
  unless_out_of_memory([&] { output_manifest(path); });
  unless_out_of_memory([&] {
    for (const auto& found : list_tables(path)) walk(found.name);
  });
}

}  // namespace fullbase::store
