// The best so far of many rows, each with a note, while what is looked at passes in parts.
#pragma once

#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <vector>

#include "algorithms/recommendation/ranked_rows.hpp"

namespace fullbase::recommendation {

/// Rows may be used from several threads, each from one. Memory: bytes().
template <class Note>
class RunningLists {
 public:
  struct Listed {
    TopList::Entry place;
    Note note;
  };

  RunningLists() = default;
  RunningLists(std::int64_t rows, std::int64_t most)
      : most_(most), lengths_(static_cast<std::size_t>(rows)), listed_(static_cast<std::size_t>(rows * most)) {}

  static std::int64_t bytes(std::int64_t rows, std::int64_t most) noexcept {
    return (static_cast<std::int64_t>(sizeof(Listed)) * most + 4) * rows;
  }

  std::span<const std::int32_t> lengths() const noexcept { return lengths_; }
  std::span<const Listed> of(std::int64_t row) const noexcept {
    return std::span(listed_).subspan(static_cast<std::size_t>(row * most_),
                                      static_cast<std::size_t>(lengths_[static_cast<std::size_t>(row)]));
  }
  /// What is less has no place in the list of a row.
  float floor(std::int64_t row) const noexcept {
    if (lengths_[static_cast<std::size_t>(row)] < most_) return -std::numeric_limits<float>::infinity();
    return most_ == 0 ? std::numeric_limits<float>::infinity()
                      : listed_[static_cast<std::size_t>((row + 1) * most_ - 1)].place.score;
  }

  /// `fresh`: best first, of ids that the list of the row doesn't have yet. note_of(k): of the k-th of them, asked for those
  /// alone that find a place. `before`: a thread's own.
  template <class F>
  void merge(std::int64_t row, std::span<const TopList::Entry> fresh, F&& note_of, std::vector<Listed>& before) {
    if (fresh.empty()) return;
    const auto old = of(row);
    before.assign(old.begin(), old.end());
    auto* const list = listed_.data() + row * most_;
    std::size_t from_before = 0;
    std::size_t from_fresh = 0;
    std::int64_t length = 0;
    for (; length < most_ && (from_before < before.size() || from_fresh < fresh.size()); ++length) {
      const bool is_old =
          from_fresh == fresh.size() || (from_before < before.size() && before[from_before].place < fresh[from_fresh]);
      if (is_old) {
        list[length] = before[from_before++];
      } else {
        list[length] = {fresh[from_fresh], note_of(from_fresh)};
        ++from_fresh;
      }
    }
    lengths_[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(length);
  }

 private:
  std::int64_t most_ = 0;
  std::vector<std::int32_t> lengths_;
  std::vector<Listed> listed_;
};

}  // namespace fullbase::recommendation
