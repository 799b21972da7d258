// Our side of `run.sh factorise`: factors of the matrix that ratings.py makes.
// usage: peer_factorise FOLDER implicit|implicit-gradient|explicit RANK REGULARISATION ALPHA ITERATIONS THREADS OUT
// Timed: fit_als(), objectives included, with the matrix in memory by customers and by items. Prints a line of JSON with the
// seconds from its start to each iteration's end, objectives and, for explicit feedback (without biases, weighted regularisation,
// as LIBMF has it), errors; writes OUT.customers.f32 and OUT.items.f32. Every rank takes part.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <string>
#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "benchmarks/peers/rating_files.hpp"
#include "parallel/for_each.hpp"
#include "random/generator.hpp"

namespace {

using namespace fullbase;

void run(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  recommendation::AlsOptions options;
  const bool implicit = arguments.at(1) != "explicit";
  options.solver =
      arguments.at(1) == "implicit-gradient" ? recommendation::Solver::conjugate_gradient : recommendation::Solver::cholesky;
  options.feedback = implicit ? recommendation::Feedback::implicit : recommendation::Feedback::explicit_;
  options.rank = std::stoi(arguments.at(2));
  options.regularisation = std::stod(arguments.at(3));
  options.alpha = std::stod(arguments.at(4));
  options.iterations = std::stoi(arguments.at(5));
  options.biases = false;
  options.weighted = !implicit;
  parallel::set_thread_count(std::stoi(arguments.at(6)));
  data::Budget budget(std::int64_t{1} << 40);
  auto read = peers::read_ratings(communicator, arguments.at(0), budget);

  std::vector<double> seconds;
  std::vector<double> objectives;
  std::vector<double> errors;
  const auto sent = communicator.statistics().total().bytes;
  communicator.barrier();
  const auto begin = std::chrono::steady_clock::now();
  const auto factors = recommendation::fit_als(communicator, read.matrix, options, random::Generator(random::Key{1}), budget,
                                               [&](const recommendation::AlsState& state) {
                                                 const auto now = std::chrono::steady_clock::now();
                                                 seconds.push_back(std::chrono::duration<double>(now - begin).count());
                                                 objectives.push_back(state.rounds.back().objective);
                                                 errors.push_back(state.rounds.back().rmse);
                                               });
  const auto bytes = communicator.sum_value(communicator.statistics().total().bytes - sent);
  peers::write_factors(communicator, factors.customers, options.rank, arguments.at(7) + ".customers.f32");
  peers::write_factors(communicator, factors.items, options.rank, arguments.at(7) + ".items.f32");
  if (communicator.is_root())
    fmt::print(R"({{"seconds": [{:.5f}], "objectives": [{:.9g}], "rmse": [{:.9g}], "bytes_sent": {}}})"
               "\n",
               fmt::join(seconds, ", "), fmt::join(objectives, ", "), fmt::join(errors, ", "), bytes);
}

}  // namespace

int main(int argc, char** argv) {
  return fullbase::peers::main_of(argc, argv, run);
}
