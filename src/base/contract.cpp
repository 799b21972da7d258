#include "base/contract.hpp"

#include <fmt/format.h>

namespace fullbase::base {

void contract_broken(const char* condition, const char* file, int line, const char* meaning) {
  throw internal_error(fmt::format("expected that {} ({})", meaning, condition), fmt::format("{}:{}", file, line));
}

}  // namespace fullbase::base
