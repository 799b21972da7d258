#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <vector>

#include "algorithms/recommendation/product_kernel.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/top_rows.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using product_kernel::Hit;
using product_kernel::panel_items;
using product_kernel::tile_rows;

constexpr std::int64_t group_rows = 32 * tile_rows;  ///< customers that a thread takes through a round's panels
constexpr std::int32_t no_item = -1;

/// Whether a row says anything: what stands for 1 with biases does not count.
bool has_factors(const Factors& factors, const float* row, bool is_customer) {
  std::int64_t columns = factors.columns();
  const std::int64_t one = factors.biases ? (is_customer ? columns - 1 : columns - 2) : -1;
  for (std::int64_t f = 0; f < columns; ++f) {
    if (f != one && row[f] != 0) return true;
  }
  return false;
}

/// Items side by side, as the kernel takes them.
struct Panels {
  std::vector<float> factors;
  std::vector<std::int32_t> items;  ///< no_item behind the last

  Panels(std::int64_t panels, std::int64_t depth)
      : factors(static_cast<std::size_t>(panels * depth * panel_items)), items(static_cast<std::size_t>(panels * panel_items)) {}
  static std::int64_t bytes_each(std::int64_t depth) noexcept { return 4 * panel_items * (depth + 1); }

  void pack(const Factors& of, std::int64_t first_item, std::span<const std::int32_t> packed) {
    std::ranges::fill(factors, 0.0F);
    std::ranges::fill(items, no_item);
    const std::int64_t depth = of.columns();
    for (std::size_t i = 0; i < packed.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      float* const into = factors.data() + at / panel_items * depth * panel_items + at % panel_items;
      const float* const from = of.items.row(packed[i]);
      for (std::int64_t f = 0; f < depth; ++f) into[f * panel_items] = from[f];
      items[i] = static_cast<std::int32_t>(first_item + packed[i]);
    }
  }
};

/// What a thread takes a group of customers through panels with.
struct Scratch {
  std::vector<float> rows;
  std::vector<float> least;
  std::vector<Hit> hits;

  explicit Scratch(std::int64_t depth)
      : rows(static_cast<std::size_t>(group_rows * depth)), least(group_rows), hits(group_rows + tile_rows) {}
  static std::int64_t bytes(std::int64_t depth) noexcept {
    return 4 * group_rows * (depth + 1) + static_cast<std::int64_t>(sizeof(Hit)) * (group_rows + tile_rows);
  }
};

class FactorTop {
 public:
  FactorTop(comm::Communicator& communicator, const Interactions& matrix, const Factors& factors, const TopOptions& options,
            data::Budget& budget)
      : communicator_(communicator), matrix_(matrix), factors_(factors), options_(options), budget_(budget) {}

  RankedRows run() {
    const auto own_items = matrix_.items.rows_of(communicator_.rank());
    const std::int64_t depth = factors_.columns();
    const auto customers = matrix_.of_customers.rows();
    comm::collective_try(communicator_, "items that are offered", [&] {
      for (std::int64_t item = 0; item < own_items.size(); ++item) {
        if (options_.offers(own_items.first + item) && has_factors(factors_, factors_.items.row(item), false))
          offered_.push_back(static_cast<std::int32_t>(item));
      }
    });
    const auto counts = communicator_.all_gather(std::ssize(offered_));
    std::int64_t most_panels = 1;
    std::int64_t all = 0;
    for (const auto count : counts) {
      most_panels = std::max(most_panels, panels_of(count));
      all += count;
      all_panels_ += panels_of(count);
    }
    data::Reservation running;
    data::Reservation round;
    std::int64_t round_panels = 0;
    comm::collective_try(communicator_, "room for lists", [&] {
      const auto most = std::min(options_.top, all);
      running = budget_.require(28 * customers + parallel::thread_count() * Scratch::bytes(depth) + Panels::bytes_each(depth),
                                "running lists of the best items");
      round = budget_.reserve_up_to((most_panels - 1) * Panels::bytes_each(depth), Panels::bytes_each(depth));
      round_panels = 1 + round.bytes() / Panels::bytes_each(depth);
      lists_ = std::make_unique<TopRows>(customers, most);
      for (std::int64_t customer = 0; customer < customers; ++customer) {
        if (options_.wants(customer) && has_factors(factors_, factors_.customers.row(customer), true))
          customers_.push_back(static_cast<std::int32_t>(customer));
      }
      next_own_.assign(static_cast<std::size_t>(customers), 0);
      scratch_.resize(static_cast<std::size_t>(parallel::thread_count()));
    });
    round_panels = communicator_.min_value(round_panels);
    for (int rank = 0; rank < communicator_.size(); ++rank) {
      const auto panels = panels_of(counts[static_cast<std::size_t>(rank)]);
      for (std::int64_t first = 0; first < panels; first += round_panels)
        take_round(rank, first, std::min(round_panels, panels - first));
    }
    return comm::collective_try(communicator_, "lists", [&] { return std::move(*lists_).take(); });
  }

 private:
  static std::int64_t panels_of(std::int64_t items) noexcept { return (items + panel_items - 1) / panel_items; }

