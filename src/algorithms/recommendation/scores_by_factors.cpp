#include <algorithm>
#include <span>
#include <vector>

#include "algorithms/recommendation/product_kernel.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/row_requests.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// Collective. The rows that are needed, in their order, from the ranks that have them.
FactorRows fetch(comm::Communicator& communicator, const RowRequests& requests, const FactorRows& own, data::Budget& budget,
                 data::Reservation& memory) {
  const auto needed = std::ssize(requests.needed);
  const auto stride = own.stride();
  FactorRows rows;
  std::vector<std::vector<float>> packed(requests.asked.size());
  std::vector<std::span<const float>> send;
  std::vector<std::span<float>> receive;
  comm::collective_try(communicator, "factors of pairs", [&] {
    std::int64_t asked = 0;
    for (const auto& list : requests.asked) asked += std::ssize(list);
    memory = budget.require(FactorRows::bytes(needed + asked, own.size()), "factors of the items of pairs");
    rows = FactorRows(needed, own.size());
    for (std::size_t rank = 0; rank < requests.asked.size(); ++rank) {
      for (const auto row : requests.asked[rank]) packed[rank].insert(packed[rank].end(), own.row(row), own.row(row) + stride);
      send.emplace_back(packed[rank]);
      const auto first = requests.starts[rank];
      receive.emplace_back(rows.row(first), static_cast<std::size_t>((requests.starts[rank + 1] - first) * stride));
    }
  });
  const comm::StageScope stage(communicator.statistics(), "factors of pairs");
  communicator.all_to_all_into(send, receive);
  return rows;
}

}  // namespace

std::vector<float> scores_by_factors(comm::Communicator& communicator, const Interactions& matrix, const Factors& factors,
                                     std::span<const Pair> pairs, data::Budget& budget) {
  const auto count = std::ssize(pairs);
  std::vector<std::int32_t> customers;
  std::vector<std::int32_t> items;
  data::Reservation asking;
  comm::collective_try(communicator, "pairs", [&] {
    asking = budget.require(8 * count + 8 * matrix.items.rows(), "pairs whose scores are wanted");
    const auto first = matrix.customers.rows_of(communicator.rank()).first;
    for (const auto& pair : pairs) {
      customers.push_back(static_cast<std::int32_t>(pair.customer - first));
      items.push_back(pair.item);
    }
  });
  const auto requests = request_rows(communicator, items, matrix.items);
  data::Reservation memory;
  const auto panel = fetch(communicator, requests, factors.items, budget, memory);
  return comm::collective_try(communicator, "scores", [&] {
    for (auto& item : items) item = requests.place_of_row[static_cast<std::size_t>(item)];
    std::vector<float> scores(static_cast<std::size_t>(count));
    constexpr std::int64_t piece = 4096;
    parallel::for_each(0, (count + piece - 1) / piece, [&](std::int64_t i, int) {
      const auto first = i * piece;
      product_kernel::active().pairs(factors.customers.row(0), customers.data() + first, panel.row(0), items.data() + first,
                                     std::min(piece, count - first), factors.columns(), panel.stride(),
                                     static_cast<float>(factors.mean), scores.data() + first);
    });
    return scores;
  });
}

}  // namespace fullbase::recommendation
