// Of each key one row stays: the one that a comparison of all rows of the key picks, whatever the ranks and the memory.
#include "algorithms/tables/dedupe.hpp"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <numeric>

#include "algorithms/prepare/select.hpp"
#include "algorithms/tables/random_columns.hpp"
#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::tables {
namespace {

using namespace fullbase::testing;

constexpr std::int64_t plenty = std::int64_t{1} << 30;
constexpr std::int64_t little = std::int64_t{1} << 17;

struct Outcome {
  std::vector<std::int64_t> rows;  ///< that stay
  std::int64_t filtered = 0;
  std::int64_t missing_keys = 0;
  std::int64_t repeated = 0;
  std::int64_t passes = 0;
};

Outcome deduped(const data::MemoryTable& table, const DedupeOptions& options, int ranks, std::int64_t memory = plenty,
                const data::BoundExpression* where = nullptr) {
  Outcome outcome;
  data::MemorySink sink;
  std::mutex mutex;
  const int number = table.schema().columns() - 1;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    {
      const DedupedSource source(communicator, table, options, where, budget);
      const prepare::Selection selection(communicator, source, &source.condition());
      selection.write(communicator, std::span(&number, 1), sink);
      const std::scoped_lock lock(mutex);
      outcome.filtered = source.filtered();
      outcome.missing_keys = source.missing_keys();
      outcome.repeated = source.repeated();
      outcome.passes = source.passes();
    }
    EXPECT_EQ(budget.available(), memory);
  });
  if (sink.rows_written() == 0) return outcome;
  const auto kept = sink.table("kept");
  const auto numbers = kept.whole()[0].int64s();
  outcome.rows.assign(numbers.begin(), numbers.end());
  return outcome;
}

data::MemoryTable random_table(const std::vector<Kind>& keys, Kind order, std::int64_t rows, std::int64_t range) {
  Sequence sequence(static_cast<std::uint64_t>(rows + range));
  std::vector<data::Column> columns;
  for (const Kind kind : keys) {
    Optional<std::int64_t> values;
    for (std::int64_t i = 0; i < rows; ++i)
      values.push_back(sequence.below(30) == 0 ? std::nullopt : std::optional(sequence.below(range)));
    columns.push_back(column_of(kind, fmt::format("key {}", columns.size()), values));
  }
  Optional<std::int64_t> orders;
  for (std::int64_t i = 0; i < rows; ++i)
    orders.push_back(sequence.below(4) == 0 ? std::nullopt : std::optional(sequence.below(20)));
  columns.push_back(column_of(order, "order", orders));
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(rows));
  std::iota(numbers.begin(), numbers.end(), 0);
  columns.emplace_back(data::Field{.name = "number", .type = data::Type::int64}, std::move(numbers));
  return make_table("addresses", std::move(columns));
}

/// By comparing each row with the one that stays so far. `later(a, b)`: the order of a is above that of b.
Outcome expected(const data::MemoryTable& table, const DedupeOptions& options) {
  Outcome outcome;
  const auto& batch = table.whole();
  std::map<std::string, std::int64_t> best;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    if (!has_all(batch, options.by, row)) {
      ++outcome.missing_keys;
      continue;
    }
    const auto [at, is_new] = best.emplace(cells(batch, options.by, row), row);
    if (is_new) continue;
    bool replaces = options.keep == Keep::last;
    if (options.order) {
      const auto& order = batch[static_cast<std::size_t>(*options.order)];
      const bool text = order.field().type == data::Type::string || order.field().type == data::Type::category;
      const auto below = [&](std::int64_t a, std::int64_t b) {
        return text ? order.text(a) < order.text(b) : order.number(a) < order.number(b);
      };
      const bool missing = order.is_missing(row);
      const bool best_missing = order.is_missing(at->second);
      if (missing != best_missing) {
        replaces = best_missing;
      } else if (!missing) {
        replaces = options.keep == Keep::first ? below(row, at->second) : !below(row, at->second);
      }
    }
    if (replaces) at->second = row;
  }
  for (const auto& [key, row] : best) outcome.rows.push_back(row);
  std::sort(outcome.rows.begin(), outcome.rows.end());
  outcome.repeated = table.rows() - outcome.missing_keys - std::ssize(outcome.rows);
  return outcome;
}

