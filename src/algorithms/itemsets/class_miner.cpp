#include "algorithms/itemsets/class_miner.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "algorithms/itemsets/kernel.hpp"
#include "algorithms/itemsets/tree_path.hpp"
#include "parallel/stop.hpp"

namespace fullbase::itemsets {
namespace {

/// The patterns of so many columns, 4 bytes each, stay within a core's cache.
constexpr std::int64_t widest_pattern = 16;

/// Nanoseconds, as measured: which way is taken alters no result.
constexpr double pattern_row = 1.3;
constexpr double search_set = 20;
constexpr double search_word = 0.25;

constexpr std::int64_t most_counted = std::numeric_limits<std::uint32_t>::max();

/// Sets to look at among `columns` of which a share `density` of the pairs is frequent, if pairs were all that decides: the
/// expected cliques of a random graph.
double cliques(std::int64_t columns, double density) {
  double sets = 0;
  double term = 1;  // binomial(columns, k) density^(k (k - 1) / 2)
  double edge = 1;  // density^(k - 1)
  for (std::int64_t k = 1; k <= columns; ++k) {
    term *= static_cast<double>(columns - k + 1) / static_cast<double>(k) * edge;
    edge *= density;
    sets += term;
  }
  return sets;
}

/// A row's bits among at most 16 columns.
std::uint32_t pattern_of(std::span<const std::int32_t> columns) {
  std::uint32_t pattern = 0;
  for (const auto column : columns) pattern |= std::uint32_t{1} << column;
  return pattern;
}

}  // namespace

/// The extensions of one set: as a class, of the rows that hold the set.
struct ClassMiner::Level {
  int size = 1;  ///< items of the set
  OccurrenceClass rows;
  // Of the child that is looked at: the columns that stay frequent with it, and the counts.
  std::vector<std::int64_t> kept;
  std::vector<std::int64_t> kept_counts;
  std::vector<std::int64_t> column_counts;  ///< by column of lists
  std::vector<std::int32_t> new_columns;    ///< by column: its place among the kept ones, -1
  data::Reservation memory;                 ///< of the occurrences
  data::Reservation memory_beside;          ///< of the rest of `rows`
};

ClassMiner::ClassMiner(const MiningOptions& options, SetAllowance& allowance, data::Budget& budget)
    : options_(options), allowance_(allowance), budget_(budget) {
  patterns_.resize(std::size_t{1} << widest_pattern);
}

ClassMiner::~ClassMiner() {
  allowance_.give_back(allowed_);
}

void ClassMiner::add(std::int32_t item, int size, std::int64_t count, FoundSets& into) {
  if (allowed_ == 0) {
    allowed_ = allowance_.take();
    if (allowed_ == 0) throw TooManySets();
  }
  --allowed_;
  into.add(item, size, count);
}

ClassMiner::Level& ClassMiner::level(std::size_t depth) {
  while (levels_.size() <= depth) levels_.push_back(std::make_unique<Level>());
  return *levels_[depth];
}

void ClassMiner::reserve(data::Reservation& memory, std::int64_t bytes) {
  if (bytes <= memory.bytes()) return;
  memory = {};
  memory = budget_.require(bytes, "the occurrences of a class of itemsets, level by level");
}

void ClassMiner::mine(const OccurrenceClass& rows, std::int64_t child, FoundSets& into) {
  extend(rows, 1, nullptr, child, 0, into);
}

void ClassMiner::extend(const OccurrenceClass& rows, int size, PairBits* pairs, std::int64_t child, std::size_t depth,
                        FoundSets& into) {
  parallel::stop_point();
  const auto baskets = rows.counts[static_cast<std::size_t>(child)];
  add(rows.items[static_cast<std::size_t>(child)], size + 1, baskets, into);
  if (child == 0 || size + 1 >= options_.longest) return;
  auto& below = level(depth);
  below.size = size + 1;
  std::visit([&](const auto& occurrences) { keep_frequent(occurrences, rows, child, below); }, rows.rows);
  if (pairs != nullptr) {
    std::size_t next = 0;
    for (std::int64_t column = 0; column < child; ++column) {
      if (next < below.kept.size() && below.kept[next] == column) {
        ++next;
      } else {
        pairs->unset(child, column);
      }
    }
  }
  const auto kept = std::ssize(below.kept);
  if (size + 2 >= options_.longest) {
    for (std::size_t k = 0; k < below.kept.size(); ++k)
      add(rows.items[static_cast<std::size_t>(below.kept[k])], size + 2, below.kept_counts[k], into);
    return;
  }
  if (kept == 0) return;
  const auto edges = descend(rows, pairs == nullptr ? rows.pairs : *pairs, child, below);
  const auto& part = below.rows;
  if (edges == 0) {
    for (std::int64_t column = 0; column < kept; ++column)
      add(part.items[static_cast<std::size_t>(column)], size + 2, part.counts[static_cast<std::size_t>(column)], into);
    return;
  }
  std::visit([&](const auto& occurrences) { narrow(occurrences, child, below); }, rows.rows);
  if (prefers_patterns(below, edges, baskets)) {
    count_patterns(below);
    for_each_pattern(below, [&](int column, int items, std::uint32_t count) {
      add(part.items[static_cast<std::size_t>(column)], size + 1 + items, count, into);
    });
    return;
  }
  for (std::int64_t column = 0; column < kept; ++column) extend(part, size + 1, &below.rows.pairs, column, depth + 1, into);
}

double ClassMiner::estimate(const OccurrenceClass& rows, double at) {
  double sets = 0;
  double each = 1;  // sets that one of the path stands for
  const OccurrenceClass* set = &rows;
  for (const auto count : rows.counts) sets += count >= options_.least ? 1 : 0;
  for (std::size_t depth = 0;; ++depth) {
    auto& below = level(depth);
    below.size = static_cast<int>(depth) + 2;
    if (below.size >= options_.longest) return sets;
    TreeChildren children;
    for (std::int64_t child = 0; child < std::ssize(set->items); ++child) {
      below.kept.clear();
      if (set->counts[static_cast<std::size_t>(child)] >= options_.least)
        std::visit([&](const auto& occurrences) { keep_frequent(occurrences, *set, child, below); }, set->rows);
      const auto width = std::ssize(below.kept);
      sets += each * static_cast<double>(width);
      children.add(width);
    }
    if (!children.go_on()) return sets;
    const auto [chosen, share] = children.draw(at);
    each /= share;
    const auto child = static_cast<std::int64_t>(chosen);
    std::visit([&](const auto& occurrences) { keep_frequent(occurrences, *set, child, below); }, set->rows);
    const auto baskets = set->counts[chosen];
    const auto edges = descend(*set, set->pairs, child, below);
    if (edges == 0) return sets;
    std::visit([&](const auto& occurrences) { narrow(occurrences, child, below); }, set->rows);
    if (std::ssize(below.kept) <= widest_pattern && baskets <= most_counted) {
      count_patterns(below);
      std::int64_t found = 0;
      for_each_pattern(below, [&](int, int items, std::uint32_t) { found += items > 1 ? 1 : 0; });
      return sets + each * static_cast<double>(found);
    }
    set = &below.rows;
  }
}

std::int64_t ClassMiner::descend(const OccurrenceClass& rows, const PairBits& known, std::int64_t child, Level& below) {
  auto& part = below.rows;
  reserve(below.memory_beside, OccurrenceClass::bytes(std::ssize(below.kept)));
  part.rarest = rows.items[static_cast<std::size_t>(child)];
  part.items.clear();
  for (const auto column : below.kept) part.items.push_back(rows.items[static_cast<std::size_t>(column)]);
  part.counts.assign(below.kept_counts.begin(), below.kept_counts.end());
  part.pairs.clear(std::ssize(below.kept));
  std::int64_t edges = 0;
  for (std::size_t a = 1; a < below.kept.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (!known.test(below.kept[a], below.kept[b])) continue;
      part.pairs.set(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b));
      ++edges;
    }
  }
  return edges;
}

