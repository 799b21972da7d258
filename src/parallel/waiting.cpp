#include "parallel/waiting.hpp"

#include <unistd.h>

#include <climits>
#include <cstdlib>

namespace fullbase::parallel {
namespace {

constexpr const char* turns = "2000";

}  // namespace

void sleep_soon_while_waiting(char** arguments) noexcept {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  // Not by the link's name, which ps would show.
  char program[PATH_MAX] = "";
  const auto length = ::readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0 || ::setenv("GOMP_SPINCOUNT", turns, 0) != 0) return;
  ::execv(program, arguments);
}

}  // namespace fullbase::parallel
