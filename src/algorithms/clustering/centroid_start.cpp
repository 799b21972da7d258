#include "algorithms/clustering/centroid_start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "algorithms/clustering/nearest_distances.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "random/weighted.hpp"

namespace fullbase::clustering {

namespace {

// What a draw is for, kept apart in the round of the counter; `start` fills the bits above.
constexpr std::int64_t draws_plus_plus = 0;
constexpr std::int64_t draws_random = 1;
constexpr std::int64_t draws_parallel = 2;
constexpr std::int64_t draws_among_candidates = 3;

constexpr int parallel_rounds = 5;

std::int64_t round_of(int start, std::int64_t purpose) {
  return std::int64_t{start} * 4 + purpose;
}

/// Centroids chosen so far, row by row.
class Chosen {
 public:
  Chosen(int wanted, int columns) : wanted_(wanted), columns_(columns) {}

  int wanted() const noexcept { return wanted_; }
  int size() const noexcept { return static_cast<int>(values_.size()) / columns_; }
  bool complete() const noexcept { return size() >= wanted_; }
  void add(const DrawnRow& row) { values_.insert(values_.end(), row.values.begin(), row.values.end()); }
  base::matrix_view<const float> all() const { return {values_.data(), size(), columns_}; }
  base::matrix_view<const float> last() const {
    return {values_.data() + values_.size() - static_cast<std::size_t>(columns_), 1, columns_};
  }
  std::vector<float> take() { return std::move(values_); }

  [[noreturn]] void refuse() const {
    throw base::input_error(
        fmt::format("only {} different row{} for {} clusters", base::format_count(size()), size() == 1 ? "" : "s", wanted_), {},
        "ask for fewer clusters")
        .known_to_all();
  }

 private:
  int wanted_;
  int columns_;
  std::vector<float> values_;
};

std::vector<float> side_by_side(const std::vector<DrawnRow>& rows) {
  std::vector<float> values;
  for (const auto& row : rows) values.insert(values.end(), row.values.begin(), row.values.end());
  return values;
}

/// Draws that a greedy step chooses from.
int trials(int clusters) {
  // 2 + floor(ln k) without a logarithm's rounding: powers of e, rounded up to whole k.
  constexpr std::array<int, 14> powers{3, 8, 21, 55, 149, 404, 1097, 2981, 8104, 22027, 59875, 162755, 442414, 1202605};
  return 2 + static_cast<int>(std::upper_bound(powers.begin(), powers.end(), clusters) - powers.begin());
}

DrawnRow first_row(const data::MatrixBlocks& matrix, const random::Generator& generator, const NearestDistances& nearest,
                   int start) {
  const auto row = generator.below(static_cast<std::uint64_t>(matrix.rows()), 0, 0, round_of(start, draws_plus_plus));
  return nearest.rows({static_cast<std::int64_t>(row)}).front();
}

/// k-means++ steps until all centroids are chosen; `nearest` knows none of those that already are.
void choose_plus_plus(const random::Generator& generator, NearestDistances& nearest, Chosen& chosen, int start) {
  if (chosen.complete()) return;
  nearest.add(chosen.all());
  const int columns = static_cast<int>(chosen.last().columns());
  const auto round = round_of(start, draws_plus_plus);
  while (!chosen.complete()) {
    if (nearest.greatest() == 0) chosen.refuse();
    std::vector<base::uint128> targets;
    for (int trial = 0; trial < trials(chosen.wanted()); ++trial)
      targets.push_back(generator.below(nearest.total(), chosen.size(), trial, round));
    const auto drawn = nearest.find(targets);
    const auto values = side_by_side(drawn);
    const auto potentials = nearest.potentials({values.data(), static_cast<std::int64_t>(drawn.size()), columns});
    const auto lowest = std::min_element(potentials.begin(), potentials.end()) - potentials.begin();
    chosen.add(drawn[static_cast<std::size_t>(lowest)]);
    if (!chosen.complete()) nearest.add(chosen.last());
  }
}

/// k rows drawn without replacement. Where some of them are equal, the missing ones are drawn as by k-means++.
void choose_random(const data::MatrixBlocks& matrix, const random::Generator& generator, NearestDistances& nearest,
                   Chosen& chosen, int start) {
  std::set<std::int64_t> seen;
  std::vector<std::int64_t> wanted;
  for (std::int64_t draw = 0; static_cast<int>(wanted.size()) < chosen.wanted(); ++draw) {
    const auto row = static_cast<std::int64_t>(
        generator.below(static_cast<std::uint64_t>(matrix.rows()), draw, 0, round_of(start, draws_random)));
    if (seen.insert(row).second) wanted.push_back(row);
  }
  std::set<std::vector<float>> different;
  for (const auto& row : nearest.rows(wanted))
    if (different.insert(row.values).second) chosen.add(row);
  choose_plus_plus(generator, nearest, chosen, start);
}

/// k-means++ among candidates that stand for `populations` rows each. Stops early if no candidate differs from those chosen.
void choose_among(const random::Generator& generator, base::matrix_view<const float> candidates,
                  const std::vector<std::int64_t>& populations, Chosen& chosen, std::int64_t round) {
  const auto count = static_cast<std::size_t>(candidates.rows());
  const auto distance = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::int64_t j = 0; j < candidates.columns(); ++j) {
      const double difference = static_cast<double>(candidates(static_cast<std::int64_t>(a), j)) -
                                static_cast<double>(candidates(static_cast<std::int64_t>(b), j));
      sum += difference * difference;
    }
    return sum;
  };
  const auto choose = [&](std::size_t candidate) {
    const auto row = candidates.row(static_cast<std::int64_t>(candidate));
    chosen.add({-1, {row.begin(), row.end()}});
  };
  std::vector<double> squared(count, 1.0);
  std::vector<base::uint128> weights(count);
  const auto total = [&](std::span<const double> distances, double greatest) {
    const double scale = std::ldexp(1.0, 51 - std::ilogb(greatest));
    base::uint128 sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      weights[i] = static_cast<base::uint128>(static_cast<std::uint64_t>(std::nearbyint(distances[i] * scale))) *
                   static_cast<std::uint64_t>(populations[i]);
      sum += weights[i];
    }
    return sum;
  };
  std::vector<double> trial(count);
  std::vector<double> best(count);
  for (bool is_first = true; !chosen.complete(); is_first = false) {
    const double greatest = *std::max_element(squared.begin(), squared.end());
    if (greatest == 0) return;
    const auto sum = total(squared, greatest);
    if (sum == 0) return;
    std::vector<std::size_t> drawn;
    for (int t = 0; t < (is_first ? 1 : trials(chosen.wanted())); ++t)
      drawn.push_back(static_cast<std::size_t>(
          random::find_weighted(std::span<const base::uint128>(weights), generator.below(sum, chosen.size(), t, round))));
    std::optional<base::uint128> lowest;
    std::size_t winner = 0;
    for (const auto candidate : drawn) {
      for (std::size_t i = 0; i < count; ++i)
        trial[i] = is_first ? distance(i, candidate) : std::min(squared[i], distance(i, candidate));
      const auto potential = is_first ? base::uint128{0} : total(trial, greatest);
      if (lowest && potential >= *lowest) continue;
      lowest = potential;
      winner = candidate;
      best = trial;
    }
    choose(winner);
    squared = best;
  }
}

