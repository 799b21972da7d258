#include "algorithms/clustering/kmeans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include "algorithms/clustering/centroid_start.hpp"
#include "algorithms/clustering/empty_clusters.hpp"
#include "algorithms/clustering/memory.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::clustering {

namespace {

void check(const data::MatrixBlocks& matrix, const KMeansOptions& options) {
  const auto wanted = static_cast<std::size_t>(options.clusters) * static_cast<std::size_t>(matrix.columns());
  if (options.clusters < 1) throw base::job_file_error("k-means needs at least one cluster", "clusters");
  if (options.starts < 1) throw base::job_file_error("k-means needs at least one start", "starts");
  if (options.max_iterations < 1) throw base::job_file_error("k-means needs at least one iteration", "max_iterations");
  if (!(options.tolerance >= 0)) throw base::job_file_error("the tolerance is no number from 0 on", "tolerance");
  if (options.start == Start::given && options.centroids.size() != wanted)
    throw base::job_file_error(fmt::format("{} values are given for {} centroids of {} columns", options.centroids.size(),
                                           options.clusters, matrix.columns()),
                               "centroids");
  for (std::size_t i = 0; options.start == Start::given && i < wanted; ++i)
    if (!(std::abs(options.centroids[i]) <= static_cast<double>(greatest_magnitude_allowed)))
      throw base::job_file_error(
          fmt::format("{} in column {} of centroid {} is no value from -1e16 to 1e16", options.centroids[i],
                      i % static_cast<std::size_t>(matrix.columns()), i / static_cast<std::size_t>(matrix.columns())),
          "centroids");
  if (matrix.columns() > most_columns)
    throw base::job_file_error(fmt::format("k-means takes at most {} columns", base::format_count(most_columns)), "columns");
  if (matrix.rows() < options.clusters)
    throw base::input_error(fmt::format("only {} rows for {} clusters", base::format_count(matrix.rows()), options.clusters), {},
                            "ask for fewer clusters")
        .known_to_all();
}

class Fit {
 public:
  Fit(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
      const KMeansOptions& options, random::Key key, data::Budget& budget)
      : communicator_(communicator),
        matrix_(matrix),
        options_(options),
        key_(key),
        statistics_(statistics),
        assignment_(comm::collective_try(communicator, "labels",
                                         [&] {
                                           // Bounds come last: they may have what is left.
                                           reserve(budget);
                                           return Assignment(matrix, statistics, budget, options.pruning);
                                         })),
        local_(options.clusters, statistics),
        global_(options.clusters, statistics) {}

  KMeansResult run(const KMeansObserver& observer, const KMeansState* resume);
  KMeansResult label();

 private:
  void reserve(data::Budget& budget) {
    const auto rows = matrix_.local_rows().size();
    for_result_ = budget.require(result_bytes(rows), "labels and distances of a clustering");
    for_buffers_ = budget.require(fit_bytes(rows, matrix_.columns(), options_) - result_bytes(rows), "buffers of k-means");
  }
  base::matrix_view<const float> view(const std::vector<float>& centroids) const {
    return {centroids.data(), options_.clusters, matrix_.columns()};
  }
  std::vector<float> moves(const std::vector<float>& before, const std::vector<float>& after) const;
  std::int64_t assign_all(const std::vector<float>& centroids, std::span<const float> moves);
  KMeansIteration iterate(KMeansState& state);
  double inertia(const char* stage_name, const std::vector<float>& centroids,
                 const std::function<void(std::int64_t row, double squared, int thread)>& work) const;
  bool is_converged(const KMeansIteration& iteration) const;
  KMeansResult finish(const KMeansState::Best& best, std::span<const float> moves);

