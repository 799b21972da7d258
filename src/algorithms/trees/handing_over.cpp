#include "algorithms/trees/handing_over.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

/// What every rank knows of the small nodes.
struct Plan {
  std::vector<std::int64_t> rows;                       ///< of all ranks, a node
  std::vector<std::vector<std::size_t>> nodes_of_rank;  ///< the largest first
  comm::Gathered<std::int64_t> counts;                  ///< of each rank, a node
};

Plan plan_of(comm::Communicator& communicator, const Frontier& frontier) {
  Plan plan;
  const auto count = frontier.small_nodes().size();
  plan.counts = communicator.all_gather_all(frontier.local_counts());
  plan.rows.assign(count, 0);
  for (int r = 0; r < communicator.size(); ++r) {
    const auto part = plan.counts.from(r);
    for (std::size_t n = 0; n < count; ++n) plan.rows[n] += part[n];
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return plan.rows[a] > plan.rows[b]; });
  plan.nodes_of_rank.resize(static_cast<std::size_t>(communicator.size()));
  std::vector<std::int64_t> load(plan.nodes_of_rank.size(), 0);
  for (const auto n : order) {
    const auto least = static_cast<std::size_t>(std::ranges::min_element(load) - load.begin());
    load[least] += plan.rows[n];
    plan.nodes_of_rank[least].push_back(n);
  }
  return plan;
}

/// The nodes that each rank takes in one round: the next ones of its list.
std::vector<std::span<const std::size_t>> next_round(const Plan& plan, std::vector<std::size_t>& done, std::int64_t round_rows) {
  std::vector<std::span<const std::size_t>> round;
  for (std::size_t r = 0; r < plan.nodes_of_rank.size(); ++r) {
    const auto& nodes = plan.nodes_of_rank[r];
    const auto first = done[r];
    std::int64_t rows = 0;
    while (done[r] < nodes.size() && (done[r] == first || rows + plan.rows[nodes[done[r]]] <= round_rows))
      rows += plan.rows[nodes[done[r]++]];
    round.push_back(std::span(nodes).subspan(first, done[r] - first));
  }
  return round;
}

/// The rows of a round's nodes, node by node, those of each rank's nodes together.
struct Packed {
  std::vector<std::uint8_t> bins;
  std::vector<std::uint64_t> words;
};

class HandingOver {
 public:
  HandingOver(comm::Communicator& communicator, const Frontier& frontier, const GrowRules& rules)
      : communicator_(communicator),
        frontier_(frontier),
        rules_(rules),
        plan_(plan_of(communicator, frontier)),
        features_(static_cast<std::size_t>(rules.features())),
        words_(static_cast<std::size_t>(rules.counting().row_words())),
        growers_(static_cast<std::size_t>(parallel::thread_count())) {}

  std::vector<GrowingTree> grow(std::int64_t round_rows) && {
    if (communicator_.size() == 1 && frontier_.is_listed()) return grow_here();
    std::vector<GrowingTree> grown(frontier_.small_nodes().size());
    std::vector<std::size_t> done(plan_.nodes_of_rank.size(), 0);
    for (;;) {
      const auto round = next_round(plan_, done, round_rows);
      if (std::ranges::all_of(round, [](const auto& nodes) { return nodes.empty(); })) break;
      grow_round(round, grown);
    }
    share(grown);
    return grown;
  }

 private:
  /// Nodes of one rank need not be brought together before: each thread copies the rows of its own.
  std::vector<GrowingTree> grow_here() {
    std::vector<GrowingTree> grown(frontier_.small_nodes().size());
    comm::collective_try(communicator_, "trees", [&] {
      std::vector<Packed> buffers(growers_.size());
      const auto& nodes = plan_.nodes_of_rank.front();
      parallel::for_each(0, std::ssize(nodes), [&](std::int64_t i, int thread) {
        const auto n = nodes[static_cast<std::size_t>(i)];
        auto& [bins, words] = buffers[static_cast<std::size_t>(thread)];
        const auto rows = static_cast<std::size_t>(plan_.rows[n]);
        bins.resize(rows * features_);
        words.resize(rows * words_);
        frontier_.copy(n, {bins.data(), words.data()});
        grown[n] = grow_node(n, {plan_.rows[n], bins.data(), words.data()}, thread);
      });
    });
    return grown;
  }

  GrowingTree grow_node(std::size_t n, const GatheredRows& rows, int thread) {
    auto& grower = growers_[static_cast<std::size_t>(thread)];
    if (!grower) grower.emplace(rules_);
    const auto& small = frontier_.small_nodes()[n];
    return grower->grow(rows, frontier_.root_of(small), frontier_.totals_of(small));
  }

