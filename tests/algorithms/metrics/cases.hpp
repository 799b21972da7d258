// Rows for tests of measures, and how they are spread over ranks.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "algorithms/metrics/measures.hpp"
#include "base/block.hpp"
#include "comm/launch.hpp"
#include "data/budget.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::testing {

/// Rows of `classes` classes with scores that tie often.
struct Rows {
  int classes = 2;
  std::vector<std::int32_t> labels = {};
  std::vector<std::int32_t> predicted = {};
  std::vector<double> scores = {};  ///< rows x outputs
  int outputs = 1;

  std::int64_t size() const { return std::ssize(labels); }
  metrics::Scores all_scores() const { return {scores, outputs}; }
};

inline Rows random_rows(std::int64_t count, int classes, int steps, unsigned seed) {
  std::mt19937 random(seed);
  Rows rows{.classes = classes, .outputs = classes == 2 ? 1 : classes};
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (std::int64_t i = 0; i < count; ++i) {
    rows.labels.push_back(below(classes));
    rows.predicted.push_back(below(3) == 0 ? below(classes) : rows.labels.back());
    std::vector<double> weights;
    double sum = 0;
    for (int k = 0; k < classes; ++k) {
      weights.push_back(below(steps) + (k == rows.labels.back() ? below(steps) : 0) + 1);
      sum += weights.back();
    }
    for (int k = classes - rows.outputs; k < classes; ++k) rows.scores.push_back(weights[static_cast<std::size_t>(k)] / sum);
  }
  return rows;
}

/// The rows [first, last) that rank `rank` of `ranks` holds: uneven, and not cut at blocks. Some ranks of few rows have none.
inline base::RowRange uneven(std::int64_t rows, int rank, int ranks) {
  const auto border = [&](std::int64_t r) { return rows * r * r / (static_cast<std::int64_t>(ranks) * ranks); };
  return {border(rank), border(rank + 1)};
}

template <class T>
std::span<const T> part(const std::vector<T>& values, base::RowRange rows, int of_row = 1) {
  return std::span(values).subspan(static_cast<std::size_t>(rows.first * of_row), static_cast<std::size_t>(rows.size() * of_row));
}

inline std::vector<metrics::Measure> measures_of(const Rows& rows, int ranks = 1, int threads = 1) {
  parallel::set_thread_count(threads);
  std::vector<std::vector<metrics::Measure>> found(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(std::int64_t{1} << 30);
    const auto mine = uneven(rows.size(), communicator.rank(), ranks);
    const metrics::Scores scores{part(rows.scores, mine, rows.outputs), rows.outputs};
    found[static_cast<std::size_t>(communicator.rank())] = metrics::classification_measures(
        communicator, part(rows.labels, mine), part(rows.predicted, mine), scores, rows.classes, budget);
  });
  return found.back();
}

inline const metrics::Measure& find(const std::vector<metrics::Measure>& measures, std::string_view name,
                                    int of_class = metrics::Measure::all_classes) {
  for (const auto& measure : measures) {
    if (measure.name == name && measure.of_class == of_class) return measure;
  }
  throw std::runtime_error("there is no measure " + std::string(name));
}

/// The same to the last bit, reasons too.
inline void expect_same(const std::vector<metrics::Measure>& a, const std::vector<metrics::Measure>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a[i].value), std::bit_cast<std::uint64_t>(b[i].value)) << a[i].name;
    EXPECT_EQ(a[i].reason, b[i].reason);
  }
}

}  // namespace fullbase::testing
