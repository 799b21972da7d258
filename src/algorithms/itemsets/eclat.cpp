#include "algorithms/itemsets/eclat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>

#include "algorithms/itemsets/class_miner.hpp"
#include "algorithms/itemsets/class_outlines.hpp"
#include "algorithms/itemsets/gather_occurrences.hpp"
#include "algorithms/itemsets/local_occurrences.hpp"
#include "algorithms/itemsets/set_prediction.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// While it grows, a vector of sets has room for twice as many.
constexpr std::int64_t bytes_of_set = 2 * FoundSets::bytes_each;
/// To find a set, more or less.
constexpr double nanoseconds_each = 100;
/// A run itself and what its three vectors lie in beside their values.
constexpr std::int64_t bytes_of_run = sizeof(SetRun) + 3 * 16;

/// A class or a part of its children, for one thread.
struct Unit {
  std::int32_t rarest = 0;
  const OccurrenceClass* rows = nullptr;  ///< null: no set of the class has more than two items
  std::int64_t first = 0;                 ///< children: positions among the pairs of `rarest`
  std::int64_t last = 0;
};

struct Work {
  std::vector<Unit> units;
  double sets = 0;  ///< that they are likely to find
};

class Eclat {
 public:
  Eclat(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items, const FrequentPairs& pairs,
        const MiningOptions& options, data::Budget& budget)
      : communicator_(communicator), store_(baskets), items_(items), pairs_(pairs), options_(options), budget_(budget) {}

  MinedSets run(const MiningObserver& observe) {
    outline();
    find_bytes();
    mine_pairs();
    std::int64_t done = 0;
    for_each_batch([&](const Batch& batch) {
      mine_batch(batch);
      done += std::ssize(batch.classes);
      if (observe) observe(done, std::ssize(classes_));
    });
    std::ranges::sort(runs_, {}, [](const SetRun& run) { return std::pair(run.rarest, run.second); });
    return hand_over();
  }

  /// Throws what run() would before it mines a class, and mines none.
  void predict() {
    outline();
    if (!may_explode(classes_, 0)) return;
    find_bytes();
    double expected = 0;
    for_each_batch([&](const Batch& batch) { expected += refuse_explosion(batch, expected); });
  }

 private:
  /// Some classes, and those of them that this rank owns.
  struct Batch {
    std::span<const ClassOutline> classes;
    std::span<const int> owners;
    std::span<const OccurrenceClass> owned;
  };

  /// Half of what is left is for the sets; the other half for occurrences, and then for writing.
  void outline() {
    if (options_.longest > 2) {
      comm::collective_try(communicator_, "outline the classes", [&] {
        outlines_ = budget_.require(outline_bytes(items_, pairs_), "the classes of itemsets");
        classes_ = outline_classes(items_, pairs_, options_.baskets, options_.least);
      });
    }
    owners_ = deal_out(classes_, communicator_.size());
    most_sets_ = budget_.available() / 2 / bytes_of_set;
    allowance_ = std::make_unique<SetAllowance>(most_sets_, bytes_of_set, budget_);
    capacity_ = communicator_.sum_value(most_sets_);
  }

  /// What each class takes on a rank before it is sent, at most, and on its owner.
  void find_bytes() {
    counts_ = comm::collective_try(communicator_, "count occurrences",
                                   [&] { return std::make_unique<OccurrenceCounts>(store_, items_.size(), budget_); });
    std::vector<std::int64_t> bytes;
    for (const auto& outline : classes_) bytes.push_back(counts_->bytes(outline));
    largest_bytes_ = bytes;
    communicator_.max(std::span(largest_bytes_));
    all_bytes_ = std::move(bytes);
    communicator_.sum(std::span(all_bytes_));
  }

  /// The classes from `first` on whose occurrences fit together, at least one: where they end, and the bytes that they take.
  std::pair<std::size_t, std::int64_t> end_of_batch(std::size_t first) {
    const auto room = communicator_.min_value(budget_.available() - allowance_->bytes_left()) * 3 / 4;
    const std::int64_t copies = communicator_.size() == 1 ? 1 : 2;
    std::vector<std::int64_t> owned(static_cast<std::size_t>(communicator_.size()), 0);
    std::int64_t local = 0;
    std::int64_t bytes = 0;
    auto last = first;
    for (; last < classes_.size(); ++last) {
      local += copies * largest_bytes_[last];
      auto& owner = owned[static_cast<std::size_t>(owners_[last])];
      owner += communicator_.size() == 1 ? 0 : copies * all_bytes_[last];
      owner += OccurrenceClass::bytes(std::ssize(classes_[last].items));
      if (last > first && local + std::ranges::max(owned) > room) break;
      bytes = local + std::ranges::max(owned);
    }
    return {last, bytes};
  }