  void grow_round(const std::vector<std::span<const std::size_t>>& round, std::vector<GrowingTree>& grown) {
    auto packed = comm::collective_try(communicator_, "trees", [&] { return pack(round); });
    const auto received = exchange(round, std::move(packed));
    const auto own = round[static_cast<std::size_t>(communicator_.rank())];
    comm::collective_try(communicator_, "trees", [&] {
      // What each rank has sent is its rows of the first node, then of the second, ...
      std::vector<std::int64_t> next(static_cast<std::size_t>(communicator_.size()), 0);
      std::vector<std::vector<std::int64_t>> starts;  // of each node's rows, by rank
      for (const auto n : own) {
        starts.push_back(next);
        for (int r = 0; r < communicator_.size(); ++r) next[static_cast<std::size_t>(r)] += plan_.counts.from(r)[n];
      }
      std::vector<Packed> buffers(growers_.size());
      parallel::for_each(0, std::ssize(own), [&](std::int64_t i, int thread) {
        const auto n = own[static_cast<std::size_t>(i)];
        auto& [bins, words] = buffers[static_cast<std::size_t>(thread)];
        bins.clear();
        words.clear();
        for (int r = 0; r < communicator_.size(); ++r) {
          const auto start = static_cast<std::size_t>(starts[static_cast<std::size_t>(i)][static_cast<std::size_t>(r)]);
          const auto count = static_cast<std::size_t>(plan_.counts.from(r)[n]);
          const auto bins_of_rank = received.bins.from(r).subspan(start * features_, count * features_);
          const auto words_of_rank = received.words.from(r).subspan(start * words_, count * words_);
          bins.insert(bins.end(), bins_of_rank.begin(), bins_of_rank.end());
          words.insert(words.end(), words_of_rank.begin(), words_of_rank.end());
        }
        grown[n] = grow_node(n, {plan_.rows[n], bins.data(), words.data()}, thread);
      });
    });
  }

  /// This rank's rows of the round's nodes.
  Packed pack(const std::vector<std::span<const std::size_t>>& round) const {
    const auto counts = frontier_.local_counts();
    std::size_t rows = 0;
    for (const auto& nodes : round) {
      for (const auto n : nodes) rows += static_cast<std::size_t>(counts[n]);
    }
    Packed packed{std::vector<std::uint8_t>(rows * features_), std::vector<std::uint64_t>(rows * words_)};
    std::vector<RowsTarget> targets(counts.size());
    std::size_t at = 0;
    for (const auto& nodes : round) {
      for (const auto n : nodes) {
        targets[n] = {packed.bins.data() + at * features_, packed.words.data() + at * words_};
        at += static_cast<std::size_t>(counts[n]);
      }
    }
    frontier_.copy(targets);
    return packed;
  }

  /// What each rank has of this rank's nodes of the round.
  struct Received {
    comm::Gathered<std::uint8_t> bins;
    comm::Gathered<std::uint64_t> words;
  };
  Received exchange(const std::vector<std::span<const std::size_t>>& round, Packed packed) {
    const comm::StageScope scope(communicator_.statistics(), "rows");
    Received received;
    received.bins = exchanged(round, std::span<const std::uint8_t>(packed.bins), features_);
    packed.bins = {};
    received.words = exchanged(round, std::span<const std::uint64_t>(packed.words), words_);
    return received;
  }

  template <class T>
  comm::Gathered<T> exchanged(const std::vector<std::span<const std::size_t>>& round, std::span<const T> values,
                              std::size_t a_row) {
    std::vector<std::span<const T>> send;
    std::size_t at = 0;
    for (const auto& nodes : round) {
      std::size_t rows = 0;
      for (const auto n : nodes) rows += static_cast<std::size_t>(frontier_.local_counts()[n]);
      send.push_back(values.subspan(at * a_row, rows * a_row));
      at += rows;
    }
    return communicator_.all_to_all(send);
  }

  /// Brings what each rank has grown to all.
  void share(std::vector<GrowingTree>& grown) {
    if (communicator_.size() == 1) return;
    const comm::StageScope scope(communicator_.statistics(), "subtrees");
    std::vector<std::int64_t> sizes;
    std::vector<GrowingNode> nodes;
    std::vector<std::int64_t> totals;
    for (const auto n : plan_.nodes_of_rank[static_cast<std::size_t>(communicator_.rank())]) {
      sizes.push_back(std::ssize(grown[n].nodes));
      nodes.insert(nodes.end(), grown[n].nodes.begin(), grown[n].nodes.end());
      totals.insert(totals.end(), grown[n].totals.begin(), grown[n].totals.end());
    }
    const auto all_sizes = communicator_.all_gather_all(std::span<const std::int64_t>(sizes));
    const auto all_nodes = communicator_.all_gather_all(std::span<const GrowingNode>(nodes));
    const auto all_totals = communicator_.all_gather_all(std::span<const std::int64_t>(totals));
    const auto width = static_cast<std::size_t>(rules_.counting().width());
    std::size_t at = 0;
    std::size_t tree = 0;
    for (const auto& owned : plan_.nodes_of_rank) {
      for (const auto n : owned) {
        const auto size = static_cast<std::size_t>(all_sizes.values[tree++]);
        const auto first = std::span(all_nodes.values).subspan(at, size);
        const auto its_totals = std::span(all_totals.values).subspan(at * width, size * width);
        grown[n].nodes.assign(first.begin(), first.end());
        grown[n].totals.assign(its_totals.begin(), its_totals.end());
        at += size;
      }
    }
  }

  comm::Communicator& communicator_;
  const Frontier& frontier_;
  const GrowRules& rules_;
  Plan plan_;
  std::size_t features_;
  std::size_t words_;
  std::vector<std::optional<SubtreeGrower>> growers_;
};

}  // namespace

std::vector<GrowingTree> grow_small_nodes(comm::Communicator& communicator, const Frontier& frontier, const GrowRules& rules,
                                          std::int64_t round_rows) {
  return HandingOver(communicator, frontier, rules).grow(round_rows);
}

}  // namespace fullbase::trees
