// Our side of `run.sh recommend`: everybody's best items by factors, without those that they have.
// usage: peer_recommend FOLDER FACTORS RANK TOP THREADS OUT
// FACTORS.customers.f32 and FACTORS.items.f32: rows of factors, as factorise_peers.py writes them.
// Timed: top_by_factors(), with factors and matrix in memory, to the lists in memory. Prints a line of JSON; writes
// OUT.lengths.i64 (of each customer's list), OUT.ids.i32 and OUT.scores.f32. Every rank takes part.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "algorithms/recommendation/recommend.hpp"
#include "benchmarks/peers/rating_files.hpp"
#include "parallel/for_each.hpp"

namespace {

using namespace fullbase;

recommendation::FactorRows read_factors(const std::string& path, base::RowRange rows, int rank) {
  const auto values = peers::read_values<float>(path, rows.first * rank, rows.size() * rank);
  recommendation::FactorRows factors(rows.size(), rank);
  for (std::int64_t row = 0; row < rows.size(); ++row) std::copy_n(values.begin() + row * rank, rank, factors.row(row));
  return factors;
}

void run(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  const auto& prefix = arguments.at(1);
  recommendation::Factors factors;
  factors.rank = std::stoi(arguments.at(2));
  recommendation::TopOptions options;
  options.top = std::stoll(arguments.at(3));
  parallel::set_thread_count(std::stoi(arguments.at(4)));
  data::Budget budget(std::int64_t{1} << 40);
  const auto read = peers::read_ratings(communicator, arguments.at(0), budget);
  const int me = communicator.rank();
  factors.customers = read_factors(prefix + ".customers.f32", read.matrix.customers.rows_of(me), factors.rank);
  factors.items = read_factors(prefix + ".items.f32", read.matrix.items.rows_of(me), factors.rank);

  const auto sent = communicator.statistics().total().bytes;
  communicator.barrier();
  const auto begin = std::chrono::steady_clock::now();
  const auto lists = recommendation::top_by_factors(communicator, read.matrix, factors, options, budget);
  communicator.barrier();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const auto bytes = communicator.sum_value(communicator.statistics().total().bytes - sent);
  peers::write_lists(communicator, lists, arguments.at(5));
  if (communicator.is_root()) fmt::print("{{\"seconds\": {:.5f}, \"bytes_sent\": {}}}\n", seconds.count(), bytes);
}

}  // namespace

int main(int argc, char** argv) {
  return fullbase::peers::main_of(argc, argv, run);
}
