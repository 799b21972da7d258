#include "algorithms/recommendation/likeness_pass.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <numeric>

#include "base/error.hpp"
#include "base/exact_sum.hpp"
#include "base/int128.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

std::vector<std::int32_t> rows_with_places(std::span<const std::int32_t> place_of_row) {
  std::vector<std::int32_t> rows;
  for (std::size_t row = 0; row < place_of_row.size(); ++row) {
    if (place_of_row[row] >= 0) rows.push_back(static_cast<std::int32_t>(row));
  }
  return rows;
}

double sum_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return sum;
}

}  // namespace

const RowShares& LikenessPass::side() const noexcept {
  return options_.of == Side::items ? matrix_.items : matrix_.customers;
}
const RowShares& LikenessPass::other() const noexcept {
  return options_.of == Side::items ? matrix_.customers : matrix_.items;
}
const SparseRows& LikenessPass::own() const noexcept {
  return options_.of == Side::items ? matrix_.of_items : matrix_.of_customers;
}
const SparseRows& LikenessPass::own_other() const noexcept {
  return options_.of == Side::items ? matrix_.of_customers : matrix_.of_items;
}

LikenessPass::LikenessPass(comm::Communicator& communicator, const Interactions& matrix, const NeighbourOptions& options,
                           data::Budget& budget)
    : communicator_(communicator), matrix_(matrix), options_(options), budget_(budget) {
  const bool is_bm25 = options.likeness == Likeness::bm25;
  std::vector<double> measures;
  std::vector<std::int32_t> lengths;
  base::ExactSum total;
  comm::collective_try(communicator, "likeness of rows", [&] {
    memory_ = budget.require(8 * side().rows() + (is_bm25 ? 12 : 4) * other().rows(), "what likenesses must know of each row");
    for (std::int64_t r = 0; r < own().rows(); ++r) {
      const auto values = own().values_of(r);
      if (is_bm25 && std::ranges::any_of(values, [](float value) { return value < 0; })) {
        throw base::input_error("a value of the matrix is negative, which has no BM25 weight", {},
                                "choose another likeness, or leave such pairs out");
      }
      measures.push_back(is_bm25 ? sum_of(values) : own_measure(options, values));
      if (is_bm25) total.add(measures.back());
    }
    for (std::int64_t r = 0; r < own_other().rows(); ++r) lengths.push_back(static_cast<std::int32_t>(own_other().length(r)));
  });
  {
    const comm::StageScope stage(communicator.statistics(), "measures of rows");
    own_measures_ = communicator.all_gather_all(std::span<const double>(measures)).values;
    other_lengths_ = communicator.all_gather_all(std::span<const std::int32_t>(lengths)).values;
    if (is_bm25) communicator.sum(std::span(&total, 1));
  }
  if (is_bm25) {
    comm::collective_try(communicator, "likeness of rows", [&] {
      const auto rows = static_cast<double>(side().rows());
      const double mean = total.value() / rows;
      for (auto& measure : own_measures_)
        measure = options.bm25_k1 * (1 - options.bm25_b + (mean > 0 ? options.bm25_b * measure / mean : 0));
      for (const auto length : other_lengths_)
        other_weights_.push_back((options.bm25_k1 + 1) * base::log(1 + (rows - length + 0.5) / (length + 0.5)));
    });
  }
  // Each of the other side's rows is met once for each of its entries.
  const auto entries = std::reduce(other_lengths_.begin(), other_lengths_.end(), std::int64_t{0});
  base::int128 met = 0;
  for (const std::int64_t length : other_lengths_) met += length * length;
  mean_met_ = entries == 0 ? 0 : static_cast<std::int64_t>(met / entries);
}

std::int64_t LikenessPass::cost_of(std::int64_t r) const {
  constexpr std::int64_t entry_cost = 4;  // to come to a row of the other side
  std::int64_t cost = side().rows() / 8;
  for (const auto column : own().columns_of(r)) cost += entry_cost + other_lengths_[static_cast<std::size_t>(column)];
  return cost;
}

