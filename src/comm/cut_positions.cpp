#include "comm/cut_positions.hpp"

#include <algorithm>
#include <limits>

namespace fullbase::comm {
namespace {

/// Positions [first, last) of this rank that may still hold the cut.
struct Window {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// The first position in the window whose word is above `value`, or not below it.
std::int64_t position_of(const KeyWords& words, int level, Window window, std::uint64_t value, bool above) {
  while (window.first < window.last) {
    const auto middle = window.first + (window.last - window.first) / 2;
    const auto word = words(middle, level);
    if (word < value || (above && word == value)) {
      window.first = middle + 1;
    } else {
      window.last = middle;
    }
  }
  return window.first;
}

/// For each target the value of word `level` at which it lies, among rows of the windows; `before` counts the rows of all ranks
/// that come before them.
std::vector<std::uint64_t> values_at(Communicator& communicator, const KeyWords& words, int level,
                                     const std::vector<Window>& windows, std::span<const std::int64_t> before,
                                     std::span<const std::int64_t> targets) {
  std::vector<std::uint64_t> low(targets.size(), std::numeric_limits<std::uint64_t>::max());
  std::vector<std::uint64_t> high(targets.size(), 0);
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (windows[t].first == windows[t].last) continue;
    low[t] = words(windows[t].first, level);
    high[t] = words(windows[t].last - 1, level);
  }
  communicator.min(std::span(low));
  communicator.max(std::span(high));
  std::vector<std::size_t> open;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (low[t] < high[t]) open.push_back(t);
  }
  while (!open.empty()) {
    std::vector<std::int64_t> counts;
    for (const auto t : open) {
      const auto middle = low[t] + (high[t] - low[t]) / 2;
      counts.push_back(position_of(words, level, windows[t], middle, true) - windows[t].first);
    }
    communicator.sum(std::span(counts));
    for (std::size_t i = 0; i < open.size(); ++i) {
      const auto t = open[i];
      const auto middle = low[t] + (high[t] - low[t]) / 2;
      if (before[t] + counts[i] > targets[t]) {
        high[t] = middle;
      } else {
        low[t] = middle + 1;
      }
    }
    std::erase_if(open, [&](std::size_t t) { return low[t] == high[t]; });
  }
  return low;
}

}  // namespace

std::vector<std::int64_t> cut_positions(Communicator& communicator, std::int64_t rows, const KeyWords& words, int levels,
                                        std::span<const std::int64_t> targets, Cut cut) {
  const auto count = targets.size();
  std::vector<Window> windows(count, {.first = 0, .last = rows});
  std::vector<std::int64_t> before(count, 0);
  for (int level = 0; level < levels; ++level) {
    const auto values = values_at(communicator, words, level, windows, before, targets);
    for (std::size_t t = 0; t < count; ++t) {
      const Window all = windows[t];
      windows[t] = {.first = position_of(words, level, all, values[t], false),
                    .last = position_of(words, level, all, values[t], true)};
      before[t] = windows[t].first;
    }
    communicator.sum(std::span(before));
  }
  // What is left in the windows has one key a target: lower ranks come first.
  std::vector<std::int64_t> ties;
  for (const auto& window : windows) ties.push_back(window.last - window.first);
  const auto of_ranks = communicator.all_gather_all(std::span<const std::int64_t>(ties));
  std::vector<std::int64_t> cuts;
  for (std::size_t t = 0; t < count; ++t) {
    std::int64_t lacking = targets[t] - before[t];
    if (cut == Cut::whole_groups) {
      cuts.push_back(lacking > 0 ? windows[t].last : windows[t].first);
      continue;
    }
    for (int r = 0; r < communicator.rank(); ++r) lacking -= of_ranks.from(r)[t];
    cuts.push_back(windows[t].first + std::clamp<std::int64_t>(lacking, 0, ties[t]));
  }
  return cuts;
}

}  // namespace fullbase::comm
