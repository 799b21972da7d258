// K-means (S. Lloyd 1982) over a matrix of any size, with the same result on any ranks, threads and memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "algorithms/clustering/assignment.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"
#include "random/generator.hpp"

namespace fullbase::clustering {

enum class Start {
  kmeans_plus_plus,  ///< D. Arthur and S. Vassilvitskii 2007, greedy: the best of 2 + floor(ln k) draws at each step
  kmeans_parallel,   ///< k-means||, B. Bahmani et al. 2012: 5 rounds of 2 k expected candidates, then k-means++ among them
  random,            ///< k rows, all different
  given,             ///< KMeansOptions::centroids
};

struct KMeansOptions {
  int clusters = 8;
  Start start = Start::kmeans_plus_plus;
  /// Starts to try; the one of the lowest inertia is kept, of equal ones the first.
  int starts = 1;
  int max_iterations = 300;
  /// Stop when the centroids' squared moves sum to at most this times the columns' mean variance (scikit-learn's `tol`).
  double tolerance = 1e-4;
  /// clusters x columns values in the matrix's units, row by row, at most greatest_magnitude_allowed in magnitude; only for
  /// Start::given.
  std::vector<double> centroids = {};
  /// Does not alter the result.
  Pruning pruning = Pruning::adaptive;
};

/// One iteration: every row to its nearest centroid, every centroid to its rows' mean.
struct KMeansIteration {
  double inertia = 0;      ///< sum of squared distances to the centroids that the iteration began with
  std::int64_t moved = 0;  ///< rows that changed cluster
  double shift = 0;        ///< sum of squared moves of the centroids
  friend bool operator==(const KMeansIteration&, const KMeansIteration&) = default;
};

/// What an interrupted fit needs to go on with the same result, on any ranks. The same on every rank; 8 k d bytes and little
/// more.
struct KMeansState {
  int start = 0;                         ///< the start that is running
  std::vector<float> centroids;          ///< of the next iteration, less the columns' centre
  std::vector<float> previous;           ///< of the iteration before: its labels are what `moved` compares with
  std::vector<KMeansIteration> history;  ///< of this start
  struct Best {
    int start = 0;
    double inertia = 0;
    bool converged = false;
    std::vector<float> centroids;
    std::vector<KMeansIteration> history;
  };
  std::optional<Best> best;  ///< of the starts before
};

struct KMeansResult {
  std::vector<std::int32_t> labels;  ///< of the local rows, by `centroids`; ties go to the lowest number
  std::vector<float> distances;      ///< of the local rows to their centroids (Euclidean)
  std::vector<double> centroids;     ///< clusters x columns, in the matrix's units
  std::vector<float> centred;        ///< the same less the columns' centre, in float32: what `labels` were told by
  std::vector<std::int64_t> sizes;   ///< rows of each cluster, over all ranks
  double inertia = 0;                ///< sum of squared distances to the nearest centroid
  double total_inertia = 0;          ///< sum of squared distances to the mean of all rows
  int start = 0;                     ///< which start was kept
  bool converged = false;            ///< no row moved, or the tolerance was met
  std::vector<KMeansIteration> history;
  data::Reservation reservation;  ///< of labels and distances: result_bytes(); the budget outlives the result
};

/// Of a fit that has ended, the same on every rank: what kmeans() with the same options makes the result of again, in one pass.
KMeansState ended_state(const KMeansResult& result, const KMeansOptions& options);

/// Called on every rank at the end of each iteration with the same values; it may communicate and, on all ranks alike, throw.
using KMeansObserver = std::function<void(const KMeansState& state)>;

/// Fits centroids to all rows of `matrix`, whose blocks are distributed as base::Partition says; `statistics` are those of its
/// columns. Collective.
///
/// Errors (on every rank): input_data for fewer different rows than clusters (their count); job_file for options that make no
/// sense, for given centroids that are no finite values or too great, and for too little memory. A cluster that loses all rows
/// takes a row that is far from its centroid, as fill_empty_clusters() says.
///
/// Result: a function of the matrix, the options (but pruning) and the key. Labels are exact for float32 arithmetic of a stated
/// order (assignment.hpp). Centroids are means of exact fixed-point sums, rounded to float32: each value is off by at most half a
/// step of its column's base::FixedScale. history[i].inertia comes from the sums, whose rounding is about 1e-15 of total_inertia;
/// the final inertia is the exact sum of block sums of the rows' squared distances, each formed in double.
///
/// Cost of an iteration: at most n k d multiply-adds, a bound of max(4 n d / memory bandwidth, 2 n k d / peak flop/s); rows whose
/// label is proven cost d.
///
/// Sends a rank, by stage: "labels" 8 bytes; "iteration" 8 (k (d + 1) + 2), or 8 (k (2 d + 1) + 2) if a column needs two limbs,
/// for each iteration of each start and for the labelling of the result; "result" 8 + 8 * base::ExactSum::limb_count. Where there
/// are several starts, each labels its rows once more and sends "inertia" 8 + 8 * base::ExactSum::limb_count. "start" of each
/// start is in centroid_start.hpp, "empty clusters" of each iteration that has some in empty_clusters.hpp. A resumed fit labels
/// once more.
///
/// Memory beside the matrix, a rank, of `budget`: fit_bytes(), required; bounds_bytes() if there. What remains reserved is the
/// result's.
KMeansResult kmeans(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                    const KMeansOptions& options, random::Key key, data::Budget& budget, const KMeansObserver& observer = {},
                    const KMeansState* resume = nullptr);

/// Every row to the nearest of `centroids` (clusters x columns, in the matrix's units, as kmeans() returns them), which stay as
/// they are: a result without history, with the given centroids. Errors, memory and rounding as kmeans(); one pass, and what
/// kmeans() sends for the labelling of its result.
KMeansResult nearest_centroids(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                               const ColumnStatistics& statistics, std::vector<double> centroids, data::Budget& budget);

}  // namespace fullbase::clustering
