// What the parts of a kernel machine promise: kernels, pairs of classes, decisions, stored models, probabilities.
#include <gmock/gmock.h>

#include <cmath>
#include <deque>

#include "algorithms/kernel_machines/calibrated_scorer.hpp"
#include "algorithms/kernel_machines/cases.hpp"
#include "algorithms/kernel_machines/dense_rows.hpp"
#include "algorithms/kernel_machines/expansion.hpp"
#include "algorithms/kernel_machines/kernel.hpp"
#include "algorithms/kernel_machines/platt.hpp"
#include "algorithms/kernel_machines/rbf_scorer.hpp"
#include "algorithms/kernel_machines/svc.hpp"
#include "algorithms/kernel_machines/svc_state.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"
#include "kernel_tables.hpp"
#include "memory_state.hpp"

namespace fullbase::kernel_machines {
namespace {

using fullbase::testing::clouds;
using fullbase::testing::panel_of;
using fullbase::testing::Points;
using fullbase::testing::rbf;
using fullbase::testing::Setting;

using fullbase::testing::Interruption;

Svc fit(const Points& points, std::int64_t classes, const SvcOptions& options, const Setting& setting = {},
        const Interruption& interruption = {}) {
  Svc whole;
  parallel::set_thread_count(setting.threads);
  comm::run_threads(setting.ranks, [&](comm::Communicator& communicator) {
    const auto rows = base::Partition(points.rows(), communicator.size()).rows_of(communicator.rank());
    const auto panel = panel_of(points, rows);
    const auto own =
        std::span(points.classes).subspan(static_cast<std::size_t>(rows.first), static_cast<std::size_t>(rows.size()));
    data::Budget budget(setting.memory);
    const SvcShape shape{points.rows(), rows, classes};
    const auto observe = [&](const SvcState& state) {
      fullbase::testing::keep_state(communicator, *interruption.states,
                                    [&](data::StateWriter& writer) { put_state(writer, "fit/", state, shape); });
    };
    auto svc = fit_svc(communicator, {panel, rows.first, own}, classes, options, budget,
                       interruption.states != nullptr ? SvcObserver(observe) : SvcObserver(),
                       interruption.resume != nullptr ? read_state(*interruption.resume, "fit/", shape) : SvcResume());
    svc.reservation = {};
    auto coefficients = communicator.gather(std::span<const double>(svc.coefficients)).values;
    if (!communicator.is_root()) return;
    whole = std::move(svc);
    whole.coefficients = std::move(coefficients);
  });
  return whole;
}

TEST(Kernels, AgreeWithThePlainFormulaAndWithEachOther) {
  const auto points = clouds(1024, 9, 2, 1, 0, 3);
  const auto panel = panel_of(points, {0, 1000});
  std::vector<double> some(points.values.begin(), points.values.begin() + 6 * 9);
  std::vector<double> expected(6 * 1024);
  kernel::baseline.squared_distances(panel.block(0), 1000, some.data(), 6, 9, expected.data());
  for (std::int64_t p = 0; p < 6; ++p)
    for (std::int64_t i = 0; i < 1000; ++i) {
      double sum = 0;
      for (std::int64_t f = 0; f < 9; ++f) {
        const double difference = panel.value(i, f) - some[static_cast<std::size_t>(p * 9 + f)];
        sum = std::fma(difference, difference, sum);
      }
      ASSERT_EQ(expected[static_cast<std::size_t>(p * 1024 + i)], sum);
    }
  std::vector<double> weighted(6 * 1024), added(1024, 0.5), likeness(6 * 1024);
  const auto run = [&](const kernel::Table& table) {
    table.weighted_sums(panel.block(0), 1000, some.data(), 6, 9, 7, weighted.data());
    table.add_scaled(expected.data(), -1.25, 1000, added.data());
    table.rbf(panel.block(0), 1000, some.data(), 6, 9, 0.3, likeness.data());
  };
  run(kernel::baseline);
  for (std::size_t i = 0; i < 1000; ++i) {
    const double exact = std::exp(-0.3 * expected[5 * 1024 + i]);
    ASSERT_NEAR(likeness[5 * 1024 + i], exact, 5e-16 * exact);
  }
  EXPECT_NEAR(
      weighted[5 * 1024 + 77],
      [&] {
        double sum = 0;
        for (std::int64_t k = 0; k < 7; ++k) sum += some[static_cast<std::size_t>(5 * 9 + k)] * panel.value(77, k);
        return sum;
      }(),
      1e-12);
  const auto [w, a, s] = std::tuple(weighted, added, likeness);
  for (const auto& [isa, table] : {std::pair(base::Isa::avx2, &kernel::avx2), std::pair(base::Isa::avx512, &kernel::avx512)}) {
    if (isa > base::machine_isa()) continue;
    std::vector<double> distances(6 * 1024);
    table->squared_distances(panel.block(0), 1000, some.data(), 6, 9, distances.data());
    for (std::size_t p = 0; p < 6; ++p)
      EXPECT_TRUE(std::equal(distances.begin() + static_cast<std::ptrdiff_t>(p * 1024),
                             distances.begin() + static_cast<std::ptrdiff_t>(p * 1024 + 1000),
                             expected.begin() + static_cast<std::ptrdiff_t>(p * 1024)));
    std::ranges::fill(added, 0.5);
    run(*table);
    for (std::size_t i = 0; i < 1000; ++i) {
      ASSERT_EQ(weighted[5 * 1024 + i], w[5 * 1024 + i]);
      ASSERT_EQ(added[i], a[i]);
      ASSERT_EQ(likeness[5 * 1024 + i], s[5 * 1024 + i]);
    }
  }
}

// Gamma so large that all but equal rows are far apart, and distances beyond doubles.
TEST(Kernels, AreZeroFarAway) {
  RowPanel panel(4, 1);
  for (std::int64_t i = 0; i < 4; ++i) panel.set_row(i, std::vector<double>{i == 3 ? 1e200 : static_cast<double>(i)});
  const std::vector<double> point = {1};
  for (const auto* table : fullbase::testing::runnable(kernel::baseline, kernel::avx2, kernel::avx512)) {
    std::vector<double> values(1024);
    table->rbf(panel.block(0), 4, point.data(), 1, 1, 707, values.data());
    EXPECT_NEAR(values[0] / std::exp(-707.0), 1, 1e-13);
    EXPECT_EQ(values[1], 1);
    EXPECT_EQ(values[3], 0);
    table->rbf(panel.block(0), 4, point.data(), 1, 1, 709, values.data());
    EXPECT_EQ(values[0], 0);
  }
}

TEST(Kernels, AreSymmetricAndOneOnTheDiagonal) {
  const auto points = clouds(40, 3, 2, 1, 0, 4);
  const auto panel = panel_of(points, {0, 40});
  std::vector<double> values(40 * 1024);
  for (std::int64_t p = 0; p < 40; ++p) rbf_values(panel.block(0), 40, points.row(p), 1, 3, 0.7, values.data() + p * 1024);
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(values[i * 1024 + i], 1);
    for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(values[i * 1024 + j], values[j * 1024 + i]);
  }
}

TEST(Pairs, AreNumberedInOrder) {
  std::int64_t next = 0;
  for (std::int64_t a = 0; a < 6; ++a)
    for (std::int64_t b = a + 1; b < 6; ++b) EXPECT_EQ(pair_machine(a, b, 6), next++);
  EXPECT_EQ(next, machine_count(Scheme::one_vs_one, 6));
}

// Each machine's decisions by its own two-class problem.
TEST(Svc, DecidesAsTheMachinesOfItsPairs) {
  const auto points = clouds(400, 3, 4, 2, 0.1, 8);
  const std::vector<double> weights = {1, 2, 0.5, 1};
  const auto svc = fit(points, 4, {.gamma = 0.3, .cost = 2, .class_weights = weights});
  ASSERT_EQ(svc.machines.size(), 6U);
  const auto panel = panel_of(points, {0, 400});
  std::vector<double> buffer(4 * 1024), decisions(6 * 1024);
  decide(svc.expansion, panel.block(0), 400, buffer.data(), decisions.data());
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < 400; ++i) {
    std::vector<double> scores(4);
    class_scores(Scheme::one_vs_one, 4, decisions.data() + i, 1024, scores.data());
    right += std::ranges::max_element(scores) - scores.begin() == points.classes[static_cast<std::size_t>(i)];
  }
  EXPECT_GT(right, 300);
  for (const auto& machine : svc.machines) {
    Points pair{3, {}, {}};
    for (std::int64_t i = 0; i < 400; ++i) {
      const auto c = points.classes[static_cast<std::size_t>(i)];
      if (c != machine.first && c != machine.second) continue;
      pair.values.insert(pair.values.end(), points.row(i).begin(), points.row(i).end());
      pair.classes.push_back(c == machine.second ? 1 : 0);
    }
    const auto alone = fullbase::testing::solve(
        pair, 0.3, {2 * weights[static_cast<std::size_t>(machine.first)], 2 * weights[static_cast<std::size_t>(machine.second)]});
    EXPECT_EQ(alone.bias, machine.bias);
    EXPECT_EQ(alone.support, machine.support);
    EXPECT_EQ(machine.rows, pair.rows());
    const auto m = pair_machine(machine.first, machine.second, 4);
    for (const std::int64_t i : {0, 17, 399}) {
      double sum = alone.bias;
      for (std::int64_t j = 0; j < pair.rows(); ++j)
        sum += alone.alphas[static_cast<std::size_t>(j)] * (pair.classes[static_cast<std::size_t>(j)] == 1 ? 1 : -1) *
               rbf(pair.row(j), points.row(i), 0.3);
      EXPECT_NEAR(decisions[static_cast<std::size_t>(m * 1024 + i)], sum, 1e-9);
    }
  }
}

