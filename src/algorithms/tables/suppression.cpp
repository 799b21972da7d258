#include "algorithms/tables/suppression.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "base/contract.hpp"

namespace fullbase::tables {
namespace {

bool is_few(std::int64_t customers, std::int64_t below, bool is_needed) {
  return customers < below && (is_needed || customers > 0);
}

class Hierarchy {
 public:
  Hierarchy(const std::vector<CellLevel>& levels, std::int64_t below, std::size_t needed)
      : levels_(levels), sets_(levels.front().customers.size()), below_(below), needed_(needed) {
    for (std::size_t l = 0; l < levels.size(); ++l) {
      auto& layer = layers_.emplace_back();
      const auto cells = levels[l].cells();
      for (std::size_t cell = 0; cell < cells; ++cell)
        layer.shown.push_back(is_about_few(levels[l], cell, below, needed) ? 0 : 1);
      layer.hides.resize(cells);
      layer.covered.resize(cells * sets_);
      layer.hidden.resize(cells * sets_);
      layer.starts.push_back(0);
      for (const std::int64_t children : levels[l].children)
        layer.starts.push_back(layer.starts.back() + static_cast<std::size_t>(children));
      FULLBASE_EXPECTS(l + 1 == levels.size() || layer.starts.back() == levels[l + 1].cells(),
                       "every cell is a child of one of the level above");
    }
  }

  std::vector<std::vector<std::uint8_t>> complete() {
    for (std::size_t level = levels_.size(); level-- > 0;) {
      for (std::size_t cell = 0; cell < levels_[level].cells(); ++cell) {
        recount(level, cell);
        if (layers_[level].shown[cell] && layers_[level].hides[cell]) hide_enough_in(level, cell);
      }
    }
    std::vector<std::vector<std::uint8_t>> shown;
    for (auto& layer : layers_) shown.push_back(std::move(layer.shown));
    return shown;
  }

 private:
  struct Layer {
    std::vector<std::uint8_t> shown;
    std::vector<std::uint8_t> hides;    ///< whether a part of the last level lies in no shown part
    std::vector<std::int64_t> covered;  ///< by cell and set: customers of its largest shown parts, or of itself, added up
    std::vector<std::int64_t> hidden;   ///< by cell and set: of its parts of the last level in no shown part, at least so many
    std::vector<std::size_t> starts;    ///< of each cell's children
  };
  struct Place {
    std::size_t level, cell;
  };

  bool is_last(std::size_t level) const { return level + 1 == levels_.size(); }
  std::int64_t customers(Place place, std::size_t set) const { return levels_[place.level].customers[set][place.cell]; }

  /// What a cell covers and hides, from its children.
  void recount(std::size_t level, std::size_t cell) {
    auto& layer = layers_[level];
    const auto at = cell * sets_;
    const std::span hidden(&layer.hidden[at], sets_);
    const std::span covered(&layer.covered[at], sets_);
    std::ranges::fill(hidden, 0);
    std::ranges::fill(covered, 0);
    layer.hides[cell] = is_last(level) && !layer.shown[cell] ? 1 : 0;
    if (!is_last(level)) {
      const auto& below = layers_[level + 1];
      for (std::size_t child = layer.starts[cell]; child < layer.starts[cell + 1]; ++child) {
        const bool adds = !below.shown[child] && below.hides[child];
        if (adds) layer.hides[cell] = 1;
        for (std::size_t set = 0; set < sets_; ++set) {
          covered[set] += below.covered[child * sets_ + set];
          if (adds) hidden[set] = std::max(hidden[set], below.hidden[child * sets_ + set]);
        }
      }
    }
    for (std::size_t set = 0; set < sets_; ++set) {
      const auto own = customers({level, cell}, set);
      hidden[set] = std::max(hidden[set], own - covered[set]);
      if (layer.shown[cell]) covered[set] = own;
    }
  }

  /// Of a cell that is not about few: leaves out parts of it until what it hides is something, and not about few.
  void hide_enough_in(std::size_t level, std::size_t cell) {
    while (const auto set = set_to_mend({level, cell})) {
      const auto part = smallest_shown(level, cell, *set);
      FULLBASE_EXPECTS(part.has_value(), "if nothing of it is shown, it hides all of itself, which is not about few");
      hide(*part);
      // The cells between.
      for (std::size_t above = part->level; above-- > level;) recount(above, ancestor(*part, above));
    }
  }

  void hide(Place place) {
    layers_[place.level].shown[place.cell] = 0;
    recount(place.level, place.cell);
    if (!is_last(place.level)) hide_enough_in(place.level, place.cell);
  }

  /// A set in which what the cell hides is about few; the first one where it hides nothing.
  std::optional<std::size_t> set_to_mend(Place place) const {
    const auto& layer = layers_[place.level];
    if (!layer.hides[place.cell]) return 0;
    for (std::size_t set = 0; set < sets_; ++set) {
      if (is_few(layer.hidden[place.cell * sets_ + set], below_, set < needed_)) return set;
    }
    return {};
  }

  /// Of the largest shown parts those with enough customers in the set, and of these the one of fewest customers.
  std::optional<Place> smallest_shown(std::size_t level, std::size_t cell, std::size_t set) const {
    std::optional<Place> smallest;
    const auto& layer = layers_[level];
    const auto& below = layers_[level + 1];
    for (std::size_t child = layer.starts[cell]; child < layer.starts[cell + 1]; ++child) {
      std::optional<Place> part = Place{level + 1, child};
      if (!below.shown[child]) part = is_last(level + 1) ? std::nullopt : smallest_shown(level + 1, child, set);
      if (!part || customers(*part, set) < below_) continue;
      if (!smallest || customers(*part, 0) < customers(*smallest, 0)) smallest = part;
    }
    return smallest;
  }

  std::size_t ancestor(Place place, std::size_t level) const {
    while (place.level > level) {
      const auto& starts = layers_[--place.level].starts;
      place.cell = static_cast<std::size_t>(std::ranges::upper_bound(starts, place.cell) - starts.begin()) - 1;
    }
    return place.cell;
  }

  const std::vector<CellLevel>& levels_;
  std::size_t sets_;
  std::int64_t below_;
  std::size_t needed_;
  std::vector<Layer> layers_;
};

}  // namespace

bool is_about_few(const CellLevel& level, std::size_t cell, std::int64_t below, std::size_t needed) {
  for (std::size_t set = 0; set < level.customers.size(); ++set) {
    if (is_few(level.customers[set][cell], below, set < needed)) return true;
  }
  return false;
}

std::vector<std::vector<std::uint8_t>> shown_cells(const std::vector<CellLevel>& levels, std::int64_t below, std::size_t needed) {
  return levels.empty() ? std::vector<std::vector<std::uint8_t>>() : Hierarchy(levels, below, needed).complete();
}

}  // namespace fullbase::tables
