#include "algorithms/itemsets/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <numeric>
#include <utility>

#include "algorithms/itemsets/best_rules.hpp"
#include "algorithms/itemsets/rule_rows.hpp"
#include "algorithms/itemsets/rule_search.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// Sets whose rules are counted together.
constexpr std::int64_t piece_sets = 64;
/// Pieces that a thread takes at a time, so that sets share what was looked up.
constexpr std::int64_t taken_pieces = 16;
/// Blocks of rules that a thread writes at a time, where the budget has room for them.
constexpr std::int64_t group_blocks = 16;
/// Ranked rules that a thread collects before it hands them over.
constexpr std::size_t handed_over = 1024;
/// Counting ends where there are so many times more rules than may be written.
constexpr std::int64_t hopeless = 64;

std::size_t at(std::int64_t position) {
  return static_cast<std::size_t>(position);
}

/// Rules by hundredths of confidence: by the greatest p of 0 to 100 with p / 100 <= confidence.
using Confidences = std::array<std::int64_t, 101>;

std::size_t hundredths(double confidence) noexcept {
  auto p = static_cast<int>(confidence * 100);
  if (p < 100 && (p + 1) / 100.0 <= confidence) ++p;
  if (p / 100.0 > confidence) --p;
  return static_cast<std::size_t>(p);
}

/// Bytes of the longest texts of antecedents and of consequents.
using Widths = std::array<std::int64_t, 2>;

/// What a thread has seen of rules.
struct Seen {
  Confidences confidences = {};
  Widths widths = {};
  std::vector<RankedRule> ranked = {};
};

}  // namespace

struct Rules::Implementation {
  Implementation(const SetIndex& all, RuleOptions wanted, data::Budget& from)
      : sets(all), options(std::move(wanted)), budget(from), limits(sets, options) {}

  void find(comm::Communicator& communicator, const Observer& observe);
  void check_number(const Confidences& confidences) const;
  void write_found(base::RowRange group, RuleSearch& search, data::BlockSink& sink) const;
  void write_best(base::RowRange group, std::int64_t first, data::BlockSink& sink) const;
  FoundRule rule_of(const RankedRule& ranked) const;
  std::int64_t row_bytes() const noexcept { return 72 + (options.names ? 16 + widths[0] + widths[1] : 0); }

  std::int64_t pieces() const noexcept { return (sets.rows() + piece_sets - 1) / piece_sets; }
  std::vector<std::int64_t> shares(int ranks) const;
  std::int64_t subsets() const noexcept;
  std::vector<std::int64_t> search(base::RowRange own, std::vector<Seen>& seen, BestRules& best_rules,
                                   const Observer& observe) const;
  void see(const FoundRule& rule, Seen& seen, BestRules& best_rules) const;
  void widen(const FoundRule& rule, Widths& least) const;

  const SetIndex& sets;
  RuleOptions options;
  data::Budget& budget;
  RuleLimits limits;
  std::int64_t rows = 0;
  std::int64_t found = 0;
  Widths widths = {};
  data::Reservation starts_memory;
  std::vector<std::int64_t> starts;  ///< rules before each piece, and all of them; empty with `top`
  data::Reservation lengths_memory;
  std::vector<std::int32_t> lengths;  ///< text_lengths(); empty without names
  data::Reservation best_memory;
  std::vector<RankedRule> best;  ///< this rank's rows, with `top`
};

/// Subsets of all sets: what there is to look at.
std::int64_t Rules::Implementation::subsets() const noexcept {
  std::int64_t total = 0;
  for (std::int32_t set = 0; set < sets.rows(); ++set) total += std::int64_t{1} << sets.size(set);
  return total;
}

/// The first piece of each rank, and the number of pieces last: about as many subsets for each.
std::vector<std::int64_t> Rules::Implementation::shares(int ranks) const {
  const auto total = subsets();
  std::vector<std::int64_t> firsts = {0};
  std::int64_t before = 0;
  for (std::int64_t set = 0; set < sets.rows(); ++set) {
    while (set % piece_sets == 0 && std::ssize(firsts) < ranks &&
           before >= static_cast<base::int128>(total) * std::ssize(firsts) / ranks)
      firsts.push_back(set / piece_sets);
    before += std::int64_t{1} << sets.size(static_cast<std::int32_t>(set));
  }
  firsts.resize(at(ranks) + 1, pieces());
  return firsts;
}