  /// Items, and the pairs of those that are in no class.
  void mine_pairs() {
    comm::collective_try(communicator_, "items and pairs", [&] {
      std::vector<int> owners(static_cast<std::size_t>(items_.size()));
      std::vector<bool> in_class(owners.size(), false);
      for (std::size_t item = 0; item < owners.size(); ++item)
        owners[item] = static_cast<int>(item * static_cast<std::size_t>(communicator_.size()) / owners.size());
      for (std::size_t c = 0; c < classes_.size(); ++c) {
        owners[static_cast<std::size_t>(classes_[c].rarest)] = owners_[c];
        in_class[static_cast<std::size_t>(classes_[c].rarest)] = true;
      }
      // An item alone, and a class or pairs; the parts of a class that is cut are few.
      run_memory_ = budget_.require(2 * bytes_of_run * std::ranges::count(owners, communicator_.rank()), "frequent itemsets");
      Work work;
      ClassMiner miner(options_, *allowance_, budget_);
      for (std::int32_t item = 0; item < items_.size(); ++item) {
        if (owners[static_cast<std::size_t>(item)] != communicator_.rank()) continue;
        SetRun run{item, -1, {}};
        within_allowance([&] { miner.add(item, 1, items_.counts[static_cast<std::size_t>(item)], run.sets); });
        runs_.push_back(std::move(run));
        const auto others = std::ssize(pairs_.others_of(item));
        if (options_.longest > 1 && others > 0 && !in_class[static_cast<std::size_t>(item)]) {
          work.units.push_back({item, nullptr, 0, others});
          work.sets += static_cast<double>(others);
        }
      }
      mine(work);
    });
  }

  /// With the memory that the sets do take.
  MinedSets hand_over() {
    allowance_.reset();
    run_memory_ = {};
    MinedSets mined;
    comm::collective_try(communicator_, "hand over itemsets", [&] {
      std::int64_t bytes = 0;
      for (const auto& run : runs_) bytes += bytes_of_run + FoundSets::bytes_each * run.sets.size();
      mined.memory.push_back(budget_.require(bytes, "frequent itemsets"));
    });
    mined.runs = std::move(runs_);
    return mined;
  }

  void mine_batch(const Batch& batch) {
    std::int64_t found = 0;
    for (const auto& run : runs_) found += run.sets.size();
    refuse_explosion(batch, static_cast<double>(communicator_.sum_value(found)));
    comm::collective_try(communicator_, "mine itemsets", [&] { mine(work_of(batch)); });
  }

  /// Gathers the occurrences of as many classes at a time as fit.
  void for_each_batch(const std::function<void(const Batch&)>& work) {
    for (std::size_t first = 0; first < classes_.size();) {
      const auto [last, bytes] = end_of_batch(first);
      const auto classes = std::span(classes_).subspan(first, last - first);
      const auto owners = std::span(owners_).subspan(first, last - first);
      const auto memory = comm::collective_try(communicator_, "occurrences of itemsets", [&, bytes = bytes] {
        return budget_.require(bytes, "the occurrences of a class of itemsets");
      });
      auto local = comm::collective_try(communicator_, "find occurrences",
                                        [&] { return local_occurrences(store_, classes, *counts_, items_.size(), budget_); });
      const auto owned = gather_occurrences(communicator_, classes, owners, std::move(local), pairs_);
      work({classes, owners, owned});
      first = last;
    }
  }

  /// Classes that take long are cut into their children.
  Work work_of(const Batch& batch) const {
    const auto& [classes, owners, owned] = batch;
    struct Costed {
      const ClassOutline* outline;
      const OccurrenceClass* rows;
    };
    std::vector<Costed> mine;
    Work work;
    for (std::size_t c = 0, at = 0; c < classes.size(); ++c) {
      if (owners[c] != communicator_.rank()) continue;
      mine.push_back({&classes[c], &owned[at++]});
      work.sets += classes[c].cost;
    }
    std::ranges::stable_sort(mine, [](const Costed& a, const Costed& b) { return a.outline->cost > b.outline->cost; });
    for (const auto& [outline, rows] : mine) {
      const auto children = std::ssize(pairs_.others_of(outline->rarest));
      const bool whole = outline->cost * 16 * parallel::thread_count() < work.sets;
      if (whole) {
        work.units.push_back({outline->rarest, rows, 0, children});
      } else {
        for (auto child = children; child > 0; --child) work.units.push_back({outline->rarest, rows, child - 1, child});
      }
    }
    return work;
  }

  void mine(const Work& work) {
    const auto count = std::ssize(work.units);
    std::vector<SetRun> found(work.units.size());
    std::vector<std::unique_ptr<ClassMiner>> miners(static_cast<std::size_t>(parallel::thread_count()));
    const auto mine_one = [&](std::int64_t u, int thread) {
      auto& miner = miners[static_cast<std::size_t>(thread)];
      if (!miner) miner = std::make_unique<ClassMiner>(options_, *allowance_, budget_);
      mine_unit(work.units[static_cast<std::size_t>(u)], *miner, found[static_cast<std::size_t>(u)]);
    };
    within_allowance([&] { parallel::for_each(0, count, mine_one, parallel::grain_of(count, nanoseconds_each * work.sets)); });
    std::ranges::move(found, std::back_inserter(runs_));
  }

