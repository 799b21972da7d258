// Tables for tests of linear models, and fits of them on any ranks, threads and memory.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "algorithms/linear/fit.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "random/distributions.hpp"

namespace fullbase::testing {

/// Rows with their classes: number columns x0, x1, ..., then category columns c0, ... of so many categories.
struct Labelled {
  std::vector<std::vector<double>> numbers;
  std::vector<std::vector<std::int32_t>> categories;
  std::vector<int> category_counts;
  std::vector<std::int32_t> classes;
  int class_count = 2;

  std::int64_t rows() const { return std::ssize(classes); }
};

inline std::vector<learning::Feature> features_of(const Labelled& rows) {
  std::vector<learning::Feature> features;
  for (std::size_t j = 0; j < rows.numbers.size(); ++j) features.push_back({.name = "x" + std::to_string(j)});
  for (std::size_t c = 0; c < rows.categories.size(); ++c) {
    learning::Feature feature{.name = "c" + std::to_string(c), .categorical = true};
    for (int k = 0; k < rows.category_counts[c]; ++k) feature.categories.push_back(std::to_string(1000 + k));
    features.push_back(std::move(feature));
  }
  return features;
}

inline data::MemoryTable table_of(const Labelled& rows) {
  data::Batch batch{{0, rows.rows()}, {}};
  const auto features = features_of(rows);
  for (std::size_t j = 0; j < rows.numbers.size(); ++j)
    batch.columns.emplace_back(data::Field{.name = features[j].name, .nullable = true}, rows.numbers[j]);
  for (std::size_t c = 0; c < rows.categories.size(); ++c) {
    data::Strings texts;
    const auto& feature = features[rows.numbers.size() + c];
    for (const auto& text : feature.categories) texts.push_back(text);
    batch.columns.emplace_back(data::Field{.name = feature.name, .type = data::Type::category, .nullable = true},
                               rows.categories[c], std::vector<std::uint8_t>{},
                               std::make_shared<const data::Dictionary>(std::move(texts)));
  }
  return {"rows", std::move(batch)};
}

inline learning::Target target_of(const Labelled& rows, base::RowRange local) {
  learning::Target target;
  target.task = rows.class_count == 2 ? learning::Task::binary : learning::Task::multiclass;
  target.column = "label";
  target.rows_of_class.assign(static_cast<std::size_t>(rows.class_count), 0);
  for (int k = 0; k < rows.class_count; ++k) target.classes.push_back(std::to_string(k));
  for (const auto code : rows.classes) {
    if (code >= 0) ++target.rows_of_class[static_cast<std::size_t>(code)];
  }
  target.codes.assign(rows.classes.begin() + local.first, rows.classes.begin() + local.last);
  return target;
}

/// Classes drawn by a softmax of random weights; numbers of different scales and means; the first column depends on the second.
inline Labelled drawn_rows(std::int64_t count, int numbers, std::vector<int> category_counts, int class_count,
                           std::uint64_t seed) {
  const random::Generator generator(random::Key{seed});
  const random::Generator weights(random::Key{seed + 1});
  Labelled rows;
  rows.class_count = class_count;
  rows.category_counts = category_counts;
  rows.numbers.resize(static_cast<std::size_t>(numbers));
  rows.categories.resize(category_counts.size());
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<double> scores(static_cast<std::size_t>(class_count), 0.0);
    double before = 0;
    for (int j = 0; j < numbers; ++j) {
      const double z = random::normal(generator, i, j) + 0.5 * before;
      before = z;
      rows.numbers[static_cast<std::size_t>(j)].push_back(100.0 * j + std::pow(10.0, j % 4 - 2) * z);
      for (int k = 0; k < class_count; ++k) scores[static_cast<std::size_t>(k)] += z * random::normal(weights, k, j);
    }
    for (std::size_t c = 0; c < category_counts.size(); ++c) {
      const auto word = generator.word(i, 1, static_cast<std::uint32_t>(c));
      const auto category = static_cast<std::int32_t>(word % static_cast<unsigned>(category_counts[c]));
      rows.categories[c].push_back(category);
      for (int k = 0; k < class_count; ++k)
        scores[static_cast<std::size_t>(k)] += 0.5 * random::normal(weights, k, 1000 + category);
    }
    int best = 0;
    std::vector<double> noisy;
    for (int k = 0; k < class_count; ++k) {
      noisy.push_back(scores[static_cast<std::size_t>(k)] + 2 * random::normal(generator, i, 100 + k));
      if (noisy.back() > noisy[static_cast<std::size_t>(best)]) best = k;
    }
    rows.classes.push_back(best);
  }
  return rows;
}

struct Setting {
  int ranks = 1;
  int threads = 1;
  std::int64_t memory = std::int64_t{1} << 40;
  bool streams = false;  ///< the design is to lie partly on disk, on every rank with enough rows
};

/// Calls work(communicator, design, target, budget) on every rank.
using DesignWork = std::function<void(comm::Communicator&, const linear::Design&, const learning::Target&, data::Budget&)>;
inline void on_design(const Labelled& rows, const linear::DesignOptions& options, const Setting& setting, std::int64_t beside,
                      const DesignWork& work) {
  parallel::set_thread_count(setting.threads);
  const auto table = table_of(rows);
  const auto features = features_of(rows);
  comm::run_threads(setting.ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(setting.memory);
    MemorySpill spill;
    const auto local = base::Partition(rows.rows(), communicator.size()).rows_of(communicator.rank());
    const auto design = linear::build_design(communicator, table, features, options, budget, spill, beside);
    if (setting.streams) {
      EXPECT_GT(design.spilled_bytes(), 0);
    }
    work(communicator, design, target_of(rows, local), budget);
    EXPECT_LE(budget.peak(), budget.limit());
  });
  parallel::set_thread_count(1);
}

using FitFunction = linear::LinearFit (*)(comm::Communicator&, const linear::Design&, const learning::Target&,
                                          const linear::FitOptions&, data::Budget&, const linear::FitObserver&,
                                          const linear::FitState*);

inline linear::LinearFit fit(FitFunction function, const Labelled& rows, const linear::FitOptions& options,
                             const linear::DesignOptions& design_options = {}, const Setting& setting = {},
                             const linear::FitObserver& observer = {}, const linear::FitState* resume = nullptr) {
  linear::LinearFit result;
  const auto places = linear::Encoding::of(features_of(rows)).places();
  parallel::set_thread_count(setting.threads);
  const int outputs = function == linear::fit_logistic && rows.class_count > 2 ? rows.class_count : 1;
  on_design(
      rows, design_options, setting, linear::fit_bytes(rows.rows(), places, outputs),
      [&](comm::Communicator& communicator, const linear::Design& design, const learning::Target& target, data::Budget& budget) {
        // What is observed is the same on every rank.
        auto own = function(communicator, design, target, options, budget,
                            communicator.is_root() ? observer : linear::FitObserver(), resume);
        if (communicator.is_root()) result = std::move(own);
      });
  return result;
}

}  // namespace fullbase::testing