void expect_same(const Svc& svc, const Svc& expected) {
  EXPECT_EQ(svc.coefficients, expected.coefficients);
  EXPECT_EQ(svc.expansion.points, expected.expansion.points);
  EXPECT_EQ(svc.expansion.coefficients, expected.expansion.coefficients);
  EXPECT_EQ(svc.expansion.biases, expected.expansion.biases);
  EXPECT_EQ(svc.expansion.point_classes, expected.expansion.point_classes);
  EXPECT_EQ(svc.machines, expected.machines);
}

TEST(Svc, SameBitsOnAnyRanksAndThreads) {
  const auto points = clouds(3000, 4, 3, 1, 0.1, 9);
  const std::vector<double> weights = {1, 1, 1};
  const SvcOptions options{.gamma = 0.3, .cost = 1, .class_weights = weights};
  const auto expected = fit(points, 3, options);
  for (const int ranks : {2, 3, 4}) expect_same(fit(points, 3, options, {ranks, 2}), expected);
}

// Of few features, whose kernel columns are computed again each time, and of many, whose columns are kept.
TEST(Svc, AnInterruptedFitGoesOnAsIfItHadNotBeen) {
  for (const std::int64_t features : {4, 50}) {
    const auto points = clouds(1300, features, 3, features == 4 ? 1 : 0.2, 0.1, 10);
    const std::vector<double> weights = {1, 2, 1};
    const SvcOptions options{.gamma = features == 4 ? 0.3 : 0.02, .cost = 3, .class_weights = weights};
    std::deque<fullbase::testing::MemoryState> states;
    const auto expected = fit(points, 3, options, {2, 1}, {.states = &states});
    ASSERT_GT(states.size(), 6U);
    for (std::size_t i = 0; i < states.size(); ++i) {
      const int ranks = static_cast<int>(i) % 3 + 1;
      SCOPED_TRACE(::testing::Message() << features << " features, broken off after " << i + 1 << " rounds, on " << ranks
                                        << " ranks");
      expect_same(fit(points, 3, options, {ranks, 1}, {.resume = &states[i]}), expected);
    }
    // Of a fit that has ended nothing is left to do.
    std::deque<fullbase::testing::MemoryState> ended(1);
    fullbase::testing::MemoryStateWriter writer(ended.front());
    put_state(writer, "fit/", {expected.machines, expected.coefficients, {}}, {points.rows(), {0, points.rows()}, 3});
    expect_same(fit(points, 3, options, {3, 1}, {.resume = &ended.front()}), expected);
  }
}