  void mine_unit(const Unit& unit, ClassMiner& miner, SetRun& run) const {
    const auto others = pairs_.others_of(unit.rarest);
    const auto counts = pairs_.counts_of(unit.rarest);
    run.rarest = unit.rarest;
    run.second = others[static_cast<std::size_t>(unit.first)];
    std::size_t column = 0;
    for (auto child = static_cast<std::size_t>(unit.first); child < static_cast<std::size_t>(unit.last); ++child) {
      if (unit.rows != nullptr) {
        const auto& columns = unit.rows->items;
        column = static_cast<std::size_t>(
            std::lower_bound(columns.begin() + static_cast<std::ptrdiff_t>(column), columns.end(), others[child]) -
            columns.begin());
        if (column < columns.size() && columns[column] == others[child]) {
          miner.mine(*unit.rows, static_cast<std::int64_t>(column), run.sets);
          continue;
        }
      }
      miner.add(others[child], 2, counts[child], run.sets);
    }
    run.sets.shrink();
  }

  template <class F>
  void within_allowance(F&& search) const {
    try {
      search();
    } catch (const TooManySets&) {
      throw base::job_file_error(
          fmt::format("there are more frequent sets than the {} that memory_per_rank has room for",
                      base::format_count(most_sets_)),
          {}, "ask for a greater support, or give `longest`; or give more memory (resources.memory_per_rank) or more ranks");
    }
  }

  /// Whether these classes may have more sets than there is room for beside the sets `before`: not where so few are possible, nor
  /// where pairs let expect a thousandth of that; should they be that wrong, the allowance ends the search soon enough.
  bool may_explode(std::span<const ClassOutline> classes, double before) const {
    double possible = before;
    double expected = before;
    for (const auto& outline : classes) {
      possible += std::exp2(std::min<double>(1000, static_cast<double>(outline.items.size())));
      expected += outline.cost;
    }
    const auto most = static_cast<double>(capacity_);
    return possible > most && expected * 1000 > most;
  }

  /// Before any set of these classes is searched for: whether they fit beside the sets `before`. Returns how many are expected; 0
  /// where nobody needs to look.
  double refuse_explosion(const Batch& batch, double before) {
    const auto& [classes, owners, owned] = batch;
    if (!may_explode(classes, before)) return 0;
    const auto most = static_cast<double>(capacity_);
    auto prediction = predict_sets(communicator_, classes, owners, owned, options_, budget_);
    prediction.sets += before;
    if (prediction.sets - 2 * prediction.standard_error <= most) return prediction.sets - before;
    const auto fitting = fitting_count(communicator_, classes, owners, owned, options_, most / 2, budget_);
    throw base::job_file_error(
        fmt::format("about {:.2g} frequent sets are to be expected, which take {}; the memory of all ranks has room for {}",
                    prediction.sets,
                    base::format_bytes(static_cast<std::int64_t>(std::min(prediction.sets * bytes_of_set, 1e18))),
                    base::format_count(capacity_)),
        {},
        (fitting ? fmt::format("a support of {:.4g} (count {}) is expected to fit; or give `longest`",
                               static_cast<double>(*fitting) / static_cast<double>(options_.baskets), *fitting)
                 : std::string("no support is expected to fit, since many items are in the same baskets: leave some out "
                               "(`leave_out`); or give `longest`")) +
            ", more memory (resources.memory_per_rank) or more ranks")
        .known_to_all();
  }

  comm::Communicator& communicator_;
  const BasketStore& store_;
  const FrequentItems& items_;
  const FrequentPairs& pairs_;
  const MiningOptions& options_;
  data::Budget& budget_;
  data::Reservation outlines_;
  std::vector<ClassOutline> classes_;
  std::vector<int> owners_;
  std::unique_ptr<OccurrenceCounts> counts_;
  std::vector<std::int64_t> largest_bytes_;  ///< of a class on the rank where it has most
  std::vector<std::int64_t> all_bytes_;      ///< on all ranks together
  std::int64_t most_sets_ = 0;               ///< that this rank has room for
  data::Reservation run_memory_;
  std::unique_ptr<SetAllowance> allowance_;
  std::int64_t capacity_ = 0;  ///< sets that all ranks have room for
  std::vector<SetRun> runs_;
};

}  // namespace

void refuse_explosion(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                      const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget) {
  Eclat(communicator, baskets, items, pairs, options, budget).predict();
}

MinedSets mine_eclat(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                     const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget,
                     const MiningObserver& observe) {
  return Eclat(communicator, baskets, items, pairs, options, budget).run(observe);
}

}  // namespace fullbase::itemsets
