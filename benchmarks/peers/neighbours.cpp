// Our side of `run.sh neighbours`: the items most alike in the matrix that ratings.py makes.
// usage: peer_neighbours FOLDER NEIGHBOURS THREADS OUT
// Timed: find_neighbours() of items by cosine, with the matrix in memory by customers and by items, to the lists in memory.
// Prints a line of JSON; writes OUT.lengths.i64 (of each item's list), OUT.ids.i32 and OUT.scores.f32. Every rank takes part.
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "algorithms/recommendation/neighbours.hpp"
#include "benchmarks/peers/rating_files.hpp"
#include "parallel/for_each.hpp"

namespace {

using namespace fullbase;

void run(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  recommendation::NeighbourOptions options;
  options.neighbours = std::stoll(arguments.at(1));
  parallel::set_thread_count(std::stoi(arguments.at(2)));
  data::Budget budget(std::int64_t{1} << 40);
  const auto read = peers::read_ratings(communicator, arguments.at(0), budget);

  const auto sent = communicator.statistics().total().bytes;
  communicator.barrier();
  const auto begin = std::chrono::steady_clock::now();
  const auto found = recommendation::find_neighbours(communicator, read.matrix, options, budget);
  communicator.barrier();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const auto bytes = communicator.sum_value(communicator.statistics().total().bytes - sent);
  peers::write_lists(communicator, found.lists, arguments.at(3));
  if (communicator.is_root()) fmt::print("{{\"seconds\": {:.5f}, \"bytes_sent\": {}}}\n", seconds.count(), bytes);
}

}  // namespace

int main(int argc, char** argv) {
  return fullbase::peers::main_of(argc, argv, run);
}
