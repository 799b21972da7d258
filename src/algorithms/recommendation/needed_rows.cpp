#include "algorithms/recommendation/needed_rows.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "algorithms/recommendation/row_requests.hpp"
#include "comm/agreement.hpp"

namespace fullbase::recommendation {

NeededRows::NeededRows(comm::Communicator& communicator, SparseRows& rows, const RowShares& side) {
  auto requests = request_rows(communicator, rows.columns, side);
  for (auto& column : rows.columns) column = requests.place_of_row[static_cast<std::size_t>(column)];
  needed_ = std::move(requests.needed);
  needed_starts_ = std::move(requests.starts);
  asked_ = std::move(requests.asked);
}

FactorRows NeededRows::fetch(comm::Communicator& communicator, const FactorRows& own) const {
  const auto stride = own.stride();
  const auto me = static_cast<std::size_t>(communicator.rank());
  FactorRows panel;
  std::vector<std::vector<float>> packed(asked_.size());
  std::vector<std::span<const float>> send;
  std::vector<std::span<float>> receive;
  comm::collective_try(communicator, "factors that are needed", [&] {
    panel = FactorRows(size(), own.size());
    for (std::size_t rank = 0; rank < asked_.size(); ++rank) {
      const auto begin = needed_starts_[rank];
      const auto count = needed_starts_[rank + 1] - begin;
      if (rank == me) {
        for (std::int64_t i = 0; i < count; ++i)
          std::copy_n(own.row(asked_[me][static_cast<std::size_t>(i)]), stride, panel.row(begin + i));
      } else {
        for (const auto row : asked_[rank]) packed[rank].insert(packed[rank].end(), own.row(row), own.row(row) + own.size());
      }
      send.emplace_back(packed[rank]);
    }
  });
  if (communicator.size() == 1) return panel;
  std::vector<std::vector<float>> arrived(asked_.size());
  comm::collective_try(communicator, "factors that are needed", [&] {
    for (std::size_t rank = 0; rank < asked_.size(); ++rank) {
      if (rank != me)
        arrived[rank].resize(static_cast<std::size_t>((needed_starts_[rank + 1] - needed_starts_[rank]) * own.size()));
      receive.emplace_back(arrived[rank]);
    }
  });
  {
    const comm::StageScope stage(communicator.statistics(), "fetch factors");
    communicator.all_to_all_into(send, receive);
  }
  for (std::size_t rank = 0; rank < asked_.size(); ++rank) {
    const auto* from = arrived[rank].data();
    for (auto place = needed_starts_[rank]; rank != me && place < needed_starts_[rank + 1]; ++place, from += own.size())
      std::copy_n(from, own.size(), panel.row(place));
  }
  return panel;
}

}  // namespace fullbase::recommendation