void ClassMiner::keep_frequent(const BitColumns& occurrences, const OccurrenceClass& rows, std::int64_t child,
                               Level& below) const {
  below.kept.clear();
  below.kept_counts.clear();
  const auto* const chosen = occurrences.column(child);
  for (std::int64_t column = 0; column < child; ++column) {
    if (!rows.pairs.test(child, column)) continue;
    const auto count = occurrences.count_both(chosen, occurrences.column(column));
    if (count < options_.least) continue;
    below.kept.push_back(column);
    below.kept_counts.push_back(count);
  }
}

void ClassMiner::keep_frequent(const RowLists& occurrences, const OccurrenceClass& rows, std::int64_t child, Level& below) const {
  below.kept.clear();
  below.kept_counts.clear();
  below.column_counts.assign(static_cast<std::size_t>(child), 0);
  for (const auto row : occurrences.rows_of(child)) {
    for (const auto column : occurrences.columns_of(row)) {
      if (column >= child) break;
      below.column_counts[static_cast<std::size_t>(column)] += occurrences.weight(row);
    }
  }
  for (std::int64_t column = 0; column < child; ++column) {
    const auto count = below.column_counts[static_cast<std::size_t>(column)];
    if (count < options_.least || !rows.pairs.test(child, column)) continue;
    below.kept.push_back(column);
    below.kept_counts.push_back(count);
  }
}

