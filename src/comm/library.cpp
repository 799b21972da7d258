#include "comm/library.hpp"

#include <mpi.h>

#include <array>
#include <string_view>

namespace fullbase::comm {

std::string library_name() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  if (MPI_Get_library_version(text.data(), &length) != MPI_SUCCESS) return "unknown";
  const std::string_view whole(text.data());
  // Open MPI goes on with its packager and date.
  return std::string(whole.substr(0, whole.find_first_of(",\n")));
}

}  // namespace fullbase::comm
