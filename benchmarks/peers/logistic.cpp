// Our side of `run.sh logistic`: reads float64 rows and int32 classes from plain files, fits several times, prints a line of JSON
// a fit. usage: peer_logistic ROWS.f64 COLUMNS CLASSES.i32 CLASS_COUNT C REPEATS THREADS [COEFFICIENTS.f64] Timed: build_design()
// and fit_logistic() from the rows' columns in memory to coefficients. Every rank takes part. Coefficients are written in the
// rows' own units, an output after the other, each with its intercept last.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "algorithms/linear/fit.hpp"
#include "algorithms/linear/original_units.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "benchmarks/peers/row_table.hpp"
#include "parallel/for_each.hpp"

namespace {

using namespace fullbase;

learning::Target target_of(const std::vector<std::int32_t>& codes, int classes, base::RowRange local) {
  learning::Target target;
  target.task = classes == 2 ? learning::Task::binary : learning::Task::multiclass;
  target.rows_of_class.assign(static_cast<std::size_t>(classes), 0);
  for (int k = 0; k < classes; ++k) target.classes.push_back(std::to_string(k));
  for (const auto code : codes) ++target.rows_of_class[static_cast<std::size_t>(code)];
  target.codes.assign(codes.begin() + local.first, codes.begin() + local.last);
  return target;
}

void run(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  std::vector<learning::Feature> features;
  const auto table = peers::row_table(arguments.at(0), std::stoll(arguments.at(1)), features);
  const auto target = target_of(peers::read_values<std::int32_t>(arguments.at(2), 0, table.rows()), std::stoi(arguments.at(3)),
                                base::Partition(table.rows(), communicator.size()).rows_of(communicator.rank()));
  linear::FitOptions options;
  options.c = std::stod(arguments.at(4));
  const int repeats = std::stoi(arguments.at(5));
  parallel::set_thread_count(std::stoi(arguments.at(6)));
  data::Budget budget(std::int64_t{1} << 40);
  peers::NoSpill spill;

  for (int repeat = 0; repeat < repeats; ++repeat) {
    const auto sent = communicator.statistics().total().bytes;
    communicator.barrier();
    const auto begin = std::chrono::steady_clock::now();
    const auto design = linear::build_design(communicator, table, features, {.standardize = false}, budget, spill);
    const std::chrono::duration<double> built = std::chrono::steady_clock::now() - begin;
    const auto fit = linear::fit_logistic(communicator, design, target, options, budget);
    communicator.barrier();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (!communicator.is_root()) continue;
    fmt::print(R"({{"seconds": {:.4f}, "design_seconds": {:.4f}, "iterations": {}, "converged": {}, "bytes_sent": {}}})"
               "\n",
               seconds.count(), built.count(), fit.history.size() - 1, fit.converged,
               communicator.statistics().total().bytes - sent);
    std::fflush(stdout);
    if (repeat + 1 < repeats || arguments.size() < 8) continue;
    const auto original = linear::original_units(design.encoding(), fit.outputs, fit.coefficients);
    peers::write_values(arguments[7], std::span<const double>(original));
  }
}

}  // namespace

int main(int argc, char** argv) {
  return peers::main_of(argc, argv, run);
}