void ClassMiner::narrow(const BitColumns& occurrences, std::int64_t child, Level& below) {
  if (!std::holds_alternative<BitColumns>(below.rows.rows)) below.rows.rows.emplace<BitColumns>();
  auto& into = std::get<BitColumns>(below.rows.rows);
  const auto& kernels = kernel::active();
  const auto* const chosen = occurrences.column(child);
  into.ranges.clear();
  into.stride = 0;
  for (const auto& range : occurrences.ranges) {
    std::int64_t rows = 0;
    for (std::int64_t w = range.first; w < range.last; ++w) rows += std::popcount(chosen[w]);
    const std::int64_t words = (rows + 63) / 64;
    if (words > 0) into.ranges.push_back({into.stride, into.stride + words, range.shift});
    into.stride += words;
  }
  reserve(below.memory, 8 * std::ssize(below.kept) * into.stride);
  into.bits.resize(static_cast<std::size_t>(std::ssize(below.kept) * into.stride));
  for (std::int64_t k = 0; k < std::ssize(below.kept); ++k) {
    const auto* const from = occurrences.column(below.kept[static_cast<std::size_t>(k)]);
    auto* const to = into.column(k);
    auto written = into.ranges.begin();
    for (const auto& range : occurrences.ranges) {
      if (written == into.ranges.end() || written->shift != range.shift) continue;  // no row of this weight is left
      kernels.compress(from + range.first, chosen + range.first, range.last - range.first, to + written->first);
      ++written;
    }
  }
}

void ClassMiner::narrow(const RowLists& occurrences, std::int64_t child, Level& below) {
  below.new_columns.assign(static_cast<std::size_t>(child), -1);
  for (std::int64_t k = 0; k < std::ssize(below.kept); ++k)
    below.new_columns[static_cast<std::size_t>(below.kept[static_cast<std::size_t>(k)])] = static_cast<std::int32_t>(k);
  std::int64_t entries = 0;
  for (const auto count : below.kept_counts) entries += count;
  const auto rows = std::ssize(occurrences.rows_of(child));
  // Lists of rows, of columns, and positions in both; vectors that grow have room for twice as much.
  reserve(below.memory, 2 * (8 * std::min(entries, rows * std::ssize(below.kept)) + 12 * rows) + 8 * std::ssize(below.kept));
  RowLists into;
  if (auto* const last = std::get_if<RowLists>(&below.rows.rows)) into = std::move(*last);
  into.starts.assign(1, 0);
  into.columns.clear();
  into.weights.clear();
  for (const auto row : occurrences.rows_of(child)) {
    const auto begin = std::ssize(into.columns);
    for (const auto column : occurrences.columns_of(row)) {
      if (column >= child) break;
      if (const auto place = below.new_columns[static_cast<std::size_t>(column)]; place >= 0) into.columns.push_back(place);
    }
    if (std::ssize(into.columns) - begin < 2) {
      into.columns.resize(static_cast<std::size_t>(begin));  // says nothing of sets of more items
      continue;
    }
    into.starts.push_back(std::ssize(into.columns));
    if (!occurrences.weights.empty()) into.weights.push_back(occurrences.weight(row));
  }
  into.turn(std::ssize(below.kept));
  below.rows.rows = std::move(into);
}

bool ClassMiner::prefers_patterns(const Level& level, std::int64_t edges, std::int64_t baskets) {
  const auto columns = std::ssize(level.rows.items);
  if (columns > widest_pattern || baskets > most_counted) return false;
  const double density = static_cast<double>(edges) / (0.5 * static_cast<double>(columns) * static_cast<double>(columns - 1));
  const double additions = std::ldexp(0.5 + 0.1 * static_cast<double>(columns), static_cast<int>(columns));
  const double sets = cliques(columns, density);
  if (const auto* const bits = std::get_if<BitColumns>(&level.rows.rows)) {
    const auto words = static_cast<double>(bits->words());
    return 64 * words * pattern_row + additions <= sets * (search_set + search_word * words);
  }
  return additions <= sets * search_set;
}

void ClassMiner::count_patterns(const Level& level) {
  const auto& part = level.rows;
  const auto columns = std::ssize(part.items);
  const auto& kernels = kernel::active();
  auto* const counts = patterns_.data();
  std::fill_n(counts, std::size_t{1} << columns, 0U);
  if (const auto* const bits = std::get_if<BitColumns>(&part.rows)) {
    for (const auto& range : bits->ranges)
      kernels.count_patterns(bits->bits.data() + range.first, bits->stride, columns, range.last - range.first, range.shift,
                             counts);
    kernels.add_supersets(counts, columns);
    return;
  }
  const auto& lists = std::get<RowLists>(part.rows);
  for (std::int64_t row = 0; row < lists.rows(); ++row) counts[pattern_of(lists.columns_of(row))] += lists.weight(row);
  kernels.add_supersets(counts, columns);
  // Lists leave out rows of a single column, whose counts are known.
  for (std::int64_t column = 0; column < columns; ++column)
    counts[std::int64_t{1} << column] = static_cast<std::uint32_t>(part.counts[static_cast<std::size_t>(column)]);
}

template <class F>
void ClassMiner::for_each_pattern(const Level& level, F found) const {
  const auto patterns = std::uint64_t{1} << level.rows.items.size();
  for (std::uint64_t pattern = 1; pattern < patterns;) {
    const auto lowest = std::countr_zero(pattern);
    const auto items = std::popcount(pattern);
    if (patterns_[pattern] < options_.least || level.size + items > options_.longest) {
      pattern += std::uint64_t{1} << lowest;  // past all that hold this one
      continue;
    }
    found(lowest, items, patterns_[pattern]);
    ++pattern;
  }
}

}  // namespace fullbase::itemsets