/// `row_numbers`: of `rows`, whose entries become BM25 weights.
void LikenessPass::weigh(SparseRows& rows, std::span<const std::int32_t> row_numbers, bool is_other) const {
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    for (auto at = static_cast<std::size_t>(rows.starts[static_cast<std::size_t>(r)]);
         at < static_cast<std::size_t>(rows.starts[static_cast<std::size_t>(r) + 1]); ++at) {
      const auto row = static_cast<std::size_t>(row_numbers[static_cast<std::size_t>(r)]);
      const auto column = static_cast<std::size_t>(rows.columns[at]);
      const double weight = other_weights_[is_other ? row : column];
      const double norm = own_measures_[is_other ? column : row];
      const double value = rows.values[at];
      rows.values[at] = value > 0 ? static_cast<float>(weight * value / (value + norm)) : 0;
    }
  }
}

/// What this rank's rows of the other side have in columns [first, last), as likenesses want it.
SparseRows LikenessPass::own_other_between(std::int32_t first, std::int32_t last) const {
  SparseRows part;
  std::vector<std::int32_t> numbers;
  const auto& rows = own_other();
  const auto first_row = other().rows_of(communicator_.rank()).first;
  part.starts.reserve(rows.starts.size());
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    const auto columns = rows.columns_of(r);
    const auto begin = std::ranges::lower_bound(columns, first) - columns.begin();
    const auto end = std::ranges::lower_bound(columns, last) - columns.begin();
    const auto values = rows.values_of(r);
    part.columns.insert(part.columns.end(), columns.begin() + begin, columns.begin() + end);
    part.values.insert(part.values.end(), values.begin() + begin, values.begin() + end);
    part.starts.push_back(std::ssize(part.columns));
    if (options_.likeness == Likeness::bm25) numbers.push_back(static_cast<std::int32_t>(first_row + r));
  }
  if (options_.likeness == Likeness::bm25) weigh(part, numbers, true);
  return part;
}

std::int32_t LikenessPass::strip_width() const noexcept {
  constexpr std::int64_t narrowest = 2048;
  constexpr std::int64_t entries_wanted = 8;
  const auto wanted = entries_wanted * side().rows() / std::max<std::int64_t>(1, mean_met_);
  return static_cast<std::int32_t>(
      std::bit_ceil(static_cast<std::uint64_t>(std::clamp<std::int64_t>(wanted, narrowest, widest_strip))));
}

/// The end of the columns of a panel: as many strips as every rank has memory for. Collective.
std::int32_t LikenessPass::panel_end(std::int32_t first, std::int32_t width, std::span<const std::int64_t> entries_of_strip) {
  const auto available = communicator_.min_value(budget_.available());
  const auto rows = static_cast<std::int32_t>(side().rows());
  std::int64_t bytes = 12 * other().rows();
  auto end = first;
  while (end < rows) {
    bytes += 16 * entries_of_strip[static_cast<std::size_t>(end / width)] + 4 * other().rows();
    if (end > first && bytes > available) break;
    end += std::min(width, rows - end);
  }
  return end;
}