  comm::Communicator& communicator_;
  const data::MatrixBlocks& matrix_;
  const KMeansOptions& options_;
  random::Key key_;
  const ColumnStatistics& statistics_;
  data::Reservation for_result_;
  data::Reservation for_buffers_;
  Assignment assignment_;
  ClusterSums local_;
  ClusterSums global_;
};

/// Upper bounds of the distances that the centroids moved.
std::vector<float> Fit::moves(const std::vector<float>& before, const std::vector<float>& after) const {
  std::vector<float> moves;
  const auto columns = static_cast<std::size_t>(matrix_.columns());
  for (std::size_t c = 0; c < before.size(); c += columns) {
    double squared = 0;
    for (std::size_t j = c; j < c + columns; ++j) {
      const double difference = static_cast<double>(after[j]) - static_cast<double>(before[j]);
      squared += difference * difference;
    }
    moves.push_back(static_cast<float>(std::sqrt(squared)) * (1 + 0x1p-21F));
  }
  return moves;
}

// The reduction carries the count of moved rows and whether a rank failed, so that a failure needs no call of its own.
std::int64_t Fit::assign_all(const std::vector<float>& centroids, std::span<const float> moves) {
  comm::StageScope stage(communicator_.statistics(), "iteration");
  std::optional<base::Error> failure;
  std::int64_t moved = 0;
  try {
    moved = assignment_.assign(view(centroids), moves, local_).moved;
  } catch (...) {
    failure = base::current_error();
  }
  std::vector<std::int64_t> values(local_.values().begin(), local_.values().end());
  values.push_back(moved);
  values.push_back(failure ? 1 : 0);
  communicator_.sum(std::span(values));
  if (values.back() != 0) comm::agree(communicator_, failure);
  values.pop_back();
  moved = values.back();
  std::copy(values.begin(), values.end() - 1, global_.values().begin());
  return moved;
}

KMeansIteration Fit::iterate(KMeansState& state) {
  KMeansIteration iteration;
  const auto moved_by = state.previous.empty() ? std::vector<float>{} : moves(state.previous, state.centroids);
  iteration.moved = assign_all(state.centroids, moved_by);
  iteration.moved += fill_empty_clusters(communicator_, matrix_, view(state.centroids), assignment_, local_, global_);

  state.previous = state.centroids;
  double inertia = statistics_.sum_of_squares;
  auto value = state.centroids.begin();
  for (int c = 0; c < options_.clusters; ++c) {
    const auto rows = static_cast<double>(global_.count(c));
    for (int j = 0; j < matrix_.columns(); ++j, ++value) {
      const double before = static_cast<double>(*value);
      const double sum = global_.sum(c, j);
      inertia += before * (rows * before - 2 * sum);
      if (rows > 0) *value = static_cast<float>(sum / rows) + 0.0F;  // -0 becomes 0
      const double difference = static_cast<double>(*value) - before;
      iteration.shift += difference * difference;
    }
  }
  iteration.inertia = std::max(0.0, inertia);
  return iteration;
}

bool Fit::is_converged(const KMeansIteration& iteration) const {
  return iteration.moved == 0 || iteration.shift <= options_.tolerance * statistics_.mean_variance();
}

KMeansResult Fit::run(const KMeansObserver& observer, const KMeansState* resume) {
  KMeansState state;
  bool resumed = resume != nullptr;
  if (resumed) state = *resume;
  for (; state.start < options_.starts; ++state.start) {
    assignment_.clear();
    local_.clear();
    if (!resumed) {
      state.centroids = start_centroids(communicator_, matrix_, statistics_, options_, key_, state.start);
      state.previous.clear();
      state.history.clear();
    } else if (!state.previous.empty()) {
      // The labels of the iteration before the interruption: what its successor compares with.
      assign_all(state.previous, {});
      fill_empty_clusters(communicator_, matrix_, view(state.previous), assignment_, local_, global_);
    }
    resumed = false;

    bool converged = !state.history.empty() && is_converged(state.history.back());
    while (!converged && static_cast<int>(state.history.size()) < options_.max_iterations) {
      state.history.push_back(iterate(state));
      converged = is_converged(state.history.back());
      if (observer) observer(state);
    }

    KMeansState::Best candidate{state.start, 0, converged, state.centroids, state.history};
    const auto moved_by = moves(state.previous, state.centroids);
    if (options_.starts == 1) return finish(candidate, moved_by);
    assign_all(state.centroids, moved_by);
    candidate.inertia = inertia("inertia", state.centroids, [](std::int64_t, double, int) {});
    if (!state.best || candidate.inertia < state.best->inertia) state.best = std::move(candidate);
  }
  assignment_.clear();
  local_.clear();
  return finish(*state.best, {});
}

KMeansResult Fit::label() {
  const KMeansState::Best given{0, 0, true, start_centroids(communicator_, matrix_, statistics_, options_, key_, 0), {}};
  return finish(given, {});
}

/// Of all ranks' rows, each of which goes to `work` on its rank.
double Fit::inertia(const char* stage_name, const std::vector<float>& centroids,
                    const std::function<void(std::int64_t row, double squared, int thread)>& work) const {
  comm::StageScope stage(communicator_.statistics(), stage_name);
  auto sum = comm::collective_try(communicator_, "distances", [&] { return assignment_.distances(view(centroids), work); });
  communicator_.sum(std::span(&sum, 1));
  return sum.value();
}

KMeansResult Fit::finish(const KMeansState::Best& best, std::span<const float> moves) {
  KMeansResult result;
  const auto columns = static_cast<std::size_t>(matrix_.columns());
  const auto clusters = static_cast<std::size_t>(options_.clusters);
  result.distances.resize(static_cast<std::size_t>(matrix_.local_rows().size()));
  assign_all(best.centroids, moves);
  const auto first = matrix_.local_rows().first;
  result.inertia = inertia("result", best.centroids, [&](std::int64_t row, double squared, int) {
    result.distances[static_cast<std::size_t>(row - first)] = static_cast<float>(std::sqrt(squared));
  });
  for (std::size_t i = 0; i < clusters * columns; ++i)
    result.centroids.push_back(static_cast<double>(best.centroids[i]) + static_cast<double>(statistics_.centre[i % columns]));
  result.centred = best.centroids;
  for (int c = 0; c < options_.clusters; ++c) result.sizes.push_back(global_.count(c));
  for (std::size_t j = 0; j < columns; ++j) result.total_inertia += statistics_.variance[j] * static_cast<double>(matrix_.rows());
  result.start = best.start;
  result.converged = best.converged;
  result.history = best.history;
  result.labels = assignment_.take_labels();
  result.reservation = std::move(for_result_);
  return result;
}

}  // namespace

KMeansState ended_state(const KMeansResult& result, const KMeansOptions& options) {
  KMeansState state;
  state.start = options.starts;
  state.best = KMeansState::Best{result.start, result.inertia, result.converged, result.centred, result.history};
  return state;
}

KMeansResult kmeans(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                    const KMeansOptions& options, random::Key key, data::Budget& budget, const KMeansObserver& observer,
                    const KMeansState* resume) {
  check(matrix, options);
  Fit fit(communicator, matrix, statistics, options, key, budget);
  return fit.run(observer, resume);
}

KMeansResult nearest_centroids(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                               const ColumnStatistics& statistics, std::vector<double> centroids, data::Budget& budget) {
  KMeansOptions options;
  options.clusters = static_cast<int>(std::ssize(centroids) / matrix.columns());
  options.start = Start::given;
  options.centroids = std::move(centroids);
  check(matrix, options);
  auto result = Fit(communicator, matrix, statistics, options, {}, budget).label();
  result.centroids = options.centroids;
  return result;
}

}  // namespace fullbase::clustering
