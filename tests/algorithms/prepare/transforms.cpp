// Transforms are fitted to the whole table, to the same bits for any ranks and threads, and lead back to original units.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <mutex>

#include "algorithms/prepare/feature_matrix.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::prepare {
namespace {

using namespace fullbase::testing;
using Kind = Transform::Kind;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr std::int64_t plenty = std::int64_t{1} << 30;

ColumnPlan plan(std::string column, std::vector<Kind> kinds, double constant = 0) {
  ColumnPlan result{.column = std::move(column)};
  for (const Kind kind : kinds) result.transforms.push_back({.kind = kind, .constant = constant});
  return result;
}

std::vector<double> uneven(std::int64_t n, double offset = 0) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto mixed = (static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15U;
    values.push_back(offset + std::ldexp(static_cast<double>(mixed >> 20), -30) - 1000);
  }
  return values;
}

FittedTransforms fit(const data::BlockSource& source, std::vector<ColumnPlan> plans, const TransformOptions& options = {}) {
  data::Budget budget(plenty);
  const auto alone = comm::single();
  return fit_transforms(*alone, source, plans, options, budget);
}

long double mean_of(const std::vector<double>& values) {
  // From the first on, so that an offset costs the oracle no digits.
  long double sum = 0;
  for (const double x : values) sum += static_cast<long double>(x) - values[0];
  return values[0] + sum / static_cast<long double>(values.size());
}
long double deviation_of(const std::vector<double>& values) {
  const long double mean = mean_of(values);
  long double sum = 0;
  for (const double x : values) sum += (x - mean) * (x - mean);
  return std::sqrt(sum / static_cast<long double>(values.size()));
}

