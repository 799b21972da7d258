// Running lists of the best for many rows at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/recommendation/ranked_rows.hpp"

namespace fullbase::recommendation {

/// As TopList, whatever the order of offers; each list is always in order, so that all of them can wait for more. Rows may be
/// worked on by different threads. Memory: bytes(). Cost of an offer: the entries of the list that it comes before.
class TopRows {
 public:
  TopRows(std::int64_t rows, std::int64_t most) : most_(most) {
    lists_.ids.resize(static_cast<std::size_t>(rows * most));
    lists_.scores.resize(lists_.ids.size());
    lengths_.resize(static_cast<std::size_t>(rows), 0);
  }
  /// 8 a row more than the lists that take() returns hold at most.
  static std::int64_t bytes(std::int64_t rows, std::int64_t most) noexcept { return 8 * rows * (most + 2); }

  /// A lower score has no place in the row's list.
  float least(std::int64_t row) const noexcept {
    if (most_ == 0) return std::numeric_limits<float>::infinity();
    return lengths_[static_cast<std::size_t>(row)] < most_ ? -std::numeric_limits<float>::infinity()
                                                           : lists_.scores[static_cast<std::size_t>((row + 1) * most_ - 1)];
  }

  void offer(std::int64_t row, float score, std::int32_t id) noexcept {
    auto& length = lengths_[static_cast<std::size_t>(row)];
    float* const scores = lists_.scores.data() + row * most_;
    std::int32_t* const ids = lists_.ids.data() + row * most_;
    std::int64_t at = length;
    while (at > 0 && (scores[at - 1] < score || (scores[at - 1] == score && ids[at - 1] > id))) --at;
    if (at == most_) return;
    if (length < most_) ++length;
    std::move_backward(scores + at, scores + length - 1, scores + length);
    std::move_backward(ids + at, ids + length - 1, ids + length);
    scores[at] = score;
    ids[at] = id;
  }

  RankedRows take() && {
    lists_.starts.assign(lengths_.size() + 1, 0);
    std::inclusive_scan(lengths_.begin(), lengths_.end(), lists_.starts.begin() + 1);
    for (std::size_t row = 0; row < lengths_.size(); ++row) {
      const auto from = static_cast<std::int64_t>(row) * most_;
      if (from == lists_.starts[row]) continue;
      std::copy_n(lists_.ids.begin() + from, lengths_[row], lists_.ids.begin() + lists_.starts[row]);
      std::copy_n(lists_.scores.begin() + from, lengths_[row], lists_.scores.begin() + lists_.starts[row]);
    }
    lists_.ids.resize(static_cast<std::size_t>(lists_.entries()));
    lists_.scores.resize(lists_.ids.size());
    return std::move(lists_);
  }

 private:
  std::int64_t most_;
  RankedRows lists_;  ///< row r's from r * most_ on, until they are taken
  std::vector<std::int64_t> lengths_;
};

}  // namespace fullbase::recommendation
