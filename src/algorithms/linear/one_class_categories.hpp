// Categories that tell the class by themselves: where there is one, no finite coefficient is best without a penalty.
#pragma once

#include <cstdint>

#include "algorithms/learning/target.hpp"
#include "algorithms/linear/design.hpp"
#include "comm/communicator.hpp"

namespace fullbase::linear {

struct OneClassCategories {
  std::int64_t count = 0;
  std::int64_t first = -1;  ///< the place of the first, in the encoding's order
};

/// Categories all of whose rows (of code >= 0) are of one class. Collective; the same on every rank. One pass over the design;
/// memory and what it sends: 16 bytes a category.
OneClassCategories one_class_categories(comm::Communicator& communicator, const Design& design, const learning::Target& target);

}  // namespace fullbase::linear
