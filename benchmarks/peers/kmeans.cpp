// Our side of `run.sh kmeans`: reads float32 rows and a start from plain files, fits several times, prints a line of JSON a fit.
// usage: peer_kmeans ROWS.f32 COLUMNS START.f32 CLUSTERS ITERATIONS REPEATS THREADS [OUTPUT_PREFIX]
// Timed: column_statistics() and kmeans() from the given start to labels, distances, centroids and inertia, with the rows in
// memory. Every rank takes part.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "algorithms/clustering/kmeans.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "comm/launch.hpp"
#include "parallel/for_each.hpp"

namespace {

using namespace fullbase;

using peers::read_values;
using peers::write_values;

void run(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  const auto& rows_path = arguments.at(0);
  const int columns = std::stoi(arguments.at(1));
  const int clusters = std::stoi(arguments.at(3));
  const int repeats = std::stoi(arguments.at(5));
  parallel::set_thread_count(std::stoi(arguments.at(6)));
  const auto rows = peers::value_count<float>(rows_path) / columns;
  const base::Partition partition(rows, communicator.size());

  data::Budget budget(std::int64_t{1} << 40);
  peers::NoSpill spill;
  data::MatrixBlocks matrix(rows, columns, partition.blocks_of(communicator.rank()), budget, spill);
  const auto local = matrix.local_rows();
  {
    const auto values = read_values<float>(rows_path, local.first * columns, local.size() * columns);
    const base::matrix_view<const float> view(values.data(), local.size(), columns);
    for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
      const auto range = base::rows_of_block(block, rows);
      matrix.write(block, view.row_range(range.first - local.first, range.last - local.first));
    }
  }
  clustering::KMeansOptions options;
  options.clusters = clusters;
  options.start = clustering::Start::given;
  options.max_iterations = std::stoi(arguments.at(4));
  options.tolerance = 0;
  for (const float value : read_values<float>(arguments.at(2), 0, std::int64_t{clusters} * columns))
    options.centroids.push_back(static_cast<double>(value));

  for (int repeat = 0; repeat < repeats; ++repeat) {
    const auto sent = communicator.statistics().total().bytes;
    communicator.barrier();
    const auto begin = std::chrono::steady_clock::now();
    const auto statistics = clustering::column_statistics(communicator, matrix, {});
    const auto result = clustering::kmeans(communicator, matrix, statistics, options, random::Key{}, budget);
    communicator.barrier();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (communicator.is_root())
      fmt::print(R"({{"seconds": {:.4f}, "inertia": {:.17g}, "iterations": {}, "bytes_sent": {}}})"
                 "\n",
                 seconds.count(), result.inertia, result.history.size(), communicator.statistics().total().bytes - sent);
    std::fflush(stdout);
    if (repeat + 1 < repeats || arguments.size() < 8) continue;
    const auto labels = communicator.gather(std::span<const std::int32_t>(result.labels));
    if (!communicator.is_root()) continue;
    write_values(arguments[7] + ".labels.i32", std::span<const std::int32_t>(labels.values));
    write_values(arguments[7] + ".centroids.f64", std::span<const double>(result.centroids));
  }
}

}  // namespace

int main(int argc, char** argv) {
  return fullbase::peers::main_of(argc, argv, run);
}
