#include "store/manifest_dataset.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "store/file.hpp"
#include "store/guard.hpp"

namespace fullbase::store {

using hdf5::Handle;
using hdf5::own;

void write_manifest(hid_t file, const std::string& text, const std::string& where) {
  const Handle type = hdf5::fixed_text_type(std::max<std::size_t>(1, text.size()));
  const Handle space = hdf5::own_new(H5Screate(H5S_SCALAR), H5Sclose, "write the manifest", where);
  const Handle creation = hdf5::creation_properties(H5P_DATASET_CREATE);
  const hid_t id = H5Dcreate2(file, manifest_name, type.get(), space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT);
  if (id < 0) hdf5::fail("write the manifest", where);
  Handle dataset(id, H5Dclose);
  hdf5::write_attribute(dataset.get(), "encoding-type", "string", where);
  hdf5::write_attribute(dataset.get(), "encoding-version", "0.2.0", where);
  hdf5::check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.c_str()), "write the manifest", where);
  dataset.close(where);
}

std::string read_manifest(hid_t file, const std::string& where) {
  if (hdf5::check_read(H5Lexists(file, manifest_name, H5P_DEFAULT), "look for the manifest", where) == 0) {
    throw base::input_error("has no manifest", where, "give an output of `fullbase run`");
  }
  const Handle dataset = open_dataset(file, std::string("/") + manifest_name, File::open_read(where).size(), where);
  const Handle type = own(H5Dget_type(dataset.get()), H5Tclose, "read the manifest", where);
  const Handle space = own(H5Dget_space(dataset.get()), H5Sclose, "read the manifest", where);
  const std::size_t size = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || size > (std::size_t{1} << 30) ||
      H5Sget_simple_extent_npoints(space.get()) != 1) {
    throw base::input_error("has a manifest that is no text", where, "make the output again");
  }
  const auto texts = hdf5::texts_of(dataset.get(), type.get(), space.get(), where, [&](hid_t memory, void* buffer) {
    return H5Dread(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
  return texts.front();
}

std::string manifest_beside(const std::string& manifest, std::int64_t bytes, const std::string& sha256) {
  auto json = nlohmann::ordered_json::parse(manifest);
  json["output"] = {{"bytes", bytes}, {"sha256", sha256}};
  return json.dump(2) + "\n";
}

}  // namespace fullbase::store