TEST(Dedupe, KeepsTheRowThatAComparisonPicks) {
  const std::vector<std::vector<Kind>> keys = {
      {Kind::close}, {Kind::far}, {Kind::category}, {Kind::string}, {Kind::date, Kind::boolean}, {Kind::category, Kind::string}};
  const Kind orders[] = {Kind::timestamp, Kind::float64, Kind::string,  Kind::category,
                         Kind::close,     Kind::date,    Kind::decimal, Kind::boolean};
  int turn = 0;
  for (const auto& kinds : keys) {
    for (const auto& [rows, range] : {std::pair<std::int64_t, std::int64_t>{0, 1}, {1, 1}, {900, 1}, {6000, 800}}) {
      const auto table = random_table(kinds, orders[turn++ % 8], rows, range);
      for (const Keep keep : {Keep::first, Keep::last}) {
        for (const bool ordered : {false, true}) {
          DedupeOptions options{.by = {}, .keep = keep, .order = {}};
          for (std::size_t k = 0; k < kinds.size(); ++k) options.by.push_back(static_cast<int>(k));
          if (ordered) options.order = static_cast<int>(kinds.size());
          const auto right = expected(table, options);
          for (const int ranks : {1, 2, 4}) {
            const auto outcome = deduped(table, options, ranks);
            ASSERT_EQ(outcome.rows, right.rows);
            ASSERT_EQ(outcome.missing_keys, right.missing_keys);
            ASSERT_EQ(outcome.repeated, right.repeated);
          }
        }
      }
    }
  }
}

TEST(Dedupe, AnyMemoryRanksAndThreadsKeepTheSameRows) {
  const auto table = random_table({Kind::far}, Kind::timestamp, 60'000, 9'000);
  const DedupeOptions options{.by = {0}, .keep = Keep::last, .order = 1};
  const auto right = expected(table, options);
  for (const int threads : {1, 2}) {
    parallel::set_thread_count(threads);
    for (const int ranks : {1, 2, 3, 4}) {
      EXPECT_EQ(deduped(table, options, ranks).rows, right.rows);
      const auto outcome = deduped(table, options, ranks, little);
      EXPECT_EQ(outcome.rows, right.rows);
      EXPECT_EQ(outcome.missing_keys, right.missing_keys);
      EXPECT_GT(outcome.passes, 1);
    }
  }
}

TEST(Dedupe, OnlyRowsThatMeetTheConditionTakePart) {
  const auto table = make_table("t", {int64_column("id", {1, 1, 2, {}, 2, 3}), int64_column("number", {0, 1, 2, 3, 4, 5})});
  const auto where = data::BoundExpression::bind_condition(data::Expression::parse("number > 0 and number < 5"), table.schema());
  for (const int ranks : {1, 4}) {
    const auto outcome = deduped(table, {.by = {0}, .keep = Keep::first, .order = {}}, ranks, plenty, &where);
    EXPECT_EQ(outcome.rows, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(outcome.filtered, 2);
    EXPECT_EQ(outcome.missing_keys, 1);
    EXPECT_EQ(outcome.repeated, 1);
  }
}

TEST(Dedupe, AReadThatFailsOnAnyRankIsEveryRanksError) {
  const auto table = random_table({Kind::close}, Kind::date, 6000, 100);
  for (const std::int64_t row : {0, 2500, 5999}) {
    const BrokenSource source(table, {row, row + 1});
    int errors = 0;
    std::mutex mutex;
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(plenty);
      try {
        const DedupedSource kept(communicator, source, {.by = {0}, .keep = Keep::first, .order = {}}, nullptr, budget);
      } catch (const base::Error& error) {
        const std::scoped_lock lock(mutex);
        errors += error.kind() == base::ErrorKind::io ? 1 : 0;
      }
    });
    EXPECT_EQ(errors, 3);
  }
}

}  // namespace
}  // namespace fullbase::tables
