#include "algorithms/recommendation/needed_rows.hpp"

#include <algorithm>
#include <span>

#include "comm/agreement.hpp"

namespace fullbase::recommendation {

NeededRows::NeededRows(comm::Communicator& communicator, SparseRows& rows, const RowShares& side) {
  std::vector<std::span<const std::int32_t>> ask;
  comm::collective_try(communicator, "rows that are needed", [&] {
    std::vector<std::int32_t> places(static_cast<std::size_t>(side.rows()), -1);
    for (const auto column : rows.columns) places[static_cast<std::size_t>(column)] = 0;
    for (std::int64_t row = 0; row < side.rows(); ++row) {
      if (places[static_cast<std::size_t>(row)] < 0) continue;
      places[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(needed_.size());
      needed_.push_back(static_cast<std::int32_t>(row));
    }
    for (auto& column : rows.columns) column = places[static_cast<std::size_t>(column)];
    needed_starts_.push_back(0);
    for (int rank = 0; rank < communicator.size(); ++rank) {
      const auto end = std::ranges::lower_bound(needed_, side.rows_of(rank).last) - needed_.begin();
      ask.push_back(std::span<const std::int32_t>(needed_).subspan(static_cast<std::size_t>(needed_starts_.back()),
                                                                   static_cast<std::size_t>(end - needed_starts_.back())));
      needed_starts_.push_back(end);
    }
  });
  const auto asked = communicator.all_to_all(ask);
  comm::collective_try(communicator, "rows that are needed", [&] {
    const auto first = side.rows_of(communicator.rank()).first;
    for (int rank = 0; rank < communicator.size(); ++rank) {
      auto& list = asked_.emplace_back(asked.from(rank).begin(), asked.from(rank).end());
      for (auto& row : list) row = static_cast<std::int32_t>(row - first);
    }
  });
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
