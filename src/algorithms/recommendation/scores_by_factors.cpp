#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/recommendation/product_kernel.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/row_requests.hpp"
#include "comm/agreement.hpp"
#include "comm/row_exchange.hpp"
#include "comm/rows_by_rank.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// Collective. The rows that are needed, in their order, from the ranks that have them: own.stride() values each.
std::vector<float> fetch(comm::Communicator& communicator, const RowRequests& requests, const FactorRows& own,
                         data::Budget& budget, data::Reservation& memory) {
  comm::RowsByRank asked;
  comm::collective_try(communicator, "factors of pairs", [&] {
    asked.starts.push_back(0);
    for (const auto& list : requests.ranks.asked) asked.starts.push_back(asked.starts.back() + std::ssize(list));
    const auto sent = asked.starts.back();
    memory = budget.require(FactorRows::bytes(std::ssize(requests.needed) + sent, own.size()) + 8 * sent,
                            "factors of the items of pairs");
    asked.order.reserve(static_cast<std::size_t>(sent));
    for (const auto& list : requests.ranks.asked) asked.order.insert(asked.order.end(), list.begin(), list.end());
  });
  const comm::StageScope stage(communicator.statistics(), "factors of pairs");
  return comm::RowExchange(communicator, asked.order, std::move(asked.starts))
      .values(std::span<const float>(own.values()), own.stride());
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
      product_kernel::active().pairs(factors.customers.row(0), customers.data() + first, panel.data(), items.data() + first,
                                     std::min(piece, count - first), factors.columns(), factors.items.stride(),
                                     static_cast<float>(factors.mean), scores.data() + first);
    });
    return scores;
  });
}

}  // namespace fullbase::recommendation