TEST(Transforms, StandardizeAgreesWithTwoPassesInLongDouble) {
  for (const double offset : {0.0, 1e9, -1e12, 1e15}) {
    SCOPED_TRACE(offset);
    const auto values = uneven(100'000, offset);
    const auto table = make_table("t", {float64_column("x", values)});
    const auto fitted = fit(table, {plan("x", {Kind::standardize})}).columns[0].transforms[0];
    EXPECT_NEAR(fitted.shift, static_cast<double>(mean_of(values)), 2e-16 * std::abs(offset) + 1e-11);
    EXPECT_NEAR(fitted.scale / static_cast<double>(deviation_of(values)), 1, 1e-13);
  }
}

TEST(Transforms, KnownValues) {
  // numpy: mean 3, std 1.4142135623730951 of 1..5; type 1 quartiles 2, 3, 4.
  const auto table = make_table("t", {int64_column("x", {5, 1, 4, 2, 3}), int64_column("y", {5, 1, {}, 2, 3})});
  const auto fitted =
      fit(table, {plan("x", {Kind::standardize}), plan("x", {Kind::minmax}), plan("x", {Kind::robust}),
                  plan("y", {Kind::impute_mean}), plan("y", {Kind::impute_median}),
                  plan("y", {Kind::impute_constant, Kind::standardize}, 4), plan("x", {Kind::log1p, Kind::minmax})});
  const auto parameters = [&](std::size_t column, std::size_t t = 0) { return fitted.columns[column].transforms[t]; };
  EXPECT_EQ(parameters(0).shift, 3);
  EXPECT_EQ(parameters(0).scale, std::sqrt(2.0));
  EXPECT_EQ(parameters(1).shift, 1);
  EXPECT_EQ(parameters(1).scale, 4);
  EXPECT_EQ(parameters(2).shift, 3);
  EXPECT_EQ(parameters(2).scale, 2);
  EXPECT_EQ(parameters(3).fill, 2.75);
  EXPECT_EQ(parameters(4).fill, 2);
  EXPECT_EQ(parameters(5, 1).shift, 3);  // what was imputed takes part
  EXPECT_NEAR(parameters(6, 1).shift, std::log(2.0), 1e-15);
  EXPECT_NEAR(parameters(6, 1).scale, std::log(3.0), 1e-15);
  EXPECT_EQ(fitted.columns[3].missing, 1);
  EXPECT_TRUE(fitted.warnings.empty());
}

TEST(Transforms, InverseLeadsBack) {
  const auto values = uneven(5000);
  const auto table = make_table("t", {float64_column("x", values)});
  const std::vector<std::vector<Kind>> lists = {{Kind::standardize},
                                                {Kind::asinh, Kind::standardize},
                                                {Kind::minmax, Kind::log1p, Kind::robust},
                                                {Kind::robust, Kind::asinh, Kind::standardize, Kind::minmax}};
  for (const auto& kinds : lists) {
    const auto column = fit(table, {plan("x", kinds)}).columns[0];
    for (std::size_t i = 0; i < values.size(); i += 97) {
      double value = values[i];
      for (const auto& t : column.transforms) t.forward({&value, 1});
      EXPECT_NEAR(column.inverse(value), values[i], 1e-9 * (1 + std::abs(values[i])));
    }
  }
}

TEST(Transforms, AModelReadBackIsAppliedToOtherRowsAsItWas) {
  const auto table = make_table("t", {float64_column("x", uneven(3'000)), int64_column("y", [] {
                                        Optional<std::int64_t> values;
                                        for (int i = 0; i < 3'000; ++i)
                                          values.push_back(i % 7 == 0 ? std::nullopt : std::optional(std::int64_t{i} * i));
                                        return values;
                                      }())});
  ColumnPlan clipped = plan("x", {Kind::asinh, Kind::clip, Kind::robust});
  clipped.transforms[1].low = -3;
  clipped.transforms[1].high = 7.25;
  const std::vector<ColumnPlan> plans = {clipped, plan("y", {Kind::impute_median, Kind::log1p, Kind::standardize, Kind::minmax})};
  const auto fitted = fit(table, plans).columns;
  const std::vector<std::string> names = {"x", "y"};
  const auto back = fitted_columns(parameter_table(fitted), names, "t");
  for (std::size_t c = 0; c < 2; ++c) {
    std::vector<double> here = {-5, 0, 2.5, 1e6, std::numeric_limits<double>::quiet_NaN()};
    if (c == 1) here[0] = 17;
    auto there = here;
    for (const auto& transform : fitted[c].transforms) transform.forward(here);
    for (const auto& transform : back[c].transforms) transform.forward(there);
    EXPECT_EQ(std::memcmp(here.data(), there.data(), sizeof(double) * here.size()), 0);
    std::vector<Transform> read;
    for (const auto& transform : back[c].transforms) read.push_back(transform.transform);
    EXPECT_EQ(transforms_text(read), transforms_text(plans[c].transforms));
  }
  EXPECT_EQ(transforms_text(clipped.transforms), "asinh, clip [-3, 7.25], robust");

  // Another table: nothing is fitted to it, but its missing values are counted.
  const auto other = make_table("o", {float64_column("x", {1, 2}), int64_column("y", {std::nullopt, 4})});
  data::Budget budget(plenty);
  const auto alone = comm::single();
  const auto applied = fit_transforms(*alone, other, plans, {}, budget, &back).columns;
  EXPECT_EQ(applied[1].missing, 1);
  EXPECT_EQ(applied[1].transforms[2].shift, fitted[1].transforms[2].shift);
  EXPECT_EQ(applied[0].transforms[2].scale, fitted[0].transforms[2].scale);
}

TEST(Transforms, ATableThatIsNoModelIsRefused) {
  const std::vector<std::string> names = {"x"};
  auto parameters = parameter_table(fit(make_table("t", {float64_column("x", {1, 2})}), {plan("x", {Kind::log1p})}).columns);
  EXPECT_EQ(fitted_columns(parameters, names, "t").size(), 1U);
  parameters.columns[1].int64s()[0] = 1;
  EXPECT_THROW(fitted_columns(parameters, names, "t"), base::Error);
  EXPECT_THROW(
      fitted_columns(parameter_table(fit(make_table("t", {float64_column("z", {1, 2})}), {plan("z", {Kind::log1p})}).columns),
                     names, "t"),
      base::Error);
}

TEST(Transforms, ConstantColumnsAreShiftedAndSaidToBe) {
  const auto table = make_table("t", {float64_column("x", std::vector<double>(3000, 0.1))});
  for (const Kind kind : {Kind::standardize, Kind::minmax, Kind::robust}) {
    const auto fitted = fit(table, {plan("x", {kind})});
    EXPECT_EQ(fitted.columns[0].transforms[0].shift, 0.1);
    EXPECT_EQ(fitted.columns[0].transforms[0].scale, 1);
    ASSERT_EQ(fitted.warnings.size(), 1U);
    EXPECT_NE(fitted.warnings[0].find("t.x"), std::string::npos);
    EXPECT_THROW(fit(table, {plan("x", {kind})}, {.constant_is_error = true}), base::Error);
  }
}

TEST(Transforms, EmptyTablesFitToNothing) {
  const auto table = make_table("t", {float64_column("x", {})});
  const auto fitted = fit(table, {plan("x", {Kind::impute_mean, Kind::log1p, Kind::robust, Kind::standardize})});
  EXPECT_EQ(fitted.columns[0].inverse(2), std::expm1(2.0));
}

TEST(Transforms, WhatUnderflowsIsNotSaidToBeEqual) {
  const auto table = make_table("t", {float64_column("x", {1e-200, 2e-200, 4e-200})});
  const auto fitted = fit(table, {plan("x", {Kind::standardize})});
  EXPECT_EQ(fitted.columns[0].transforms[0].scale, 1);
  ASSERT_EQ(fitted.warnings.size(), 1U);
  EXPECT_NE(fitted.warnings[0].find("differ by too little"), std::string::npos) << fitted.warnings[0];
}

TEST(Transforms, ARowThatIsDroppedIsMissingNowhereElse) {
  const double nan = data::missing_float64;
  const auto table = make_table(
      "t", {float64_column("a", {1, nan, 3, nan}), float64_column("b", {1, nan, 3, inf}), float64_column("c", {nan, nan, 4, 5})});
  const auto fitted = fit(table, {plan("a", {Kind::impute_drop}), plan("b", {}), plan("c", {Kind::impute_mean})});
  EXPECT_EQ(fitted.dropped, 2);
  EXPECT_EQ(fitted.columns[1].missing, 0);
  EXPECT_EQ(fitted.columns[1].infinite, 0);
  EXPECT_EQ(fitted.columns[2].missing, 1);
  EXPECT_TRUE(fitted.columns[2].is_filled());
  EXPECT_FALSE(fitted.columns[0].is_filled());
}

TEST(Transforms, QuantilesOfWhatDoesNotFitAreTheSame) {
  const auto values = uneven(50'000, 5);
  auto holes = values;
  for (std::size_t i = 0; i < holes.size(); i += 7) holes[i] = data::missing_float64;
  const auto table = make_table("t", {float64_column("x", values), float64_column("y", holes)});
  const std::vector<ColumnPlan> plans = {plan("x", {Kind::robust}), plan("y", {Kind::impute_median, Kind::asinh, Kind::robust})};
  const auto expected = fit(table, plans);
  for (const int ranks : {1, 2, 3}) {
    for (const int threads : {1, 2}) {
      parallel::set_thread_count(threads);
      comm::run_threads(ranks, [&](comm::Communicator& communicator) {
        data::Budget budget(1000);
        const auto fitted = fit_transforms(communicator, table, plans, {}, budget);
        for (std::size_t c = 0; c < 2; ++c) {
          for (std::size_t t = 0; t < plans[c].transforms.size(); ++t) {
            EXPECT_EQ(fitted.columns[c].transforms[t].fill, expected.columns[c].transforms[t].fill);
            EXPECT_EQ(fitted.columns[c].transforms[t].shift, expected.columns[c].transforms[t].shift);
            EXPECT_EQ(fitted.columns[c].transforms[t].scale, expected.columns[c].transforms[t].scale);
          }
        }
      });
    }
  }
}

/// A table that says its rows come from every second row of another.
class EverySecond final : public data::BlockSource {
 public:
  explicit EverySecond(const data::BlockSource& source) : source_(source) {}
  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return source_.schema(); }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override { return source_.dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override { return source_.read(rows, columns); }
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override {
    std::vector<std::int64_t> numbers;
    for (auto row = rows.first; row < rows.last; ++row) numbers.push_back(2 * row);
    return numbers;
  }

 private:
  const data::BlockSource& source_;
};

TEST(Transforms, MessagesNumberRowsAsTheUserKnowsThem) {
  const auto table = make_table("t", {float64_column("missing", {1, 2, 3, data::missing_float64}),
                                      float64_column("negative", {1, 2, 3, -4}), float64_column("huge", {1, 2, 3, 1e300})});
  const EverySecond source(table);
  const auto message = [&](const char* column, Kind kind) -> std::string {
    data::Budget budget(plenty);
    MemorySpill spill;
    const auto alone = comm::single();
    const std::vector<ColumnPlan> plans = {plan(column, {kind})};
    try {
      build_matrix(*alone, source, plans, {}, budget, spill);
    } catch (const base::Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message("missing", Kind::impute_error).find("the first is in row 6"), std::string::npos);
  EXPECT_NE(message("negative", Kind::log1p).find("t.negative[6]"), std::string::npos);
  EXPECT_NE(message("huge", Kind::impute_error).find("t.huge[6]"), std::string::npos);
}

struct Refusal {
  std::vector<double> values;
  std::vector<Kind> kinds;
  std::string_view part;
};

TEST(Transforms, RefusalsNameCountRowAndWhatToDo) {
  const double nan = data::missing_float64;
  const Refusal refusals[] = {
      {{1, nan, 2, nan}, {Kind::standardize}, "t.x: 2 values are missing; the first is in row 1; add impute"},
      {{1, nan, 2}, {Kind::impute_error}, "1 value is missing; the first is in row 1"},
      {{1, 2, -inf, inf}, {Kind::log1p}, "t.x: 2 values are infinite; the first is in row 2"},
      {{1, 2, -1, -3}, {Kind::log1p, Kind::standardize}, "t.x[2]: log1p is undefined at -1 and below"},
      {{nan, nan}, {Kind::impute_mean}, "every value is missing"},
      {{nan, nan}, {Kind::impute_median}, "every value is missing"},
      {{1e308, -1e308}, {Kind::minmax}, "range does not fit"},
      {{1e308, 1e308, 0, 1e307}, {Kind::standardize}, "too large"},
      {{1, 2}, {Kind::impute_mean, Kind::impute_drop}, "imputed twice"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.part);
    const auto table = make_table("t", {float64_column("x", refusal.values)});
    try {
      fit(table, {plan("x", refusal.kinds)});
      ADD_FAILURE();
    } catch (const base::Error& error) {
      EXPECT_NE(std::string(error.what()).find(refusal.part), std::string::npos) << error.what();
    }
  }
  const auto table = make_table("t", {category_column("c", {"a"}), timestamp_column("time", {1}), string_column("s", {"a"})});
  for (const auto* name : {"c", "time", "s", "absent"}) EXPECT_THROW(fit(table, {plan(name, {})}), base::Error);
}

TEST(Transforms, InfinitiesCountAsMissingWhereAsked) {
  const auto table = make_table("t", {float64_column("x", {1, inf, 3, -inf})});
  const auto fitted = fit(table, {plan("x", {Kind::impute_mean, Kind::standardize})}, {.infinite_is_missing = true});
  EXPECT_EQ(fitted.columns[0].infinite, 2);
  EXPECT_EQ(fitted.columns[0].transforms[0].fill, 2);
  EXPECT_THROW(fit(table, {plan("x", {})}, {.infinite_is_missing = true}), base::Error);
}

// ---- matrices

data::MemoryTable mixed(std::int64_t rows) {
  const auto values = uneven(rows);
  Optional<std::int64_t> counts;
  Optional<std::int64_t> money;
  std::vector<double> holes = values;
  for (std::int64_t i = 0; i < rows; ++i) {
    counts.push_back(i % 7 == 3 ? std::nullopt : std::optional(i % 1000));
    money.emplace_back((i * 7919) % 100'003);
    if (i % 11 == 5) holes[static_cast<std::size_t>(i)] = data::missing_float64;
  }
  return make_table("mixed", {float64_column("value", values), int64_column("count", counts), decimal_column("money", 2, money),
                              float64_column("holes", holes)});
}

struct Whole {
  std::vector<float> values;
  std::vector<std::int64_t> rows;
  FittedTransforms transforms;
};

Whole build(const data::BlockSource& source, const std::vector<ColumnPlan>& plans, int ranks, std::int64_t memory = plenty,
            const TransformOptions& options = {}) {
  Whole whole;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    MemorySpill spill;
    const auto features = build_matrix(communicator, source, plans, options, budget, spill);
    const auto& matrix = *features.matrix;
    std::vector<float> buffer(static_cast<std::size_t>(matrix.block_values()));
    for (int r = 0; r < communicator.size(); ++r) {
      communicator.barrier();
      if (r != communicator.rank()) continue;
      const std::scoped_lock lock(mutex);
      whole.transforms = features.transforms;
      for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
        matrix.read({block, block + 1}, buffer.data());
        const auto rows = base::rows_of_block(block, matrix.rows());
        for (std::int64_t row = rows.first; row < rows.last; ++row) {
          const auto at = buffer.begin() + (row - rows.first) * matrix.stride();
          whole.values.insert(whole.values.end(), at, at + matrix.columns());
          whole.rows.push_back(features.source_row(row));
        }
      }
    }
  });
  return whole;
}

std::vector<ColumnPlan> several(bool drop) {
  return {plan("value", {Kind::asinh, Kind::standardize}), plan("count", {Kind::impute_median, Kind::log1p, Kind::robust}),
          plan("money", {Kind::log1p, Kind::minmax}),
          plan("holes", {drop ? Kind::impute_drop : Kind::impute_mean, Kind::standardize})};
}

TEST(FeatureMatrix, IsTheTransformedTableRowByRow) {
  const auto table = mixed(5000);
  for (const bool drop : {false, true}) {
    const auto whole = build(table, several(drop), 1);
    std::size_t at = 0;
    for (std::int64_t row = 0; row < 5000; ++row) {
      if (drop && table.whole()[3].is_missing(row)) continue;
      ASSERT_EQ(whole.rows[at], row);
      for (std::size_t c = 0; c < 4; ++c) {
        double x = table.whole()[c].number(row);
        for (const auto& t : whole.transforms.columns[c].transforms) t.forward({&x, 1});
        ASSERT_EQ(whole.values[4 * at + c], static_cast<float>(x));
      }
      ++at;
    }
    EXPECT_EQ(at, whole.rows.size());
    EXPECT_EQ(whole.transforms.dropped, 5000 - std::ssize(whole.rows));
  }
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

TEST(FeatureMatrix, SameBitsForAnyRanksThreadsAndMemory) {
  for (const std::int64_t rows : {0, 1, 3, 1500, 150'000}) {
    const auto table = mixed(rows);
    for (const bool drop : {false, true}) {
      parallel::set_thread_count(1);
      const auto reference = build(table, several(drop), 1);
      for (const int ranks : {1, 2, 3, 4}) {
        for (const int threads : {1, 2}) {
          SCOPED_TRACE(::testing::Message() << rows << " rows, drop " << drop << ", " << ranks << " ranks, " << threads
                                            << " threads");
          parallel::set_thread_count(threads);
          const auto least = (rows / ranks + 1024) * 8 + 600'000;  // a quantile's values, then a streamed matrix
          for (const std::int64_t memory : {plenty, least}) {
            const auto whole = build(table, several(drop), ranks, memory);
            EXPECT_TRUE(same_bits(whole.values, reference.values));
            EXPECT_EQ(whole.rows, reference.rows);
            for (std::size_t c = 0; c < 4; ++c) {
              EXPECT_EQ(whole.transforms.columns[c].inverse(0.25), reference.transforms.columns[c].inverse(0.25));
            }
          }
        }
      }
    }
  }
}

// Nothing is left of the budget but what was asked for, whether rows are dropped or not.
TEST(FeatureMatrix, LeavesWhatTheAlgorithmNeedsBesideIt) {
  const auto table = mixed(20'000);
  for (const bool drop : {false, true}) {
    const std::int64_t dropped = build(table, several(drop), 1).transforms.dropped;
    comm::run_threads(2, [&](comm::Communicator& communicator) {
      data::Budget budget(250'000);
      MemorySpill spill;
      const auto plans = several(drop);
      std::int64_t asked = 0;
      const auto features =
          build_matrix(communicator, table, plans, {}, budget, spill, [&](std::int64_t rows, std::int64_t local) {
            EXPECT_EQ(rows, 20'000 - dropped);
            EXPECT_EQ(local, base::Partition(rows, 2).rows_of(communicator.rank()).size());
            return asked = 12 * local + 1000;
          });
      EXPECT_GT(features.matrix->spilled_bytes(), 0);
      EXPECT_GE(budget.available(), asked);
    });
  }
}

TEST(FeatureMatrix, DroppingNearlyEveryRowLeavesTheOthers) {
  std::vector<double> values(10'000, data::missing_float64);
  values[5000] = 1;
  values[9999] = 2;
  const auto table = make_table("t", {float64_column("x", values)});
  for (const int ranks : {1, 4}) {
    const auto whole = build(table, {plan("x", {Kind::impute_drop})}, ranks);
    EXPECT_EQ(whole.rows, (std::vector<std::int64_t>{5000, 9999}));
    EXPECT_EQ(whole.values, (std::vector<float>{1, 2}));
  }
}

TEST(FeatureMatrix, HasNoNegativeZero) {
  const auto table = make_table("t", {float64_column("x", {-1e-300, -0.0, 1})});
  for (const float value : build(table, {plan("x", {})}, 1).values) EXPECT_FALSE(std::signbit(value));
}

TEST(FeatureMatrix, ADroppedRowCannotFailLog1p) {
  const auto table = make_table("t", {float64_column("x", {1, data::missing_float64, 2}), float64_column("y", {1, -5, 2})});
  const auto whole = build(table, {plan("x", {Kind::impute_drop}), plan("y", {Kind::log1p})}, 1);
  EXPECT_EQ(whole.rows, (std::vector<std::int64_t>{0, 2}));
}

TEST(FeatureMatrix, AnErrorOnAnyRankIsEveryRanksError) {
  for (const std::int64_t bad : {0, 1500, 2500, 3999}) {
    std::vector<double> values(4000, 1);
    values[static_cast<std::size_t>(bad)] = -2;
    const auto undefined = make_table("t", {float64_column("x", values)});
    values[static_cast<std::size_t>(bad)] = 1e300;
    const auto huge = make_table("t", {float64_column("x", values)});
    const std::vector<std::pair<const data::MemoryTable*, Kind>> cases = {{&undefined, Kind::log1p}, {&huge, Kind::clip}};
    for (const auto& [table, kind] : cases) {
      std::vector<std::string> messages;
      std::mutex mutex;
      comm::run_threads(4, [&](comm::Communicator& communicator) {
        data::Budget budget(plenty);
        MemorySpill spill;
        const std::vector<ColumnPlan> plans = {plan("x", {kind})};
        try {
          build_matrix(communicator, *table, plans, {}, budget, spill);
        } catch (const base::Error& error) {
          const std::scoped_lock lock(mutex);
          messages.emplace_back(error.what());
        }
      });
      ASSERT_EQ(messages.size(), 4U);
      for (const auto& message : messages) {
        EXPECT_EQ(message, messages[0]);
        EXPECT_NE(message.find("t.x[" + std::to_string(bad) + "]"), std::string::npos) << message;
      }
    }
  }
}

TEST(FeatureMatrix, TooLittleMemoryIsEveryRanksError) {
  const auto table = mixed(5000);
  EXPECT_THROW(build(table, several(true), 3, 100), base::Error);
}

TEST(ParameterTable, HasARowATransform) {
  const auto table = mixed(100);
  const auto fitted = fit(table, several(false));
  const auto parameters = parameter_table(fitted.columns);
  EXPECT_EQ(parameters.rows.size(), 9);
  EXPECT_EQ(parameters.at("transform").text(2), "impute median");
  EXPECT_EQ(parameters.at("transform").text(7), "impute mean");
  EXPECT_EQ(parameters.at("fill").number(2), fitted.columns[1].transforms[0].fill);
  EXPECT_TRUE(parameters.at("shift").is_missing(2));
}

TEST(ParameterTable, AloneLeadsBackToOriginalUnits) {
  const auto table = mixed(3000);
  auto plans = several(false);
  plans.push_back(plan("value", {Kind::robust, Kind::asinh, Kind::clip, Kind::minmax}));
  const auto fitted = fit(table, plans);
  const auto parameters = parameter_table(fitted.columns);
  const auto& number = parameters.at("order").int64s();
  // What a reader of the table would write, with libm.
  const auto back = [&](std::int64_t first, std::int64_t last, double y) {
    for (std::int64_t t = last - 1; t >= first; --t) {
      EXPECT_EQ(number[static_cast<std::size_t>(t)], t - first);
      const auto name = parameters.at("transform").text(t);
      if (name == "log1p") y = std::exp(y) - 1;
      if (name == "asinh") y = (std::exp(y) - std::exp(-y)) / 2;
      if (!parameters.at("scale").is_missing(t)) y = parameters.at("shift").number(t) + parameters.at("scale").number(t) * y;
    }
    return y;
  };
  std::int64_t first = 0;
  for (std::size_t c = 0; c < plans.size(); ++c) {
    const auto last = first + std::ssize(plans[c].transforms);
    EXPECT_EQ(parameters.at("column").text(first), plans[c].column);
    const auto& column = table.whole().at(plans[c].column);
    for (std::int64_t row = 0; row < table.rows(); ++row) {
      double y = column.number(row);
      for (const auto& transform : fitted.columns[c].transforms) transform.forward({&y, 1});
      const double original = column.is_missing(row) ? parameters.at("fill").number(first) : column.number(row);
      ASSERT_NEAR(back(first, last, y), original, 1e-9 * (1 + std::abs(original))) << plans[c].column << ' ' << row;
    }
    first = last;
  }
  EXPECT_EQ(first, parameters.rows.size());
}

}  // namespace
}  // namespace fullbase::prepare
