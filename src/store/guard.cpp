#include "store/guard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/int128.hpp"
#include "base/text.hpp"
#include "store/manifest_dataset.hpp"
#include "store/table_layout.hpp"

namespace fullbase::store {
namespace {

using hdf5::check_read;
using hdf5::Handle;
using hdf5::own;

constexpr std::int64_t most_members = 65'536;
// Deflate unpacks 1,032 bytes from one at most.
constexpr std::int64_t most_unpacked = 1100;
constexpr std::int64_t largest_chunk = std::int64_t{1} << 30;

void refuse_link(hid_t group, const std::string& name, const std::string& where) {
  H5L_info_t info;
  check_read(H5Lget_info(group, name.c_str(), &info, H5P_DEFAULT), "look at a link", where);
  if (info.type == H5L_TYPE_HARD) return;
  const char* kind = info.type == H5L_TYPE_SOFT       ? "a soft link"
                     : info.type == H5L_TYPE_EXTERNAL ? "an external link"
                                                      : "a user-defined link";
  throw base::input_error(fmt::format("'{}' is {}, which is not followed", name, kind), where,
                          "copy the data into the file, for instance with h5copy");
}

struct Names {
  std::vector<std::string> names;
  bool too_many = false;
};

herr_t keep_name(hid_t, const char* name, const H5L_info_t*, void* data) {
  auto& names = *static_cast<Names*>(data);
  if (static_cast<std::int64_t>(names.names.size()) >= most_members) {
    names.too_many = true;
    return 1;
  }
  names.names.emplace_back(name);
  return 0;
}

Names list(hid_t group, const std::string& where) {
  const Handle creation = own(H5Gget_create_plist(group), H5Pclose, "look at a group", where);
  unsigned order = 0;
  check_read(H5Pget_link_creation_order(creation.get(), &order), "look at a group", where);
  const auto index = (order & H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  Names names;
  hsize_t position = 0;
  if (H5Literate(group, index, H5_ITER_INC, &position, keep_name, &names) < 0) hdf5::fail_input("list a group", where);
  return names;
}

}  // namespace

std::string normal_path(const std::string& table) {
  std::string path;
  for (std::size_t at = 0; at < table.size();) {
    const auto slash = std::min(table.find('/', at), table.size());
    if (slash > at) path.append(1, '/').append(table, at, slash - at);
    at = slash + 1;
  }
  return path.empty() ? "/" : path;
}

Handle open_object(hid_t root, const std::string& path, const std::string& where) {
  Handle object = own(H5Oopen(root, ".", H5P_DEFAULT), H5Oclose, "open the file's root", where);
  for (std::size_t at = 1; at < path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, slash - at);
    if (!is_group(object.get()) ||
        check_read(H5Lexists(object.get(), name.c_str(), H5P_DEFAULT), "look for a table", where) == 0) {
      auto names = is_group(object.get()) ? list(object.get(), where).names : std::vector<std::string>{};
      // What the format keeps for itself is no table.
      std::erase_if(names, [](const std::string& member) {
        return member == manifest_name || member == checksums_name || member == row_number_name;
      });
      std::string advice = base::suggestion(name, names);
      if (advice.empty())
        advice = fmt::format("there is {}",
                             names.empty()
                                 ? "nothing at that level"
                                 : fmt::format("{}", fmt::join(names.begin(),
                                                               names.begin() + std::min<std::ptrdiff_t>(
                                                                                   8, static_cast<std::ptrdiff_t>(names.size())),
                                                               ", ")));
      throw base::job_file_error(fmt::format("has no table '{}'", path.substr(1)), where, advice);
    }
    refuse_link(object.get(), name, where);
    object = own(H5Oopen(object.get(), name.c_str(), H5P_DEFAULT), H5Oclose, "open a table", where);
    at = slash + 1;
  }
  return object;
}

Handle open_dataset(hid_t root, const std::string& path, std::int64_t file_bytes, const std::string& where) {
  const auto opened = [&] {
    try {
      return open_object(root, path, where);
    } catch (const base::Error& error) {
      if (error.kind() != base::ErrorKind::job_file) throw;
      throw base::input_error(fmt::format("is damaged: it has no '{}'", path.substr(1)), where, "make it again");
    }
  };
  Handle dataset = opened();
  if (!is_dataset(dataset.get())) {
    throw base::input_error(fmt::format("is damaged: '{}' is no dataset", path.substr(1)), where, "make it again");
  }
  check_dataset(dataset.get(), file_bytes, where);
  return dataset;
}

std::vector<std::string> member_names(hid_t group, const std::string& where) {
  auto names = list(group, where);
  if (names.too_many) throw base::input_error(fmt::format("holds more than {} members", most_members), where);
  for (const auto& name : names.names) refuse_link(group, name, where);
  return std::move(names.names);
}

bool is_group(hid_t object) {
  return H5Iget_type(object) == H5I_GROUP;
}
bool is_dataset(hid_t object) {
  return H5Iget_type(object) == H5I_DATASET;
}

std::vector<std::int64_t> extent_of(hid_t dataset, const std::string& where) {
  const Handle space = own(H5Dget_space(dataset), H5Sclose, "look at a dataset", where);
  const int dimensions = check_read(H5Sget_simple_extent_ndims(space.get()), "look at a dataset", where);
  std::vector<hsize_t> extent(static_cast<std::size_t>(std::max(1, dimensions)));
  check_read(H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), "look at a dataset", where);
  std::vector<std::int64_t> result;
  for (int i = 0; i < dimensions; ++i) result.push_back(static_cast<std::int64_t>(extent[static_cast<std::size_t>(i)]));
  return result;
}