void LikenessPass::run(std::span<const std::int32_t> rows, const Visit& visit, const Progress& progress) {
  auto work = fetch_entries(communicator_, rows, own(), side(), budget_);
  const auto width = strip_width();
  const auto columns = static_cast<std::int32_t>(side().rows());
  std::vector<std::int64_t> entries_of_strip;
  std::vector<std::unique_ptr<RowScorer>> scorers;
  comm::collective_try(communicator_, "likeness of rows", [&] {
    if (options_.likeness == Likeness::bm25) weigh(work.rows, rows, false);
    work.place_of_row = {};
    entries_of_strip.resize(static_cast<std::size_t>((columns + width - 1) / width));
    for (const auto column : own_other().columns) ++entries_of_strip[static_cast<std::size_t>(column / width)];
    scorers.resize(static_cast<std::size_t>(parallel::thread_count()));
  });
  communicator_.sum(std::span(entries_of_strip));
  const auto grain = std::clamp<std::int64_t>(std::ssize(rows) / (std::int64_t{256} * parallel::thread_count()), 1, 64);
  std::vector<std::int32_t> needed_rows;  // of the other side: the same for every panel, so that they have the same places
  std::int64_t done = 0;
  for (std::int32_t first = 0; first < columns;) {
    const auto last = panel_end(first, width, entries_of_strip);
    const bool is_whole = first == 0 && last == columns && options_.likeness != Likeness::bm25;
    SparseRows part;
    data::Reservation memory;
    comm::collective_try(communicator_, "likeness of rows", [&] {
      if (is_whole) return;
      std::int64_t entries = 0;
      for (const auto column : own_other().columns) entries += column >= first && column < last ? 1 : 0;
      memory = budget_.require(8 * (entries + own_other().rows()), "the entries that rows are compared by");
      part = own_other_between(first, last);
    });
    std::vector<EntryStrip> strips;
    {
      const auto wanted =
          first == 0 ? std::span<const std::int32_t>(work.rows.columns) : std::span<const std::int32_t>(needed_rows);
      const auto needed = fetch_entries(communicator_, wanted, is_whole ? own_other() : part, other(), budget_);
      comm::collective_try(communicator_, "likeness of rows", [&] {
        part = {};
        memory = {};
        if (first == 0) {
          needed_rows = rows_with_places(needed.place_of_row);
          for (auto& column : work.rows.columns) column = needed.place_of_row[static_cast<std::size_t>(column)];
        }
        const auto strip_count = (last - first + width - 1) / width;
        memory = budget_.require(6 * needed.rows.entries() + 4 * (needed.rows.rows() + 1) * strip_count,
                                 "the entries that rows are compared by");
        strips = cut_into_strips(needed.rows, first, last, width);
      });
    }
    for (const auto& strip : strips) {
      comm::collective_try(communicator_, "likeness of rows", [&] {
        parallel::for_each(
            0, work.rows.rows(),
            [&](std::int64_t i, int thread) {
              auto& scorer = scorers[static_cast<std::size_t>(thread)];
              if (!scorer) scorer = make_row_scorer(options_, own_measures_, std::min(width, columns));
              const auto found =
                  scorer->score(strip, rows[static_cast<std::size_t>(i)], work.rows.columns_of(i), work.rows.values_of(i));
              visit(i, strip, found, *scorer, thread);
            },
            grain);
      });
      if (progress) progress(++done, std::ssize(entries_of_strip));
    }
    first = last;
  }
}

std::vector<std::int64_t> even_cuts(comm::Communicator& communicator, std::span<const std::int64_t> costs) {
  const auto own = std::reduce(costs.begin(), costs.end(), std::int64_t{0});
  const auto total = communicator.sum_value(own);
  const auto before = communicator.exclusive_sum(own);
  const auto first = communicator.exclusive_sum(std::ssize(costs));
  const auto count = communicator.sum_value(std::int64_t{std::ssize(costs)});
  const auto ranks = communicator.size();
  // A cut stands where the costs before it reach a rank's part of the total: at the least place that any rank finds.
  std::vector<std::int64_t> cuts(static_cast<std::size_t>(ranks) + 1, count);
  cuts.front() = 0;
  base::int128 sum = before;
  int cut = 1;
  const auto border = [&] { return static_cast<base::int128>(total) * cut / ranks; };
  for (; cut < ranks && border() <= sum; ++cut) cuts[static_cast<std::size_t>(cut)] = first;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    sum += costs[i];
    for (; cut < ranks && sum >= border(); ++cut) cuts[static_cast<std::size_t>(cut)] = first + static_cast<std::int64_t>(i) + 1;
  }
  communicator.min(std::span(cuts));
  return cuts;
}

}  // namespace fullbase::recommendation
