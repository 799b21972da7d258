#include "algorithms/tables/suppression.hpp"

#include <cstddef>
#include <optional>

#include "base/contract.hpp"

namespace fullbase::tables {
namespace {

class Hierarchy {
 public:
  Hierarchy(const std::vector<CellLevel>& levels, std::int64_t below) : levels_(levels) {
    for (std::size_t l = 0; l < levels.size(); ++l) {
      std::vector<std::uint8_t>& shown = shown_.emplace_back();
      for (const std::int64_t customers : levels[l].customers) shown.push_back(customers >= below ? 1 : 0);
      hides_enough_.emplace_back(shown.size(), 0);
      std::vector<std::size_t>& starts = starts_.emplace_back(1, 0);
      for (const std::int64_t children : levels[l].children) starts.push_back(starts.back() + static_cast<std::size_t>(children));
      FULLBASE_EXPECTS(l + 1 == levels.size() || starts.back() == levels[l + 1].customers.size(),
                       "every cell is a child of one of the level above");
    }
  }

  std::vector<std::vector<std::uint8_t>> complete() {
    for (std::size_t level = levels_.size() - 1; level-- > 0;) {
      for (std::size_t cell = 0; cell < shown_[level].size(); ++cell) complete(level, cell);
    }
    return std::move(shown_);
  }

 private:
  /// Of a cell whose children are complete: what it hides, and what has to be hidden with it.
  void complete(std::size_t level, std::size_t cell) {
    bool hides = false;
    bool enough = false;
    for (std::size_t child = starts_[level][cell]; child < starts_[level][cell + 1]; ++child) {
      if (shown_[level + 1][child]) continue;
      hides = true;
      enough = enough || hides_enough_[level + 1][child];
    }
    if (hides && !enough && shown_[level][cell]) {
      // None is shown: then it hides all of itself, and tells no more than itself.
      if (const auto child = smallest_shown(level, cell)) {
        hide(level + 1, *child);
        enough = true;
      }
    }
    hides_enough_[level][cell] = enough ? 1 : 0;
  }

  void hide(std::size_t level, std::size_t cell) {
    shown_[level][cell] = 0;
    if (hides_enough_[level][cell]) return;
    // Else all of its parts are shown, or it is a last-level cell, or all of its parts are of few customers: then it counts as a
    // whole.
    if (level + 1 < levels_.size()) {
      if (const auto child = smallest_shown(level, cell)) hide(level + 1, *child);
    }
    hides_enough_[level][cell] = 1;
  }

  std::optional<std::size_t> smallest_shown(std::size_t level, std::size_t cell) const {
    std::optional<std::size_t> smallest;
    for (std::size_t child = starts_[level][cell]; child < starts_[level][cell + 1]; ++child) {
      if (!shown_[level + 1][child]) continue;
      if (!smallest || levels_[level + 1].customers[child] < levels_[level + 1].customers[*smallest]) smallest = child;
    }
    return smallest;
  }

  const std::vector<CellLevel>& levels_;
  std::vector<std::vector<std::uint8_t>> shown_;
  std::vector<std::vector<std::uint8_t>> hides_enough_;  ///< what of it lies in no shown part is of enough customers
  std::vector<std::vector<std::size_t>> starts_;         ///< of each cell's children
};

}  // namespace

std::vector<std::vector<std::uint8_t>> shown_cells(const std::vector<CellLevel>& levels, std::int64_t below) {
  return levels.empty() ? std::vector<std::vector<std::uint8_t>>() : Hierarchy(levels, below).complete();
}

}  // namespace fullbase::tables
