#include "algorithms/recommendation/needed_entries.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "algorithms/recommendation/row_requests.hpp"
#include "comm/agreement.hpp"

namespace fullbase::recommendation {
namespace {

/// What goes to one rank: the entries of rows one after the other.
class OutgoingRows {
 public:
  OutgoingRows(const SparseRows& own, std::span<const std::int32_t> rows) : own_(own), rows_(rows) {
    for (const auto row : rows) entries_ += own.length(row);
  }

  std::int64_t entries() const noexcept { return entries_; }

  /// The next `count` entries' values of one of the rows' arrays.
  template <class T>
  void pack(const std::vector<T>& from, std::int64_t count, std::vector<T>& into) const {
    auto row = row_;
    auto within = within_;
    while (count > 0) {
      const auto taken = std::min(count, own_.length(rows_[row]) - within);
      const auto* const begin = from.data() + own_.starts[static_cast<std::size_t>(rows_[row])] + within;
      into.insert(into.end(), begin, begin + taken);
      count -= taken;
      within = 0;
      ++row;
    }
  }

  void advance(std::int64_t count) noexcept {
    while (count > 0 && count >= own_.length(rows_[row_]) - within_) {
      count -= own_.length(rows_[row_]) - within_;
      within_ = 0;
      ++row_;
    }
    within_ += count;
  }

 private:
  const SparseRows& own_;
  std::span<const std::int32_t> rows_;
  std::int64_t entries_ = 0;
  std::size_t row_ = 0;      ///< the next entry's
  std::int64_t within_ = 0;  ///< its position in it
};

class Fetching {
 public:
  Fetching(comm::Communicator& communicator, const SparseRows& own, const RowRequests& requests, NeededEntries& into)
      : communicator_(communicator),
        own_(own),
        requests_(requests),
        rows_(into.rows),
        me_(static_cast<std::size_t>(communicator.rank())),
        ranks_(static_cast<std::size_t>(communicator.size())) {}

  /// Collective. Makes the starts of the rows.
  void lengths() {
    std::vector<std::vector<std::int32_t>> sent(ranks_);
    std::vector<std::int32_t> arrived;
    std::vector<std::span<const std::int32_t>> send;
    std::vector<std::span<std::int32_t>> receive;
    comm::collective_try(communicator_, "rows that are needed", [&] {
      arrived.resize(requests_.needed.size());
      for (std::size_t rank = 0; rank < ranks_; ++rank) {
        for (const auto row : requests_.asked[rank]) sent[rank].push_back(static_cast<std::int32_t>(own_.length(row)));
        send.emplace_back(sent[rank]);
        receive.push_back(std::span(arrived).subspan(static_cast<std::size_t>(requests_.starts[rank]),
                                                     static_cast<std::size_t>(count_from(rank))));
      }
      rows_.starts.resize(arrived.size() + 1);
    });
    communicator_.all_to_all_into(send, receive);
    std::inclusive_scan(arrived.begin(), arrived.end(), rows_.starts.begin() + 1, std::plus<>(), std::int64_t{0});
  }

  /// Collective, with lengths() done and room for the entries. What this rank has of its own is copied. Rows of a rank lie side
  /// by side among the needed ones, so that everything is received where it will be.
  void entries(std::int64_t round_bytes) {
    std::vector<OutgoingRows> outgoing;
    std::int64_t most = 0;
    comm::collective_try(communicator_, "rows that are needed", [&] {
      copy_own();
      for (std::size_t rank = 0; rank < ranks_; ++rank) {
        outgoing.emplace_back(own_, rank == me_ ? std::span<const std::int32_t>() : std::span(requests_.asked[rank]));
        most += outgoing.back().entries();
      }
    });
    // A rank packs columns or values of a round at a time.
    const auto rounds = (communicator_.max_value(most) * 4 + round_bytes - 1) / round_bytes;
    for (std::int64_t round = 0; round < rounds; ++round) {
      move(own_.columns, rows_.columns, outgoing, round, rounds);
      move(own_.values, rows_.values, outgoing, round, rounds);
      for (auto& rows : outgoing) rows.advance(round_share(rows.entries(), round, rounds));
    }
  }

