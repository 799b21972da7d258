// Lists of the best for each row: neighbours, recommendations.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::recommendation {

/// Row r, counted from the rank's first, has the list [starts[r], starts[r + 1]), the greatest score first, of equal scores the
/// lowest id first.
struct RankedRows {
  std::vector<std::int64_t> starts = {0};
  std::vector<std::int32_t> ids;  ///< rows of the side that is listed
  std::vector<float> scores;

  std::int64_t rows() const noexcept { return static_cast<std::int64_t>(starts.size()) - 1; }
  std::int64_t entries() const noexcept { return starts.back(); }
  std::int64_t length(std::int64_t row) const noexcept {
    return starts[static_cast<std::size_t>(row) + 1] - starts[static_cast<std::size_t>(row)];
  }
  std::span<const std::int32_t> ids_of(std::int64_t row) const noexcept {
    return std::span(ids).subspan(static_cast<std::size_t>(starts[static_cast<std::size_t>(row)]),
                                  static_cast<std::size_t>(length(row)));
  }
  std::span<const float> scores_of(std::int64_t row) const noexcept {
    return std::span(scores).subspan(static_cast<std::size_t>(starts[static_cast<std::size_t>(row)]),
                                     static_cast<std::size_t>(length(row)));
  }
};

/// The best `most` of what is offered, whatever the order of offers: greater scores before less, of equal ones the lower id.
/// Scores are no NaN. Cost: nothing but a comparison for what cannot be among the best, else log most.
class TopList {
 public:
  struct Entry {
    float score;
    std::int32_t id;
    friend bool operator<(const Entry& a, const Entry& b) noexcept {
      return a.score > b.score || (a.score == b.score && a.id < b.id);
    }
  };

  explicit TopList(std::int64_t most) : most_(static_cast<std::size_t>(most)) { heap_.reserve(most_); }

  /// Then a score below least() has no place, whatever its id.
  bool is_full() const noexcept { return heap_.size() == most_; }
  /// The least that is kept; of meaning where it is full.
  float least() const noexcept { return heap_.front().score; }

  void offer(float score, std::int32_t id) {
    const Entry entry{score, id};
    if (heap_.size() < most_) {
      heap_.push_back(entry);
      std::push_heap(heap_.begin(), heap_.end());
    } else if (most_ > 0 && entry < heap_.front()) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = entry;
      std::push_heap(heap_.begin(), heap_.end());
    }
  }

  /// Best first; the list is empty afterwards. The result is of meaning until the next offer.
  std::span<const Entry> take() {
    std::sort_heap(heap_.begin(), heap_.end());
    taken_.swap(heap_);
    heap_.clear();
    return taken_;
  }

 private:
  std::size_t most_;
  std::vector<Entry> heap_;  ///< the worst in front
  std::vector<Entry> taken_;
};

}  // namespace fullbase::recommendation
