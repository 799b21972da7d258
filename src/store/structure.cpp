#include "store/structure.hpp"

#include <algorithm>
#include <new>
#include <string_view>
#include <vector>

#include "base/block.hpp"
#include "base/error.hpp"
#include "store/hdf5.hpp"
#include "store/inspect.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

using Clock = std::chrono::steady_clock;

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

void read_ends(const data::BlockSource& table, Clock::time_point until) {
  const auto blocks = base::block_count(table.rows());
  for (int column = 0; column < table.schema().columns(); ++column) {
    const int only[] = {column};
    const auto read = [&](std::int64_t block) {
      unless_out_of_memory([&] { table.read(base::rows_of_block(block, table.rows()), only); });
    };
    if (blocks > 0) read(blocks - 1);
    const bool all = table.schema()[column].type == data::Type::string && string_width(table, column) == 0;
    for (std::int64_t block = 0; block < (all ? blocks : std::min<std::int64_t>(blocks, 1)); ++block) {
      if (block > 0 && Clock::now() > until) break;
      read(block);
    }
  }
}

/// Reads an attribute's value; what cannot be read is not told.
herr_t read_attribute(hid_t object, const char* name, const H5A_info_t*, void* where) {
  unless_out_of_memory([&] { hdf5::texts_attribute(object, name, *static_cast<const std::string*>(where)); });
  return 0;
}

herr_t read_attributes(hid_t root, const char* name, const H5O_info_t*, void* where) {
  const hdf5::Handle object(H5Oopen(root, name, H5P_DEFAULT), H5Oclose);
  if (object) H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, read_attribute, where);
  return 0;
}

}  // namespace

void walk_attributes(const std::string& path) {
  unless_out_of_memory([&] {
    const hdf5::Session session;
    const auto file = hdf5::open_file(path);
    std::string where = path;
    H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_NATIVE, read_attributes, &where, H5O_INFO_BASIC);
  });
}

void walk_structure(const std::string& path, const std::string& table, std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  const auto walk = [&](const std::string& name) { unless_out_of_memory([&] { read_ends(*open_table(path, name), until); }); };
  walk_attributes(path);
  if (!table.empty()) return walk(table);
  unless_out_of_memory([&] { output_manifest(path); });
  unless_out_of_memory([&] {
    for (const auto& found : list_tables(path)) walk(found.name);
  });
}

}  // namespace fullbase::store
