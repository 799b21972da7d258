#include <algorithm>
#include <utility>
#include <vector>

#include "algorithms/recommendation/needed_entries.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/top_of_sums.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// Lists as rows of a matrix, whose columns ascend.
SparseRows by_id(const RankedRows& lists) {
  SparseRows rows;
  rows.starts = lists.starts;
  rows.columns.resize(lists.ids.size());
  rows.values.resize(lists.ids.size());
  constexpr std::int64_t grain = 256;
  parallel::for_each(
      0, lists.rows(),
      [&](std::int64_t row, int) {
        std::vector<std::pair<std::int32_t, float>> entries;
        for (auto i = lists.starts[static_cast<std::size_t>(row)]; i < lists.starts[static_cast<std::size_t>(row) + 1]; ++i)
          entries.emplace_back(lists.ids[static_cast<std::size_t>(i)], lists.scores[static_cast<std::size_t>(i)]);
        std::ranges::sort(entries);
        auto at = static_cast<std::size_t>(lists.starts[static_cast<std::size_t>(row)]);
        for (const auto& [id, score] : entries) {
          rows.columns[at] = id;
          rows.values[at++] = score;
        }
      },
      grain);
  return rows;
}

}  // namespace

RankedRows top_by_neighbours(comm::Communicator& communicator, const Interactions& matrix, const RankedRows& neighbours, Side of,
                             const TopOptions& options, data::Budget& budget) {
  data::Reservation memory;
  const auto lists = comm::collective_try(communicator, "lists of neighbours", [&] {
    memory = budget.require(8 * neighbours.entries() + 8 * neighbours.rows(), "lists of neighbours");
    return by_id(neighbours);
  });
  // What a customer has names the lists of these items; a customer's list names what its neighbours have.
  const bool of_items = of == Side::items;
  const auto& left = of_items ? matrix.of_customers : lists;
  const auto right = of_items ? fetch_entries(communicator, left, lists, matrix.items, budget)
                              : fetch_entries(communicator, left, matrix.of_customers, matrix.customers, budget);
  return comm::collective_try(communicator, "lists", [&] {
    return top_of_sums(
        matrix, options,
        [&](std::int64_t customer, int, ScoreSums& sums) {
          const auto columns = left.columns_of(customer);
          const auto values = left.values_of(customer);
          for (std::size_t i = 0; i < columns.size(); ++i) {
            const std::int64_t place = right.place_of_row[static_cast<std::size_t>(columns[i])];
            sums.add(values[i], right.rows.columns_of(place), right.rows.values_of(place));
          }
        },
        budget);
  });
}

}  // namespace fullbase::recommendation