/// Rounds in which every row is drawn by its weight, 2 k of them expected; then k-means++ among those that were drawn.
void choose_parallel(const random::Generator& generator, NearestDistances& nearest, Chosen& chosen, const DrawnRow& first,
                     int start) {
  auto candidates = first.values;
  const auto columns = static_cast<std::int64_t>(first.values.size());
  nearest.add({first.values.data(), 1, columns});
  for (int round = 0; round < parallel_rounds && nearest.greatest() > 0; ++round) {
    const auto drawn =
        side_by_side(nearest.sample(generator, 2 * std::int64_t{chosen.wanted()}, 1 + round, round_of(start, draws_parallel)));
    if (drawn.empty()) continue;
    nearest.add({drawn.data(), static_cast<std::int64_t>(drawn.size()) / columns, columns});
    candidates.insert(candidates.end(), drawn.begin(), drawn.end());
  }
  const base::matrix_view<const float> view(candidates.data(), static_cast<std::int64_t>(candidates.size()) / columns, columns);
  choose_among(generator, view, nearest.populations(view), chosen, round_of(start, draws_among_candidates));
  choose_plus_plus(generator, nearest, chosen, start);
}

}  // namespace

std::vector<float> start_centroids(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                   const ColumnStatistics& statistics, const KMeansOptions& options, random::Key key, int start) {
  comm::StageScope stage(communicator.statistics(), "start");
  const auto columns = static_cast<std::size_t>(matrix.columns());
  if (options.start == Start::given) {
    std::vector<float> centroids;
    for (std::size_t i = 0; i < options.centroids.size(); ++i)
      centroids.push_back(static_cast<float>(options.centroids[i] - static_cast<double>(statistics.centre[i % columns])));
    return centroids;
  }
  const random::Generator generator(key);
  NearestDistances nearest(communicator, matrix, statistics);
  Chosen chosen(options.clusters, matrix.columns());
  switch (options.start) {
    case Start::random:
      choose_random(matrix, generator, nearest, chosen, start);
      break;
    case Start::kmeans_parallel:
      choose_parallel(generator, nearest, chosen, first_row(matrix, generator, nearest, start), start);
      break;
    case Start::kmeans_plus_plus:
    case Start::given:
      chosen.add(first_row(matrix, generator, nearest, start));
      choose_plus_plus(generator, nearest, chosen, start);
  }
  return chosen.take();
}

}  // namespace fullbase::clustering