void Rules::Implementation::widen(const FoundRule& rule, Widths& least) const {
  if (!options.names) return;
  least[0] = std::max<std::int64_t>(least[0], lengths[at(rule.antecedent)]);
  least[1] = std::max<std::int64_t>(least[1], lengths[at(rule.consequent)]);
}

void Rules::Implementation::see(const FoundRule& rule, Seen& seen, BestRules& best_rules) const {
  if (!options.top) {
    ++seen.confidences[hundredths(confidence(rule.counts))];
    return widen(rule, seen.widths);
  }
  const RankedRule ranked(rule, options.top->by);
  if (!best_rules.may_enter(ranked)) return;
  seen.ranked.push_back(ranked);
  if (seen.ranked.size() == handed_over) best_rules.add(seen.ranked);
}

void Rules::Implementation::find(comm::Communicator& communicator, const Observer& observe) {
  const auto firsts = shares(communicator.size());
  const auto rank = at(communicator.rank());
  const auto kept = options.top ? std::min(options.top->rows, subsets()) : 0;
  std::vector<std::int64_t> counts;
  std::vector<Seen> seen(at(parallel::thread_count()));
  BestRules best_rules(kept);
  comm::collective_try(communicator, "find rules", [&] {
    if (options.names) {
      lengths_memory = require_whole(budget, 4 * std::int64_t{sets.rows()}, "the lengths of the texts of itemsets");
      lengths = text_lengths(sets, std::ssize(options.separator));
    }
    starts_memory = budget.require(16 * (pieces() + 1), "the numbers of rules");
    best_memory = budget.require(96 * kept, "the rules of 'top'");
    counts = search({firsts[rank], firsts[rank + 1]}, seen, best_rules, communicator.is_root() ? observe : Observer());
  });
  const comm::StageScope scope(communicator.statistics(), "number of rules");
  if (options.top) {
    found = communicator.sum_value(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
    rows = std::min(found, kept);
    best = first_of_all(communicator, best_rules.take(), kept);
    for (const auto& ranked : best) widen(rule_of(ranked), widths);
  } else {
    Confidences confidences = {};
    for (const auto& of_thread : seen) {
      for (std::size_t p = 0; p < confidences.size(); ++p) confidences[p] += of_thread.confidences[p];
      for (std::size_t side = 0; side < widths.size(); ++side) widths[side] = std::max(widths[side], of_thread.widths[side]);
    }
    communicator.sum(std::span<std::int64_t>(confidences));
    check_number(confidences);
    const auto all = communicator.all_gather_all(std::span<const std::int64_t>(counts));
    starts.assign(1, 0);
    starts.reserve(all.values.size() + 1);
    for (const auto count : all.values) starts.push_back(starts.back() + count);
    rows = found = starts.back();
  }
  communicator.max(std::span<std::int64_t>(widths));
}

/// Not collective. Rules of each of these pieces; of those after which there are far too many, less.
std::vector<std::int64_t> Rules::Implementation::search(base::RowRange own, std::vector<Seen>& seen, BestRules& best_rules,
                                                        const Observer& observe) const {
  const auto memory = budget.require(std::ssize(seen) * sets.subset_bytes(), "the subsets of an itemset");
  std::vector<std::int64_t> counts(at(own.size()), 0);
  std::vector<RuleSearch> searches(seen.size(), RuleSearch(sets, limits));
  std::atomic<std::int64_t> found_here = 0;
  const auto too_many = options.top ? std::numeric_limits<std::int64_t>::max() : options.most * hopeless;
  const auto look_at = [&](std::int64_t piece, int thread) {
    if (found_here.load(std::memory_order_relaxed) > too_many) return;
    auto& count = counts[at(piece - own.first)];
    const auto end = std::min<std::int64_t>(sets.rows(), (piece + 1) * piece_sets);
    for (auto set = piece * piece_sets; set < end; ++set) {
      searches[at(thread)].rules_of(static_cast<std::int32_t>(set), [&](const FoundRule& rule) {
        ++count;
        see(rule, seen[at(thread)], best_rules);
      });
    }
    found_here += count;
    if (observe && thread == 0) observe((piece - own.first) * piece_sets, own.size() * piece_sets);
  };
  parallel::for_each(own.first, own.last, look_at, taken_pieces);
  for (auto& of_thread : seen) best_rules.add(of_thread.ranked);
  return counts;
}

void Rules::Implementation::check_number(const Confidences& confidences) const {
  const auto total = std::accumulate(confidences.begin(), confidences.end(), std::int64_t{0});
  if (total <= options.most) return;
  const bool counted = total <= options.most * hopeless;
  std::string advice = "ask for more of 'confidence'";
  if (counted) {
    std::size_t p = confidences.size();
    std::int64_t left = 0;
    while (p > 0 && left + confidences[p - 1] <= options.most) left += confidences[--p];
    if (p < confidences.size() && left > 0)
      advice += fmt::format(" ({} leaves {})", static_cast<double>(p) / 100, base::format_count(left));
  }
  throw base::job_file_error(
      fmt::format("{}{} rules are found, and at most {} are to be written", counted ? "" : "more than ",
                  base::format_count(counted ? total : options.most * hopeless), base::format_count(options.most)),
      "most", advice + ", for some 'lift', for 'consequent: {longest: 1}' or for the best alone with 'top'; or raise 'most'")
      .known_to_all();
}

FoundRule Rules::Implementation::rule_of(const RankedRule& ranked) const {
  const auto parts = ranked.parts();
  std::array<std::vector<std::int32_t>, 2> sides;
  const auto items = sets.items_of(ranked.itemset());
  for (std::size_t p = 0; p < items.size(); ++p) sides[parts >> p & 1].push_back(items[p]);
  FoundRule rule{
      .itemset = ranked.itemset(), .antecedent = sets.find(sides[0]), .consequent = sets.find(sides[1]), .parts = parts};
  rule.counts = {sets.count(rule.itemset), sets.count(rule.antecedent), sets.count(rule.consequent), sets.baskets()};
  return rule;
}

void Rules::Implementation::write_found(base::RowRange group, RuleSearch& search, data::BlockSink& sink) const {
  RuleRows out(sets, options, group.size());
  const auto piece = std::ranges::upper_bound(starts, group.first) - starts.begin() - 1;
  auto next = starts[at(piece)];
  for (auto set = piece * piece_sets; next < group.last; ++set) {
    search.rules_of(static_cast<std::int32_t>(set), [&](const FoundRule& rule) {
      if (group.contains(next)) out.add(rule);
      ++next;
    });
  }
  sink.write(out.take(group.first));
}

void Rules::Implementation::write_best(base::RowRange group, std::int64_t first, data::BlockSink& sink) const {
  RuleRows out(sets, options, group.size());
  for (auto row = group.first; row < group.last; ++row) out.add(rule_of(best[at(row - first)]));
  sink.write(out.take(group.first));
}

Rules::Rules(comm::Communicator& communicator, const SetIndex& sets, RuleOptions options, data::Budget& budget,
             const Observer& observe)
    : implementation_(std::make_unique<Implementation>(sets, std::move(options), budget)) {
  implementation_->find(communicator, observe);
}
Rules::~Rules() = default;
Rules::Rules(Rules&&) noexcept = default;

std::int64_t Rules::rows() const noexcept {
  return implementation_->rows;
}
std::int64_t Rules::found() const noexcept {
  return implementation_->found;
}
std::vector<std::int32_t> Rules::string_widths() const {
  if (!implementation_->options.names) return {};
  return {static_cast<std::int32_t>(implementation_->widths[0]), static_cast<std::int32_t>(implementation_->widths[1])};
}

void Rules::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  const auto& rules = *implementation_;
  const auto blocks = base::Partition(rules.rows, communicator.size()).blocks_of(communicator.rank());
  const auto first = base::rows_of_blocks(blocks, rules.rows).first;
  comm::collective_try(communicator, "write rules", [&] {
    const bool searched = !rules.options.top;
    const auto threads = parallel::thread_count();
    const auto subsets = rules.budget.require(searched ? threads * rules.sets.subset_bytes() : 0, "the subsets of an itemset");
    const auto block_bytes = threads * base::block_rows * rules.row_bytes();
    auto grouped = group_blocks;
    while (grouped > 1 && grouped * block_bytes > rules.budget.available()) grouped /= 2;
    const auto memory = rules.budget.require(grouped * block_bytes, "rules to be written");
    std::vector<RuleSearch> searches;
    if (searched) searches = std::vector<RuleSearch>(at(threads), RuleSearch(rules.sets, rules.limits));
    parallel::for_each(0, (blocks.size() + grouped - 1) / grouped, [&](std::int64_t group, int thread) {
      const auto begin = blocks.first + group * grouped;
      const auto rows = base::rows_of_blocks({begin, std::min(blocks.last, begin + grouped)}, rules.rows);
      if (searched) {
        rules.write_found(rows, searches[at(thread)], sink);
      } else {
        rules.write_best(rows, first, sink);
      }
    });
  });
}

}  // namespace fullbase::itemsets
