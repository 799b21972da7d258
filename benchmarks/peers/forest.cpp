// Our side of `run.sh forest`: reads columns of float32 from a plain file, grows a forest, writes probabilities of test rows.
// usage: peer_forest TRAIN.f32 LABELS.u8 TEST.f32 COLUMNS TREES DEPTH FEATURES_PER_NODE MIN_ROWS THREADS SCORES.f64
// Files hold a column after the other. Timed: from the columns in memory to the grown forest, cuts and bins included. Every rank
// takes part. Prints a line of JSON: seconds, of them binning, nodes, rows that all trees drew, what memory grew by as a multiple
// of the binned matrix, bytes that rank 0 sent while the forest grew, and of all ranks those of each stage.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "algorithms/trees/binned_matrix.hpp"
#include "algorithms/trees/cuts.hpp"
#include "algorithms/trees/forest_scorer.hpp"
#include "algorithms/trees/grow.hpp"
#include "base/error.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "parallel/for_each.hpp"

namespace {

using namespace fullbase;

data::MemoryTable table_of(const std::string& name, const std::string& path, int columns) {
  const auto rows = peers::value_count<float>(path) / columns;
  data::Batch batch{.rows = {0, rows}, .columns = {}};
  for (int c = 0; c < columns; ++c)
    batch.columns.emplace_back(data::Field{.name = fmt::format("x{}", c), .type = data::Type::float32},
                               peers::read_values<float>(path, c * rows, rows));
  return {name, std::move(batch)};
}

/// Kibibytes of memory: now (VmRSS), or at most so far (VmHWM).
double memory(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(line.find(':') + 1));
  }
  return 0;
}

/// A forest of a few rows, so that what is measured after it are rows and not the program's own pages.
void grow_few(comm::Communicator& communicator, int columns, data::Budget& budget, data::Spill& spill) {
  constexpr std::int64_t rows = 4 * base::block_rows;
  const trees::FeatureBins two{.bins = 2};
  const std::vector<trees::FeatureBins> bins(static_cast<std::size_t>(columns), two);
  data::ByteBlocks matrix(rows, columns, base::Partition(rows, communicator.size()).blocks_of(communicator.rank()), budget,
                          spill);
  std::vector<std::int32_t> codes;
  for (auto row = matrix.local_rows().first; row < matrix.local_rows().last; ++row) codes.push_back(row % 3 == 0 ? 1 : 0);
  std::vector<std::uint8_t> values;
  for (std::int64_t i = 0; i < base::block_rows * columns; ++i) values.push_back(i % 5 < 2 ? 1 : 0);
  for (auto block = matrix.local().first; block < matrix.local().last; ++block)
    matrix.write(block, {values.data(), base::block_rows, columns});
  trees::grow(communicator, {matrix, bins, codes}, {.trees = 2}, random::Key{1}, random::Key{2}, budget);
}

void run(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  const int columns = std::stoi(arguments.at(3));
  parallel::set_thread_count(std::stoi(arguments.at(8)));
  const auto train = table_of("train", arguments.at(0), columns);
  const base::Partition partition(train.rows(), communicator.size());
  const auto local = partition.rows_of(communicator.rank());
  std::vector<std::int32_t> codes;
  for (const auto code : peers::read_values<std::uint8_t>(arguments.at(1), local.first, local.size())) codes.push_back(code);

  learning::ModelHead head;
  head.label = "label";
  head.classes = {"0", "1"};
  for (const auto& field : train.schema().fields) head.features.push_back({.name = field.name});
  trees::GrowOptions options;
  options.trees = std::stoi(arguments.at(4));
  options.max_depth = std::stoi(arguments.at(5));
  options.features_per_node = std::stoi(arguments.at(6));
  options.min_rows = std::stoi(arguments.at(7));

  data::Budget budget(std::int64_t{1} << 40);
  peers::NoSpill spill;
  grow_few(communicator, columns, budget, spill);
  const double before = memory("VmRSS");
  communicator.barrier();
  const auto begin = std::chrono::steady_clock::now();
  const auto since = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  auto cuts = trees::find_cuts(communicator, train, head.features, budget);
  const auto matrix = trees::bin_rows(communicator, train, head.features, cuts.bins, 0, budget, spill);
  communicator.barrier();
  const double binned = since();
  const auto before_growing = communicator.statistics();
  auto forest = trees::grow(communicator, {*matrix, cuts.bins, codes}, options, random::Key{1}, random::Key{2}, budget);
  communicator.barrier();
  const double seconds = since();
  const double grown_by = memory("VmHWM") - before;
  // Of all ranks, what growing itself sends; the rest are agreements.
  std::vector<std::string> sent_by_stage;
  for (const auto* stage : {"histograms", "splits", "rows", "subtrees"})
    sent_by_stage.push_back(
        fmt::format(R"("{}": {})", stage,
                    communicator.sum_value(communicator.statistics().total(stage).bytes - before_growing.total(stage).bytes)));
  if (!communicator.is_root()) return;

  std::size_t nodes = 0;
  std::int64_t drawn = 0;
  for (const auto& tree : forest.trees) {
    nodes += tree.nodes.size();
    drawn += tree.nodes.front().rows;
  }
  const auto matrix_bytes = static_cast<double>(local.size() * columns);
  const auto forest_bytes = static_cast<double>(nodes * (sizeof(trees::Node) + sizeof(double)));
  fmt::print(
      R"({{"seconds": {:.4f}, "binning": {:.4f}, "nodes": {}, "drawn": {}, "memory": {:.3f}, "forest": {:.3f}, "bytes_sent": {}, {}}})"
      "\n",
      seconds, binned, nodes, drawn, (grown_by * 1024 - forest_bytes) / matrix_bytes, forest_bytes / matrix_bytes,
      communicator.statistics().total().bytes - before_growing.total().bytes, fmt::join(sent_by_stage, ", "));
  std::fflush(stdout);

  const trees::ForestScorer scorer({head, std::move(cuts.bins), std::move(forest)});
  const auto test = table_of("test", arguments.at(2), columns);
  const learning::FeatureReader reader(test, head.features);
  std::vector<double> scores(static_cast<std::size_t>(test.rows()));
  parallel::for_each(0, base::block_count(test.rows()), [&](std::int64_t block, int) {
    const auto rows = base::rows_of_block(block, test.rows());
    const auto batch = test.read(rows, reader.columns());
    std::vector<double> values(static_cast<std::size_t>(columns * base::block_rows));
    std::vector<double> outputs(static_cast<std::size_t>(2 * rows.size()));
    reader.read(batch, 0, rows.size(), values.data(), base::block_rows);
    scorer.score(values.data(), base::block_rows, rows.size(), outputs.data(), nullptr);
    for (std::int64_t i = 0; i < rows.size(); ++i)
      scores[static_cast<std::size_t>(rows.first + i)] = outputs[static_cast<std::size_t>(2 * i + 1)];
  });
  peers::write_values(arguments.at(9), std::span<const double>(scores));
}

}  // namespace

int main(int argc, char** argv) {
  return fullbase::peers::main_of(argc, argv, run);
}