void check_dataset(hid_t dataset, std::int64_t file_bytes, const std::string& where) {
  const Handle creation = own(H5Dget_create_plist(dataset), H5Pclose, "look at a dataset", where);
  const auto layout = H5Pget_layout(creation.get());
  if (layout == H5D_VIRTUAL) {
    throw base::input_error("is a virtual dataset: a missing source would read as zeros", where, "copy its data into one file");
  }
  if (H5Pget_external_count(creation.get()) > 0) {
    throw base::input_error("keeps its data in other files", where, "copy its data into the file, for instance with h5repack");
  }
  for (int i = 0; i < H5Pget_nfilters(creation.get()); ++i) {
    unsigned flags = 0;
    std::size_t values = 0;
    char name[64] = "";
    unsigned configuration = 0;
    const auto filter =
        H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &values, nullptr, sizeof name, name, &configuration);
    if (filter < H5Z_FILTER_DEFLATE || filter > H5Z_FILTER_FLETCHER32 || H5Zfilter_avail(filter) <= 0) {
      throw base::input_error(fmt::format("is packed with filter {} ({}), which is not read", filter, name[0] ? name : "unnamed"),
                              where, "rewrite it, for instance with h5repack -f GZIP=1");
    }
  }
  const Handle type = own(H5Dget_type(dataset), H5Tclose, "look at a dataset", where);
  base::int128 claimed = static_cast<std::int64_t>(H5Tget_size(type.get()));
  for (const std::int64_t size : extent_of(dataset, where)) {
    if (size < 0) throw base::input_error("claims more rows than a file can hold", where);
    claimed *= size;
    if (claimed > base::int128{1} << 62) break;
  }
  const auto stored = static_cast<std::int64_t>(H5Dget_storage_size(dataset));
  const bool packed = H5Pget_nfilters(creation.get()) > 0;
  if (stored < 0 || stored > file_bytes || claimed > base::int128{stored} * (packed ? most_unpacked : 1)) {
    throw base::input_error("claims more values than the file holds", where, "make the file again");
  }
  if (layout == H5D_CHUNKED) {
    hsize_t chunk[H5S_MAX_RANK];
    const int dimensions = check_read(H5Pget_chunk(creation.get(), H5S_MAX_RANK, chunk), "look at a dataset", where);
    base::int128 bytes = static_cast<std::int64_t>(H5Tget_size(type.get()));
    for (int i = 0; i < dimensions; ++i) bytes *= static_cast<std::int64_t>(chunk[i]);
    if (bytes > largest_chunk) throw base::input_error("has chunks of more than 1 GiB", where, "rewrite it with smaller chunks");
  }
}

}  // namespace fullbase::store
