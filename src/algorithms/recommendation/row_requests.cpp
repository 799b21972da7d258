#include "algorithms/recommendation/row_requests.hpp"

#include <algorithm>

#include "comm/agreement.hpp"

namespace fullbase::recommendation {

RowRequests request_rows(comm::Communicator& communicator, std::span<const std::int32_t> columns, const RowShares& side) {
  RowRequests requests;
  auto& [needed, starts, asked, place_of_row] = requests;
  std::vector<std::span<const std::int32_t>> ask;
  comm::collective_try(communicator, "rows that are needed", [&] {
    place_of_row.assign(static_cast<std::size_t>(side.rows()), -1);
    for (const auto column : columns) place_of_row[static_cast<std::size_t>(column)] = 0;
    needed.reserve(static_cast<std::size_t>(side.rows() - std::ranges::count(place_of_row, -1)));
    for (std::int64_t row = 0; row < side.rows(); ++row) {
      auto& place = place_of_row[static_cast<std::size_t>(row)];
      if (place < 0) continue;
      place = static_cast<std::int32_t>(needed.size());
      needed.push_back(static_cast<std::int32_t>(row));
    }
    starts.push_back(0);
    for (int rank = 0; rank < communicator.size(); ++rank) {
      const auto end = std::ranges::lower_bound(needed, side.rows_of(rank).last) - needed.begin();
      ask.push_back(std::span<const std::int32_t>(needed).subspan(static_cast<std::size_t>(starts.back()),
                                                                  static_cast<std::size_t>(end - starts.back())));
      starts.push_back(end);
    }
  });
  const auto arrived = communicator.all_to_all(ask);
  comm::collective_try(communicator, "rows that are needed", [&] {
    const auto first = side.rows_of(communicator.rank()).first;
    for (int rank = 0; rank < communicator.size(); ++rank) {
      auto& list = asked.emplace_back(arrived.from(rank).begin(), arrived.from(rank).end());
      for (auto& row : list) row = static_cast<std::int32_t>(row - first);
    }
  });
  return requests;
}

}  // namespace fullbase::recommendation
