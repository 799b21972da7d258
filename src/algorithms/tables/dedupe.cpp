#include "algorithms/tables/dedupe.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "algorithms/prepare/key_passes.hpp"
#include "algorithms/tables/mark.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/shuffle.hpp"

namespace fullbase::tables {
namespace {

/// Negative, 0 or positive as value a of a column is below, equal to or above value b; neither is missing.
int compare(const data::Column& column, std::int64_t a, std::int64_t b) {
  const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
  const auto i = static_cast<std::size_t>(a);
  const auto j = static_cast<std::size_t>(b);
  switch (column.field().type) {
    case data::Type::string:
      return sign(column.strings()[a], column.strings()[b]);
    case data::Type::category:
    case data::Type::date:
      return sign(column.int32s()[i], column.int32s()[j]);
    case data::Type::boolean:
      return sign(column.bools()[i], column.bools()[j]);
    case data::Type::float64:
      return sign(column.float64s()[i], column.float64s()[j]);
    case data::Type::float32:
      return sign(column.float32s()[i], column.float32s()[j]);
    default:
      return sign(column.int64s()[i], column.int64s()[j]);
  }
}

/// The row of a group, [first, last) in the order of the source, that stays.
std::int64_t chosen(const data::Column* order, Keep keep, std::int64_t first, std::int64_t last) {
  if (order == nullptr) return keep == Keep::first ? first : last - 1;
  std::int64_t best = first;
  for (std::int64_t row = first + 1; row < last; ++row) {
    if (order->is_missing(row)) {
      // Among rows without an order the last one is the highest number.
      if (keep == Keep::last && order->is_missing(best)) best = row;
      continue;
    }
    const int sign = order->is_missing(best) ? 0 : compare(*order, row, best);
    const bool better = keep == Keep::first ? order->is_missing(best) || sign < 0 : sign >= 0;
    if (better) best = row;
  }
  return best;
}

/// The source's numbers of the rows that stay, ascending.
std::vector<std::int64_t> kept_numbers(const data::Batch& groups, std::span<const int> keys, const DedupeOptions& options) {
  const auto starts = comm::group_starts(groups, keys);
  const auto numbers = groups.columns.back().int64s();
  const data::Column* const order = options.order ? &groups.columns[keys.size()] : nullptr;
  std::vector<std::int64_t> kept;
  kept.reserve(starts.size());
  for (std::size_t g = 0; g + 1 < starts.size(); ++g)
    kept.push_back(numbers[static_cast<std::size_t>(chosen(order, options.keep, starts[g], starts[g + 1]))]);
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace

DedupedSource::DedupedSource(comm::Communicator& communicator, const data::BlockSource& source, const DedupeOptions& options,
                             const data::BoundExpression* where, data::Budget& budget)
    : source_(source), schema_(source.schema()), local_(comm::own_rows(communicator, source.rows())) {
  schema_.fields.push_back(mark_field(schema_));
  condition_ = is_marked(schema_);
  comm::collective_try(communicator, "mark rows", [&] {
    memory_ = budget.require(local_.size(), "a mark a row");
    marks_.assign(static_cast<std::size_t>(local_.size()), 0);
  });
  prepare::KeyedRows rows{.keys = options.by, .where = where};
  if (options.order) rows.beside.push_back(*options.order);
  prepare::KeyPasses passes(communicator, source, std::move(rows), budget);
  passes_ = passes.passes();
  std::vector<int> keys(options.by.size());
  std::iota(keys.begin(), keys.end(), 0);
  std::int64_t kept_rows = 0;
  for (std::int64_t pass = 0; pass < passes_; ++pass) {
    auto batch = comm::collective_try(communicator, "read keys", [&] { return passes.read(pass); });
    auto groups = comm::shuffle(communicator, std::move(batch), {.keys = keys, .whole_groups = static_cast<int>(keys.size())});
    auto kept = kept_numbers(groups.batch, keys, options);
    groups = {};
    kept_rows += std::ssize(kept);
    mark(communicator, std::move(kept));
  }
  std::int64_t counts[] = {kept_rows, passes.filtered(), passes.missing_keys()};
  communicator.sum(std::span<std::int64_t>(counts));
  filtered_ = counts[1];
  missing_keys_ = counts[2];
  repeated_ = source.rows() - filtered_ - missing_keys_ - counts[0];
}

void DedupedSource::mark(comm::Communicator& communicator, std::vector<std::int64_t> kept) {
  const base::Partition partition(source_.rows(), communicator.size());
  std::vector<std::span<const std::int64_t>> send;
  auto first = kept.cbegin();
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto last = std::lower_bound(first, kept.cend(), partition.rows_of(rank).last);
    send.emplace_back(first, last);
    first = last;
  }
  const auto received = communicator.all_to_all(send);
  for (const auto number : received.values) marks_[static_cast<std::size_t>(number - local_.first)] = 1;
}

data::DictionaryPointer DedupedSource::dictionary(int column) const {
  return column == schema_.columns() - 1 ? nullptr : source_.dictionary(column);
}

data::Batch DedupedSource::read(base::RowRange rows, std::span<const int> columns) const {
  const int mark = schema_.columns() - 1;
  std::vector<int> own(columns.begin(), columns.end());
  std::erase(own, mark);
  data::Batch batch = source_.read(rows, own);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c] != mark) continue;
    const auto first = marks_.begin() + (rows.first - local_.first);
    batch.columns.emplace(batch.columns.begin() + static_cast<std::ptrdiff_t>(c), schema_[mark],
                          std::vector<std::uint8_t>(first, first + rows.size()));
  }
  return batch;
}

}  // namespace fullbase::tables
