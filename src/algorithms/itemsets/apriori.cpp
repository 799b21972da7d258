#include "algorithms/itemsets/apriori.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "algorithms/itemsets/basket_ring.hpp"
#include "algorithms/itemsets/candidate_counter.hpp"
#include "algorithms/itemsets/candidates.hpp"
#include "algorithms/itemsets/class_outlines.hpp"
#include "algorithms/itemsets/own_sets.hpp"
#include "algorithms/itemsets/set_trie.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// Baskets that go round at a time, as far as the budget has room.
constexpr std::int64_t usual_ring_bytes = std::int64_t{16} << 20;

class Apriori {
 public:
  Apriori(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items, const FrequentPairs& pairs,
          const MiningOptions& options, data::Budget& budget)
      : communicator_(communicator),
        store_(baskets),
        items_(items),
        pairs_(pairs),
        options_(options),
        budget_(budget),
        own_(items.size()),
        frequent_(2) {}

  MinedSets run(const MiningObserver& observe) {
    comm::collective_try(communicator_, "items and pairs", [&] {
      deal_out_items();
      keep_items();
      if (options_.longest > 1) keep_pairs();
    });
    for (int size = 3; size <= options_.longest && frequent_.size() > 0; ++size) {
      if (observe) observe(size - 1, 0);
      if (!mine_level(size)) break;
    }
    return {comm::collective_try(communicator_, "hand over itemsets", [&] { return own_.take_runs(); }), std::move(own_memory_)};
  }

 private:
  bool is_own(std::int32_t rarest) const noexcept { return owners_[static_cast<std::size_t>(rarest)] == communicator_.rank(); }
  void reserve_own(std::int64_t sets) { own_memory_.push_back(budget_.require(OwnSets::bytes_each * sets, "frequent itemsets")); }

  /// Pairs of an item are what its larger sets are made of.
  void deal_out_items() {
    std::vector<ClassOutline> classes(static_cast<std::size_t>(items_.size()));
    for (std::int32_t item = 0; item < items_.size(); ++item) {
      const auto others = static_cast<double>(pairs_.others_of(item).size());
      classes[static_cast<std::size_t>(item)].cost = 1 + others * others;
    }
    owners_ = itemsets::deal_out(classes, communicator_.size());
  }

  void keep_items() {
    reserve_own(std::ranges::count(owners_, communicator_.rank()));
    own_.begin_level();
    for (std::int32_t item = 0; item < items_.size(); ++item) {
      if (is_own(item)) own_.add(std::span(&item, 1), item, 0, items_.counts[static_cast<std::size_t>(item)]);
    }
  }

  void keep_pairs() {
    frequent_memory_ = budget_.require(4 * pairs_.size() + 8 * std::int64_t{items_.size()}, "frequent pairs as a tree");
    std::int64_t own = 0;
    for (std::int32_t item = 0; item < items_.size(); ++item) own += is_own(item) ? std::ssize(pairs_.others_of(item)) : 0;
    reserve_own(own);
    own_.begin_level();
    std::int64_t number = 0;
    for (std::int32_t item = 0; item < items_.size(); ++item) {
      const auto others = pairs_.others_of(item);
      for (std::size_t other = 0; other < others.size(); ++other, ++number) {
        const std::array<std::int32_t, 2> pair = {item, others[other]};
        frequent_.add(pair);
        if (is_own(item)) own_.add(pair, number, item, pairs_.counts_of(item)[other]);
      }
    }
    frequent_.finish();
  }

  /// Whether there were candidates.
  bool mine_level(int size) {
    const Candidates own(frequent_, [&](std::int32_t rarest) { return is_own(rarest); });
    const auto own_count = comm::collective_try(communicator_, "join itemsets", [&] { return own.count(); });
    std::int64_t candidates = own_count;
    std::int64_t room = budget_.available();
    {
      const comm::StageScope scope(communicator_.statistics(), "apriori");
      candidates = communicator_.sum_value(candidates);
      room = communicator_.min_value(room);
    }
    if (candidates == 0) return false;
    const auto bytes = Candidates::bytes(candidates, frequent_) + CandidateCounter::bytes(candidates, items_.size(), 1);
    if (candidates <= SetTrie::most_sets && bytes <= room * 3 / 4) {
      count_all(candidates);
    } else {
      count_dealt_out(own, own_count, size, candidates);
    }
    return true;
  }

