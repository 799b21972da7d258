#include "algorithms/linear/one_class_categories.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::linear {
namespace {

/// The lowest and the highest class of each category's rows.
struct Classes {
  std::vector<std::int64_t> lowest;
  std::vector<std::int64_t> highest;
};

}  // namespace

OneClassCategories one_class_categories(comm::Communicator& communicator, const Design& design, const learning::Target& target) {
  const auto& encoding = design.encoding();
  const auto categories = static_cast<std::size_t>(encoding.places() - encoding.dense());
  OneClassCategories found;
  if (categories == 0) return found;
  std::vector<Classes> seen(static_cast<std::size_t>(parallel::thread_count()),
                            {std::vector<std::int64_t>(categories, std::numeric_limits<std::int64_t>::max()),
                             std::vector<std::int64_t>(categories, -1)});
  comm::collective_try(communicator, "classes of categories", [&] {
    design.for_each([&](const DesignBlock& block, int thread) {
      auto& own = seen[static_cast<std::size_t>(thread)];
      const auto first = block.block * base::block_rows - design.local_rows().first;
      for (std::int64_t c = 0; c < encoding.indexes(); ++c)
        for (std::int64_t i = 0; i < block.rows; ++i) {
          const std::int64_t place = block.index[c * base::block_rows + i];
          const std::int64_t code = target.codes[static_cast<std::size_t>(first + i)];
          if (place < 0) continue;
          const auto at = static_cast<std::size_t>(place - encoding.dense());
          own.lowest[at] = std::min(own.lowest[at], code);
          own.highest[at] = std::max(own.highest[at], code);
        }
    });
  });
  auto& all = seen.front();
  for (std::size_t t = 1; t < seen.size(); ++t)
    for (std::size_t i = 0; i < categories; ++i) {
      all.lowest[i] = std::min(all.lowest[i], seen[t].lowest[i]);
      all.highest[i] = std::max(all.highest[i], seen[t].highest[i]);
    }
  communicator.min(std::span(all.lowest));
  communicator.max(std::span(all.highest));
  for (std::size_t i = 0; i < categories; ++i) {
    if (all.lowest[i] != all.highest[i]) continue;
    if (found.count++ == 0) found.first = encoding.dense() + static_cast<std::int64_t>(i);
  }
  return found;
}

}  // namespace fullbase::linear
