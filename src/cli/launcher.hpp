// How this process was started: alone, or as one of several ranks by mpirun or srun.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace fullbase::cli {

struct Launcher {
  bool mpi = false;  ///< there is a launcher that MPI can talk to
  int rank = 0;      ///< as far as the environment tells before MPI starts

  /// `variable` looks up the environment. Throws a usage error where srun started several tasks that cannot find each other.
  static Launcher detect(const std::function<std::optional<std::string>(const char*)>& variable);
};

}  // namespace fullbase::cli
