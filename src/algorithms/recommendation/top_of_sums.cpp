#include "algorithms/recommendation/top_of_sums.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "algorithms/recommendation/top_rows.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {

RankedRows top_of_sums(const Interactions& matrix, const TopOptions& options,
                       const std::function<void(std::int64_t customer, int thread, ScoreSums& sums)>& add_scores,
                       data::Budget& budget) {
  const auto items = matrix.items.rows();
  const auto customers = matrix.of_customers.rows();
  const auto memory =
      budget.require(parallel::thread_count() * ScoreSums::bytes(items) + 16 * customers, "sums of scores of items");
  TopRows lists(customers, std::min(options.top, items));
  std::vector<std::unique_ptr<ScoreSums>> sums(static_cast<std::size_t>(parallel::thread_count()));
  const auto look_at = [&](std::int64_t customer, int thread) {
    if (!options.wants(customer)) return;
    auto& mine = sums[static_cast<std::size_t>(thread)];
    if (!mine) mine = std::make_unique<ScoreSums>(items);
    add_scores(customer, thread, *mine);
    const auto own = matrix.of_customers.columns_of(customer);
    auto next = own.begin();
    // What is rounded to the least of the list is no less than the float before that. Nothing below the least float above 0
    // counts.
    const auto bound = [&] {
      const float least = lists.least(customer);
      return least > 0 ? static_cast<double>(std::nextafter(least, 0.0F)) : std::numeric_limits<double>::denorm_min();
    };
    mine->take_from(bound(), [&](std::int32_t item, double sum) {
      const auto score = static_cast<float>(sum);
      const bool counts = score > 0 && score >= lists.least(customer) && options.offers(item);
      if (counts && !options.again) {
        while (next != own.end() && *next < item) ++next;
        if (next != own.end() && *next == item) return bound();
      }
      if (counts) lists.offer(customer, score, item);
      return bound();
    });
  };
  constexpr std::int64_t grain = 16;
  const auto piece = std::max<std::int64_t>(4096, customers / 64);
  for (std::int64_t first = 0; first < customers; first += piece) {
    const auto last = std::min(customers, first + piece);
    parallel::for_each(first, last, look_at, grain);
    if (options.progress) options.progress(last, customers);
  }
  return std::move(lists).take();
}

}  // namespace fullbase::recommendation
