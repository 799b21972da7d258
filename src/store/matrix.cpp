#include "store/matrix.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "store/file.hpp"
#include "store/guard.hpp"
#include "store/hdf5.hpp"

namespace fullbase::store {
namespace {

using hdf5::check;
using hdf5::Handle;
using hdf5::own;
using hdf5::own_new;

template <class T>
void write_on_root(const std::string& path, const std::string& name, base::matrix_view<const T> values, unsigned mode) {
  const hdf5::Session session;
  const std::string where = path + ":" + normal_path(name);
  std::vector<T> packed;
  for (std::int64_t i = 0; i < values.rows(); ++i) packed.insert(packed.end(), values.row(i).begin(), values.row(i).end());
  Handle file = ::access(path.c_str(), F_OK) == 0 ? hdf5::open_file(path, true) : hdf5::create_file(path, mode);
  {
    const hsize_t extent[2] = {static_cast<hsize_t>(values.rows()), static_cast<hsize_t>(values.columns())};
    const Handle space = own_new(H5Screate_simple(2, extent, nullptr), H5Sclose, "make a matrix", where);
    const Handle links = own_new(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "make a matrix", where);
    check(H5Pset_create_intermediate_group(links.get(), 1), "make a matrix", where);
    const Handle creation = hdf5::creation_properties(H5P_DATASET_CREATE);
    if (!packed.empty()) {
      const hsize_t chunk[2] = {std::min<hsize_t>(extent[0], std::max<hsize_t>(1, (1 << 17) / extent[1])), extent[1]};
      check(H5Pset_chunk(creation.get(), 2, chunk), "make a matrix", where);
      check(H5Pset_fletcher32(creation.get()), "make a matrix", where);
    }
    const hid_t file_type = std::is_same_v<T, float> ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
    const hid_t memory_type = std::is_same_v<T, float> ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    const hid_t id =
        H5Dcreate2(file.get(), normal_path(name).c_str(), file_type, space.get(), links.get(), creation.get(), H5P_DEFAULT);
    if (id < 0) hdf5::fail("make a matrix", where);
    Handle dataset(id, H5Dclose);
    hdf5::write_attribute(dataset.get(), "encoding-type", "array", where);
    hdf5::write_attribute(dataset.get(), "encoding-version", "0.2.0", where);
    if (!packed.empty()) {
      check(H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, packed.data()), "write a matrix", where);
    }
    dataset.close(where);
  }
  file.close(path);
  File::open_write(path).sync();
}

}  // namespace

void write_matrix(comm::Communicator& communicator, const std::string& path, const std::string& name,
                  base::matrix_view<const double> values, unsigned mode) {
  comm::collective_try(communicator, "write matrix", [&] {
    if (communicator.is_root()) write_on_root(path, name, values, mode);
  });
}

void write_matrix(comm::Communicator& communicator, const std::string& path, const std::string& name,
                  base::matrix_view<const float> values, unsigned mode) {
  comm::collective_try(communicator, "write matrix", [&] {
    if (communicator.is_root()) write_on_root(path, name, values, mode);
  });
}

Matrix read_matrix(const std::string& path, const std::string& name) {
  const hdf5::Session session;
  const Handle file = hdf5::open_file(path);
  const std::string where = path + ":" + normal_path(name);
  const Handle dataset = open_object(file.get(), normal_path(name), path);
  if (!is_dataset(dataset.get())) throw base::input_error("is no matrix", where);
  check_dataset(dataset.get(), File::open_read(path).size(), where);
  const auto extent = extent_of(dataset.get(), where);
  const Handle type = own(H5Dget_type(dataset.get()), H5Tclose, "read a matrix", where);
  const auto kind = H5Tget_class(type.get());
  if (extent.size() != 2 || (kind != H5T_FLOAT && kind != H5T_INTEGER)) throw base::input_error("is no matrix of numbers", where);
  Matrix matrix{extent[0], extent[1], std::vector<double>(static_cast<std::size_t>(extent[0] * extent[1]))};
  if (!matrix.values.empty() &&
      H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix.values.data()) < 0) {
    hdf5::fail_input("read a matrix", where);
  }
  return matrix;
}

}  // namespace fullbase::store