TEST(ClassScores, VotesThenTheSumOfDecisions) {
  // Machines (0,1), (0,2), (1,2): every class has a vote; the sums tell them apart.
  const double decisions[] = {-0.5, 2, -3};
  double scores[3];
  class_scores(Scheme::one_vs_one, 3, decisions, 1, scores);
  const auto expected = [](double votes, double sum) { return votes + sum / (3 * (std::fabs(sum) + 1)); };
  EXPECT_DOUBLE_EQ(scores[0], expected(1, 0.5 - 2));
  EXPECT_DOUBLE_EQ(scores[1], expected(1, -0.5 + 3));
  EXPECT_DOUBLE_EQ(scores[2], expected(1, 2 - 3));
  const double tie[] = {0, 0, 0};
  class_scores(Scheme::one_vs_one, 3, tie, 1, scores);
  EXPECT_THAT(scores, ::testing::ElementsAre(2, 1, 0));
  const double one[] = {0.25};
  class_scores(Scheme::one_vs_one, 2, one, 1, scores);
  EXPECT_EQ(scores[0], -0.25);
  EXPECT_EQ(scores[1], 0.25);
}

/// A model of two numbers and a category, with three classes or two.
RbfModel model_of(int classes, linear::Missing missing) {
  RbfModel model;
  model.head.features = {{"a"}, {"city", true, {"Bonn", "Ulm"}}, {"b"}};
  model.head.task = classes == 2 ? learning::Task::binary : learning::Task::multiclass;
  model.head.label = "kind";
  model.head.label_type = data::Type::int64;
  for (int c = 0; c < classes; ++c) model.head.classes.push_back(std::to_string(c));
  model.encoding = linear::Encoding::of(model.head.features);
  model.encoding.mean = {10, -1};
  model.encoding.deviation = {2, 1};
  model.encoding.greatest = {1, 1};
  model.encoding.shares = {0.75, 0.25};
  model.missing = missing;
  model.expansion = {.scheme = Scheme::one_vs_one, .classes = classes, .columns = 4, .gamma = 0.5};
  const random::Generator draws(random::Key{77});
  for (std::int32_t s = 0; s < 7; ++s) {
    model.expansion.point_classes.push_back(s * classes / 7);
    for (std::int64_t f = 0; f < 2; ++f) model.expansion.points.push_back(random::normal(draws, s, f));
    model.expansion.points.insert(model.expansion.points.end(), {s % 2 == 0 ? 1.0 : 0.0, s % 2 == 0 ? 0.0 : 1.0});
    for (std::int64_t slot = 0; slot < classes - 1; ++slot)
      model.expansion.coefficients.push_back(draws.uniform(s, 9 + slot) - 0.5);
  }
  for (std::int64_t m = 0; m < model.expansion.machines(); ++m) model.expansion.biases.push_back(0.1 * static_cast<double>(m));
  return model;
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Feature f of row i at [f * 4 + i].
const std::vector<double> four_rows = {9, 12, nan, 11, 0, 1, 1, learning::unseen_category, -2, 0, 1, nan};

TEST(RbfScorer, AStoredModelScoresTheSame) {
  for (const int classes : {2, 3}) {
    const auto model = model_of(classes, linear::Missing::mean);
    const RbfScorer scorer(model);
    const auto table = write_rbf(model);
    const auto words = table.columns.front().int64s();
    const learning::ModelReader reader({words.begin(), words.end()}, "m");
    EXPECT_EQ(reader.kind(), rbf_kind);
    const auto again = load_rbf(reader);
    const auto n = static_cast<std::size_t>(classes);
    std::vector<double> a(4 * n), b(4 * n), effects_a(12), effects_b(12);
    scorer.score(four_rows.data(), 4, 4, a.data(), effects_a.data());
    again->score(four_rows.data(), 4, 4, b.data(), effects_b.data());
    EXPECT_EQ(a, b);
    EXPECT_EQ(effects_a, effects_b);
    EXPECT_TRUE(std::ranges::all_of(a, [](double x) { return std::isfinite(x); }));
  }
}

// The effect of a feature is the decision less that of the row with this feature at its mean.
TEST(RbfScorer, EffectsAreChangesOfTheDecision) {
  const auto model = model_of(2, linear::Missing::mean);
  const RbfScorer scorer(model);
  const std::vector<double> row = {13, 1, 0.5};
  double out[2];
  double effects[3];
  scorer.score(row.data(), 1, 1, out, effects);
  const auto decision_of = [&](double a, double b, double bonn, double ulm) {
    const std::vector<double> encoded = {(a - 10) / 2, b + 1, bonn, ulm};
    double sum = model.expansion.biases[0];
    for (std::int64_t s = 0; s < 7; ++s) sum += model.expansion.coefficient(s, 0) * rbf(model.expansion.point(s), encoded, 0.5);
    return sum;
  };
  const double here = decision_of(13, 0.5, 0, 1);
  EXPECT_NEAR(out[1], here, 1e-12);
  EXPECT_EQ(out[0], -out[1]);
  EXPECT_NEAR(effects[0], here - decision_of(10, 0.5, 0, 1), 1e-12);
  EXPECT_NEAR(effects[1], here - decision_of(13, 0.5, 0.75, 0.25), 1e-12);
  EXPECT_NEAR(effects[2], here - decision_of(13, -1, 0, 1), 1e-12);
}

TEST(RbfScorer, RowsWithMissingValuesAreScoredOnlyIfTrainingFilledThem) {
  const RbfScorer strict(model_of(2, linear::Missing::error));
  std::vector<double> out(8), effects(12);
  strict.score(four_rows.data(), 4, 4, out.data(), effects.data());
  EXPECT_TRUE(std::isfinite(out[0]) && std::isfinite(out[2]));
  EXPECT_TRUE(std::isnan(out[4]) && std::isnan(out[7]) && std::isnan(effects[6]));
  const RbfScorer filling(model_of(2, linear::Missing::mean));
  const std::vector<double> infinite = {std::numeric_limits<double>::infinity(), 0, 1};
  filling.score(infinite.data(), 1, 1, out.data(), effects.data());
  EXPECT_TRUE(std::isnan(out[0]));
}

TEST(RbfScorer, RefusesAModelWhosePartsDoNotFit) {
  const auto refused = [](auto damage) {
    auto model = model_of(3, linear::Missing::mean);
    damage(model);
    const auto table = write_rbf(model);
    const auto words = table.columns.front().int64s();
    EXPECT_THROW(load_rbf({{words.begin(), words.end()}, "m"}), base::Error);
  };
  refused([](RbfModel& m) { m.expansion.points.pop_back(); });
  refused([](RbfModel& m) { m.expansion.biases.pop_back(); });
  refused([](RbfModel& m) { m.expansion.coefficients.pop_back(); });
  refused([](RbfModel& m) { m.expansion.point_classes.back() = 3; });
  refused([](RbfModel& m) { m.expansion.gamma = nan; });
  refused([](RbfModel& m) { m.expansion.classes = 2; });
  refused([](RbfModel& m) { m.encoding.mean.pop_back(); });
  refused([](RbfModel& m) { m.encoding.deviation[0] = 0; });
  refused([](RbfModel& m) { m.head.features.pop_back(); });
}

TEST(CalibratedScorer, IsTheSigmoidOfTheMachine) {
  for (const int classes : {2, 3}) {
    const auto model = model_of(classes, linear::Missing::mean);
    const std::vector<Sigmoid> sigmoids(classes == 2 ? 1 : 3, Sigmoid{-1.5, 0.25});
    const auto table = write_calibrated(write_rbf(model), model.head, sigmoids);
    const auto words = table.columns.front().int64s();
    const auto scorer = load_calibrated({{words.begin(), words.end()}, "m"});
    EXPECT_EQ(scorer->output(), learning::Scorer::Output::probability);
    const auto n = static_cast<std::size_t>(classes);
    std::vector<double> raw(4 * n), told(4 * n);
    RbfScorer(model).score(four_rows.data(), 4, 4, raw.data(), nullptr);
    scorer->score(four_rows.data(), 4, 4, told.data(), nullptr);
    for (std::size_t i = 0; i < 4; ++i) {
      double sum = 0;
      double of_all = 0;
      for (std::size_t c = 0; c < n; ++c) {
        sum += told[i * n + c];
        of_all += 1 / (1 + std::exp(-1.5 * raw[i * n + c] + 0.25));
      }
      EXPECT_NEAR(sum, 1, 1e-12);
      const double last = 1 / (1 + std::exp(-1.5 * raw[i * n + n - 1] + 0.25));
      EXPECT_NEAR(told[i * n + n - 1], classes == 2 ? last : last / of_all, 1e-12);
    }
    auto cut = std::vector<std::int64_t>(words.begin(), words.end());
    cut.resize(cut.size() / 2);
    EXPECT_THROW(load_calibrated({cut, "m"}), base::Error);
  }
}

/// Decisions and outcomes drawn from a sigmoid.
struct Drawn {
  std::vector<double> decisions;
  std::vector<std::uint8_t> yes;
};
Drawn drawn(std::int64_t rows, const Sigmoid& truth) {
  const random::Generator draws(random::Key{5});
  Drawn sample;
  for (std::int64_t i = 0; i < rows; ++i) {
    sample.decisions.push_back(2 * random::normal(draws, i, 1));
    sample.yes.push_back(draws.uniform(i) < truth.probability(sample.decisions.back()) ? 1 : 0);
  }
  return sample;
}

TEST(Platt, FindsTheSigmoidThatOutcomesWereDrawnFrom) {
  const Sigmoid truth{-1.3, 0.4};
  const auto sample = drawn(20000, truth);
  const auto fitted = fit_sigmoid(*comm::single(), sample.decisions, sample.yes);
  EXPECT_NEAR(fitted.slope, truth.slope, 0.06);
  EXPECT_NEAR(fitted.offset, truth.offset, 0.06);
  // The optimum: the smoothed targets and the probabilities have equal sums, and equal sums with the decisions.
  double difference = 0;
  double with_decision = 0;
  double yes = 0;
  for (const auto one : sample.yes) yes += one;
  const double high = (yes + 1) / (yes + 2);
  const double low = 1 / (20000 - yes + 2);
  for (std::size_t i = 0; i < 20000; ++i) {
    const double error = (sample.yes[i] != 0 ? high : low) - fitted.probability(sample.decisions[i]);
    difference += error;
    with_decision += error * sample.decisions[i];
  }
  EXPECT_NEAR(difference, 0, 1e-4);
  EXPECT_NEAR(with_decision, 0, 1e-4);
}

TEST(Platt, SameBitsOnAnyRanks) {
  const auto sample = drawn(5000, {-0.7, -1});
  const auto expected = fit_sigmoid(*comm::single(), sample.decisions, sample.yes);
  for (const int ranks : {2, 3, 4})
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      const auto rows = base::Partition(5000, ranks).rows_of(communicator.rank());
      const auto first = static_cast<std::size_t>(rows.first);
      const auto count = static_cast<std::size_t>(rows.size());
      const auto fitted = fit_sigmoid(communicator, std::span(sample.decisions).subspan(first, count),
                                      std::span(sample.yes).subspan(first, count));
      EXPECT_EQ(fitted.slope, expected.slope);
      EXPECT_EQ(fitted.offset, expected.offset);
    });
}

TEST(Platt, PartedClassesAndOneClassStayFinite) {
  const std::vector<double> decisions = {-3, -2, -1, 1, 2, 3};
  const auto parted = fit_sigmoid(*comm::single(), decisions, std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1});
  EXPECT_LT(parted.slope, 0);
  EXPECT_GT(parted.probability(3), 0.7);
  EXPECT_LT(parted.probability(3), 1);
  const auto alone = fit_sigmoid(*comm::single(), decisions, std::vector<std::uint8_t>(6, 1));
  EXPECT_GT(alone.probability(0), 0.8);
  EXPECT_TRUE(std::isfinite(alone.slope) && std::isfinite(alone.offset));
}

}  // namespace
}  // namespace fullbase::kernel_machines
