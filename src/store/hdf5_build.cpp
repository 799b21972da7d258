#include "store/hdf5_build.hpp"

#include <fmt/format.h>

#include "store/hdf5.hpp"

namespace fullbase::store {

Hdf5Build hdf5_build() {
  const hdf5::Session session;
  unsigned major = 0, minor = 0, release = 0;
  hbool_t is_thread_safe = false;
  H5get_libversion(&major, &minor, &release);
  H5is_library_threadsafe(&is_thread_safe);
  Hdf5Build build;
  build.version = fmt::format("{}.{}.{}", major, minor, release);
  build.compiled_to = fmt::format("{}.{}.{}", H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
  build.is_thread_safe = is_thread_safe != 0;
#ifdef H5_HAVE_PARALLEL
  build.is_parallel = true;
#endif
  return build;
}

}  // namespace fullbase::store