  /// Counters for each thread, where there is room.
  std::pair<int, data::Reservation> reserve_counters(std::int64_t candidates) {
    const auto threads = parallel::thread_count();
    // What is left has to do for the frequent sets.
    if (CandidateCounter::bytes(candidates, items_.size(), threads) <= budget_.available() / 2) {
      auto reserved = budget_.try_reserve(CandidateCounter::bytes(candidates, items_.size(), threads));
      if (reserved) return {threads, std::move(*reserved)};
    }
    return {1, budget_.require(CandidateCounter::bytes(candidates, items_.size(), 1), "counts of candidate itemsets")};
  }

  void count_all(std::int64_t count) {
    data::Reservation tree_memory;
    data::Reservation count_memory;
    std::optional<SetTrie> candidates;
    auto counts = comm::collective_try(communicator_, "count itemsets", [&] {
      tree_memory = budget_.require(Candidates::bytes(count, frequent_), "candidate itemsets");
      candidates = Candidates(frequent_, [](std::int32_t) { return true; }).make();
      int copies = 1;
      std::tie(copies, count_memory) = reserve_counters(count);
      CandidateCounter counter(*candidates, items_.size(), copies);
      store_.for_each([&](const Baskets& baskets, std::int64_t, int thread) { counter.add(baskets, thread); });
      return counter.take();
    });
    {
      const comm::StageScope scope(communicator_.statistics(), "apriori");
      communicator_.sum(std::span(counts));
    }
    comm::collective_try(communicator_, "keep itemsets", [&] { keep_frequent(*candidates, counts); });
  }

  void keep_frequent(const SetTrie& candidates, std::span<const std::int64_t> counts) {
    const auto size = candidates.set_size();
    std::int64_t sets = 0;
    std::int64_t own = 0;
    candidates.for_each(size - 1, [&](std::span<const std::int32_t> set, std::int64_t number) {
      if (counts[static_cast<std::size_t>(number)] < options_.least) return;
      ++sets;
      own += is_own(set.front()) ? 1 : 0;
    });
    auto memory = budget_.require(4 * sets + 8 * std::min(candidates.beginnings(), sets * (size - 1)), "frequent itemsets");
    reserve_own(own);
    own_.begin_level();
    SetTrie next(size);
    candidates.for_each(size - 1, [&](std::span<const std::int32_t> set, std::int64_t number) {
      const auto of_set = counts[static_cast<std::size_t>(number)];
      if (of_set < options_.least) return;
      if (is_own(set.front())) own_.add(set, next.size(), frequent_.find(set.first(set.size() - 1)), of_set);
      next.add(set);
    });
    next.finish();
    frequent_ = std::move(next);
    frequent_memory_ = std::move(memory);
  }

  void count_dealt_out(const Candidates& own, std::int64_t own_count, int size, std::int64_t candidates) {
    std::vector<std::uint8_t> wanted(static_cast<std::size_t>(items_.size()), 0);
    for (int depth = 0; depth < frequent_.set_size(); ++depth) {
      for (const auto item : frequent_.items(depth)) wanted[static_cast<std::size_t>(item)] = 1;
    }
    std::int64_t fits = 0;
    std::int64_t ring_bytes = std::min(usual_ring_bytes, budget_.available() / 16);
    {
      const comm::StageScope scope(communicator_.statistics(), "apriori");
      ring_bytes = communicator_.min_value(ring_bytes);
    }
    const BasketRing ring(communicator_, store_, wanted, size, ring_bytes);
    const auto own_bytes = Candidates::bytes(own_count, frequent_) + CandidateCounter::bytes(own_count, items_.size(), 1);
    fits = own_count <= SetTrie::most_sets && own_bytes + ring.bytes() <= budget_.available() ? 1 : 0;
    {
      const comm::StageScope scope(communicator_.statistics(), "apriori");
      fits = communicator_.min_value(fits);
    }
    if (fits == 0) throw too_many(size, candidates);

    // Frequent sets of this rank, one after the other, and their counts.
    std::vector<std::int32_t> sets;
    std::vector<std::int64_t> counts;
    {
      data::Reservation ring_memory;
      data::Reservation tree_memory;
      data::Reservation count_memory;
      std::optional<SetTrie> tree;
      std::optional<CandidateCounter> counter;
      comm::collective_try(communicator_, "count itemsets", [&] {
        ring_memory = budget_.require(ring.bytes(), "baskets that pass by");
        tree_memory = budget_.require(Candidates::bytes(own_count, frequent_), "candidate itemsets");
        tree = own.make();
        int copies = 1;
        std::tie(copies, count_memory) = reserve_counters(own_count);
        counter.emplace(*tree, items_.size(), copies);
      });
      ring.run([&](const Baskets& baskets, int thread) { counter->add(baskets, thread); });
      comm::collective_try(communicator_, "keep itemsets", [&] {
        const auto all_counts = counter->take();
        const auto frequent = std::ranges::count_if(all_counts, [&](std::int64_t of_set) { return of_set >= options_.least; });
        reserve_own(frequent);
        tree->for_each(size - 1, [&](std::span<const std::int32_t> set, std::int64_t number) {
          const auto of_set = all_counts[static_cast<std::size_t>(number)];
          if (of_set < options_.least) return;
          sets.insert(sets.end(), set.begin(), set.end());
          counts.push_back(of_set);
        });
      });
    }
    keep_gathered(size, sets, counts);
  }