 private:
  std::int64_t count_from(std::size_t rank) const noexcept { return requests_.starts[rank + 1] - requests_.starts[rank]; }
  std::int64_t entry_start(std::size_t rank) const noexcept {
    return rows_.starts[static_cast<std::size_t>(requests_.starts[rank])];
  }

  static std::int64_t round_start(std::int64_t entries, std::int64_t round, std::int64_t rounds) noexcept {
    return static_cast<std::int64_t>(static_cast<base::int128>(entries) * round / rounds);
  }
  static std::int64_t round_share(std::int64_t entries, std::int64_t round, std::int64_t rounds) noexcept {
    return round_start(entries, round + 1, rounds) - round_start(entries, round, rounds);
  }

  void copy_own() {
    auto at = entry_start(me_);
    for (const auto row : requests_.asked[me_]) {
      const auto from = own_.starts[static_cast<std::size_t>(row)];
      std::copy_n(own_.columns.data() + from, own_.length(row), rows_.columns.data() + at);
      std::copy_n(own_.values.data() + from, own_.length(row), rows_.values.data() + at);
      at += own_.length(row);
    }
  }

  template <class T>
  void move(const std::vector<T>& from, std::vector<T>& into, const std::vector<OutgoingRows>& outgoing, std::int64_t round,
            std::int64_t rounds) {
    std::vector<T> packed;
    std::vector<std::span<const T>> send;
    std::vector<std::span<T>> receive;
    comm::collective_try(communicator_, "rows that are needed", [&] {
      std::vector<std::size_t> borders = {0};
      for (const auto& rows : outgoing) {
        rows.pack(from, round_share(rows.entries(), round, rounds), packed);
        borders.push_back(packed.size());
      }
      for (std::size_t rank = 0; rank < ranks_; ++rank) {
        send.push_back(std::span<const T>(packed).subspan(borders[rank], borders[rank + 1] - borders[rank]));
        const auto entries = rank == me_ ? 0 : entry_start(rank + 1) - entry_start(rank);
        receive.push_back(
            std::span(into).subspan(static_cast<std::size_t>(entry_start(rank) + round_start(entries, round, rounds)),
                                    static_cast<std::size_t>(round_share(entries, round, rounds))));
      }
    });
    communicator_.all_to_all_into(send, receive);
  }

  comm::Communicator& communicator_;
  const SparseRows& own_;
  const RowRequests& requests_;
  SparseRows& rows_;
  std::size_t me_;
  std::size_t ranks_;
};

}  // namespace

NeededEntries fetch_entries(comm::Communicator& communicator, std::span<const std::int32_t> wanted, const SparseRows& own,
                            const RowShares& side, data::Budget& budget, std::int64_t round_bytes) {
  const comm::StageScope stage(communicator.statistics(), "fetch entries");
  NeededEntries needed;
  auto requests = request_rows(communicator, wanted, side);
  Fetching fetching(communicator, own, requests, needed);
  fetching.lengths();
  comm::collective_try(communicator, "rows that are needed", [&] {
    auto& rows = needed.rows;
    needed.memory = budget.require(8 * rows.entries() + 8 * rows.rows() + 4 * side.rows(), "the rows that a rank's entries name");
    rows.columns.resize(static_cast<std::size_t>(rows.entries()));
    rows.values.resize(rows.columns.size());
  });
  fetching.entries(round_bytes);
  needed.place_of_row = std::move(requests.place_of_row);
  return needed;
}

NeededEntries fetch_entries(comm::Communicator& communicator, const SparseRows& wanted, const SparseRows& own,
                            const RowShares& side, data::Budget& budget, std::int64_t round_bytes) {
  return fetch_entries(communicator, wanted.columns, own, side, budget, round_bytes);
}

}  // namespace fullbase::recommendation
