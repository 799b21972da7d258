// Texts by what they are about.
#pragma once

#include <cstdint>
#include <vector>

#include "data/strings.hpp"

namespace fullbase::texts {

/// One rank's documents: document d, counted from the rank's first, has the texts [starts[d], starts[d + 1]), all valid UTF-8. No
/// term lies across two texts.
struct Documents {
  std::vector<std::int64_t> starts = {0};
  data::Strings texts;

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(starts.size()) - 1; }
};

}  // namespace fullbase::texts
