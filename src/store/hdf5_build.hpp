// How the HDF5 library was built that this process has loaded.
#pragma once

#include <string>

namespace fullbase::store {

struct Hdf5Build {
  std::string version;      ///< of the library that is loaded: "1.10.8"
  std::string compiled_to;  ///< of the headers that this program was compiled with
  bool is_thread_safe = false;
  bool is_parallel = false;  ///< with MPI-IO, which is not used
};

/// Not collective.
Hdf5Build hdf5_build();

}  // namespace fullbase::store