  /// Takes the frequent sets of all ranks, each rank's in order, as the level.
  void keep_gathered(int size, const std::vector<std::int32_t>& sets, const std::vector<std::int64_t>& counts) {
    std::int64_t all = std::ssize(counts);
    {
      const comm::StageScope scope(communicator_.statistics(), "apriori");
      all = communicator_.sum_value(all);
    }
    data::Reservation memory;
    data::Reservation gathered_memory;
    comm::collective_try(communicator_, "keep itemsets", [&] {
      memory = budget_.require(4 * all + 8 * std::min(all * (size - 1), frequent_.beginnings() + frequent_.size()),
                               "frequent itemsets");
      gathered_memory = budget_.require(4 * size * all, "frequent itemsets of all ranks");
    });
    comm::Gathered<std::int32_t> gathered;
    {
      const comm::StageScope scope(communicator_.statistics(), "apriori");
      gathered = communicator_.all_gather_all(std::span<const std::int32_t>(sets));
    }
    comm::collective_try(communicator_, "keep itemsets", [&] {
      own_.begin_level();
      SetTrie next(size);
      std::vector<std::size_t> at(static_cast<std::size_t>(communicator_.size()), 0);
      for (std::int32_t rarest = 0; rarest < items_.size(); ++rarest) {
        const auto owner = owners_[static_cast<std::size_t>(rarest)];
        const auto from = gathered.from(owner);
        auto& position = at[static_cast<std::size_t>(owner)];
        for (; position < from.size() && from[position] == rarest; position += static_cast<std::size_t>(size)) {
          const auto set = from.subspan(position, static_cast<std::size_t>(size));
          if (owner == communicator_.rank()) {
            const auto of_set = counts[position / static_cast<std::size_t>(size)];
            own_.add(set, next.size(), frequent_.find(set.first(set.size() - 1)), of_set);
          }
          next.add(set);
        }
      }
      next.finish();
      frequent_ = std::move(next);
      frequent_memory_ = std::move(memory);
    });
  }

  base::Error too_many(int size, std::int64_t candidates) const {
    return base::job_file_error(
               fmt::format("sets of {} items have {} candidates, which do not fit the memory of {}", size,
                           base::format_count(candidates),
                           communicator_.size() == 1 ? "the rank" : fmt::format("{} ranks", communicator_.size())),
               {},
               fmt::format("ask for a greater support or `longest: {}`, take `method: eclat`, or give more memory "
                           "(resources.memory_per_rank) or more ranks",
                           size - 1))
        .known_to_all();
  }

  comm::Communicator& communicator_;
  const BasketStore& store_;
  const FrequentItems& items_;
  const FrequentPairs& pairs_;
  const MiningOptions& options_;
  data::Budget& budget_;
  std::vector<int> owners_;  ///< by item: the rank that keeps the sets it is the rarest item of
  OwnSets own_;
  std::vector<data::Reservation> own_memory_;
  SetTrie frequent_;  ///< of the level before, of all ranks
  data::Reservation frequent_memory_;
};

}  // namespace

MinedSets mine_apriori(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                       const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget,
                       const MiningObserver& observe) {
  return Apriori(communicator, baskets, items, pairs, options, budget).run(observe);
}

}  // namespace fullbase::itemsets