  /// Panels [first, first + count) of a rank's items come to all ranks, which look at them. Collective.
  void take_round(int rank, std::int64_t first, std::int64_t count) {
    const std::int64_t depth = factors_.columns();
    std::unique_ptr<Panels> panels;
    comm::collective_try(communicator_, "pack items", [&] {
      panels = std::make_unique<Panels>(count, depth);
      if (communicator_.rank() != rank) return;
      const auto at = static_cast<std::size_t>(first * panel_items);
      const auto end = std::min(offered_.size(), static_cast<std::size_t>((first + count) * panel_items));
      panels->pack(factors_, matrix_.items.rows_of(rank).first, std::span(offered_).subspan(at, end - at));
    });
    if (communicator_.size() > 1) {
      const comm::StageScope stage(communicator_.statistics(), "items to all ranks");
      communicator_.broadcast(std::span(panels->items), rank);
      communicator_.broadcast(std::span(panels->factors), rank);
    }
    comm::collective_try(communicator_, "lists", [&] {
      const auto groups = (std::ssize(customers_) + group_rows - 1) / group_rows;
      const auto piece = std::max<std::int64_t>(64, groups / 64);
      for (std::int64_t begin = 0; begin < groups; begin += piece) {
        const auto end = std::min(groups, begin + piece);
        parallel::for_each(begin, end, [&](std::int64_t group, int thread) {
          auto& mine = scratch_[static_cast<std::size_t>(thread)];
          if (!mine) mine = std::make_unique<Scratch>(depth);
          take_group(group * group_rows, *panels, *mine);
        });
        done_ += count * (end - begin);
        if (options_.progress) options_.progress(done_, all_panels_ * groups);
      }
    });
  }

  /// The customers at `first` and behind it through all panels.
  void take_group(std::int64_t first, const Panels& panels, Scratch& scratch) {
    const std::int64_t depth = factors_.columns();
    const auto rows = std::min(group_rows, std::ssize(customers_) - first);
    const auto* const customers = customers_.data() + first;
    const auto tiles = (rows + tile_rows - 1) / tile_rows;
    std::ranges::fill(scratch.rows, 0.0F);
    // Rows behind the last find nothing.
    std::ranges::fill(scratch.least, std::numeric_limits<float>::quiet_NaN());
    for (std::int64_t r = 0; r < rows; ++r) {
      scratch.least[static_cast<std::size_t>(r)] = lists_->least(customers[r]);
      const float* const from = factors_.customers.row(customers[r]);
      float* const into = scratch.rows.data() + r / tile_rows * depth * tile_rows + r % tile_rows;
      for (std::int64_t f = 0; f < depth; ++f) into[f * tile_rows] = from[f];
    }
    const auto& kernels = product_kernel::active();
    const auto shift = static_cast<float>(factors_.mean);
    const auto count = std::ssize(panels.items) / panel_items;
    for (std::int64_t panel = 0; panel < count; ++panel) {
      const auto* const items = panels.items.data() + panel * panel_items;
      const auto hits = kernels.hits(scratch.rows.data(), tiles, panels.factors.data() + panel * depth * panel_items, depth,
                                     shift, scratch.least.data(), scratch.hits.data());
      for (std::int64_t h = 0; h < hits; ++h) {
        const auto& hit = scratch.hits[static_cast<std::size_t>(h)];
        take_hit(hit, customers[hit.row], items, scratch.least[static_cast<std::size_t>(hit.row)]);
      }
    }
  }

  void take_hit(const Hit& hit, std::int64_t customer, const std::int32_t* items, float& least) {
    for (auto found = hit.found; found != 0; found &= found - 1) {
      const auto lane = std::countr_zero(found);
      const auto item = items[lane];
      if (item == no_item || hit.scores[lane] < least || (!options_.again && is_own(customer, item))) continue;
      lists_->offer(customer, hit.scores[lane], item);
      least = lists_->least(customer);
    }
  }

  /// Items are asked for in ascending order.
  bool is_own(std::int64_t customer, std::int32_t item) noexcept {
    const auto own = matrix_.of_customers.columns_of(customer);
    auto& next = next_own_[static_cast<std::size_t>(customer)];
    while (next < std::ssize(own) && own[static_cast<std::size_t>(next)] < item) ++next;
    return next < std::ssize(own) && own[static_cast<std::size_t>(next)] == item;
  }

  comm::Communicator& communicator_;
  const Interactions& matrix_;
  const Factors& factors_;
  const TopOptions& options_;
  data::Budget& budget_;
  std::vector<std::int32_t> offered_;    ///< of this rank's items, counted from the first, those that may be recommended
  std::vector<std::int32_t> customers_;  ///< of this rank's, those who have lists
  std::int64_t all_panels_ = 0;
  std::int64_t done_ = 0;  ///< groups of customers that looked at a panel
  std::unique_ptr<TopRows> lists_;
  std::vector<std::int64_t> next_own_;  ///< by customer: their first item that is no less than the last that was asked for
  std::vector<std::unique_ptr<Scratch>> scratch_;
};

}  // namespace

RankedRows top_by_factors(comm::Communicator& communicator, const Interactions& matrix, const Factors& factors,
                          const TopOptions& options, data::Budget& budget) {
  return FactorTop(communicator, matrix, factors, options, budget).run();
}

}  // namespace fullbase::recommendation
