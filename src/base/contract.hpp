// Contracts that stay on in release builds: a broken one is a fault of ours and ends the run with exit code 70.
#pragma once

#include "base/error.hpp"

namespace fullbase::base {
[[noreturn]] void contract_broken(const char* condition, const char* file, int line, const char* meaning);
}

/// FULLBASE_EXPECTS(begin <= end, "a row range runs forward"): O(1) checks only, never a collective.
#define FULLBASE_EXPECTS(condition, meaning) \
  (static_cast<bool>(condition) ? void(0) : ::fullbase::base::contract_broken(#condition, __FILE__, __LINE__, meaning))
