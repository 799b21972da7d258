// Our side of `run.sh svm`: reads float64 rows (by rows) and classes 0 and 1 (int32) from plain files, trains, prints one line of
// JSON, writes decisions of test rows, or coefficients.
// usage: peer_svm rbf ROWS.f64 COLUMNS CLASSES.i32 C GAMMA GAP THREADS TEST.f64 DECISIONS.f64
//        peer_svm linear ROWS.f64 COLUMNS CLASSES.i32 C THREADS COEFFICIENTS.f64
// Timed: rbf, from the rows in memory to support vectors, coefficients and bias; linear, building the design included, with the
// intercept penalised as liblinear's. Every rank takes part.
#include <chrono>

#include "algorithms/kernel_machines/kernel.hpp"
#include "algorithms/kernel_machines/svc.hpp"
#include "algorithms/linear/fit.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "benchmarks/peers/row_table.hpp"
#include "parallel/for_each.hpp"

namespace {

using namespace fullbase;

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

kernel_machines::RowPanel panel_of(const std::string& path, std::int64_t columns, base::RowRange rows) {
  const auto values = peers::read_values<double>(path, rows.first * columns, rows.size() * columns);
  kernel_machines::RowPanel panel(rows.size(), columns);
  for (std::int64_t i = 0; i < rows.size(); ++i)
    panel.set_row(i, std::span(values).subspan(static_cast<std::size_t>(i * columns), static_cast<std::size_t>(columns)));
  return panel;
}

void run_rbf(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  const auto columns = std::stoll(arguments.at(2));
  const auto count = peers::value_count<double>(arguments.at(1)) / columns;
  const auto rows = base::Partition(count, communicator.size()).rows_of(communicator.rank());
  const auto panel = panel_of(arguments.at(1), columns, rows);
  const auto classes = peers::read_values<std::int32_t>(arguments.at(3), rows.first, rows.size());
  const std::vector<double> weights = {1, 1};
  kernel_machines::SvcOptions options;
  options.cost = std::stod(arguments.at(4));
  options.gamma = std::stod(arguments.at(5));
  options.smo.tolerance = std::stod(arguments.at(6));
  options.class_weights = weights;
  parallel::set_thread_count(std::stoi(arguments.at(7)));
  data::Budget budget(std::int64_t{1} << 31);  // as much for columns of the kernel as the peers get

  const Clock clock;
  const auto svc = kernel_machines::fit_svc(communicator, {panel, rows.first, classes}, 2, options, budget);
  communicator.barrier();
  const double seconds = clock.seconds();
  if (!communicator.is_root()) return;
  const auto& machine = svc.machines.front();
  fmt::print(R"({{"seconds": {:.4f}, "objective": {:.12g}, "support": {}, "steps": {}, "rounds": {}}})"
             "\n",
             seconds, machine.objective, machine.support, machine.steps, machine.rounds);
  const auto tests = peers::value_count<double>(arguments.at(8)) / columns;
  const auto test = panel_of(arguments.at(8), columns, {0, tests});
  std::vector<double> decisions(static_cast<std::size_t>(test.blocks() * base::block_rows));
  std::vector<double> buffer(static_cast<std::size_t>(kernel_machines::kernel::point_group * base::block_rows));
  for (std::int64_t block = 0; block < test.blocks(); ++block)
    kernel_machines::decide(svc.expansion, test.block(block), test.rows_in(block), buffer.data(),
                            decisions.data() + block * base::block_rows);
  peers::write_values(arguments.at(9), std::span<const double>(decisions).first(static_cast<std::size_t>(tests)));
}

void run_linear(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  std::vector<learning::Feature> features;
  const auto table = peers::row_table(arguments.at(1), std::stoll(arguments.at(2)), features);
  const auto all = peers::read_values<std::int32_t>(arguments.at(3), 0, table.rows());
  const auto rows = base::Partition(table.rows(), communicator.size()).rows_of(communicator.rank());
  learning::Target target;
  target.classes = {"0", "1"};
  target.rows_of_class.assign(2, 0);
  for (const auto code : all) ++target.rows_of_class[static_cast<std::size_t>(code)];
  target.codes.assign(all.begin() + rows.first, all.begin() + rows.last);
  linear::FitOptions options;
  options.c = std::stod(arguments.at(4));
  options.intercept_penalty = 1;
  parallel::set_thread_count(std::stoi(arguments.at(5)));
  data::Budget budget(std::int64_t{1} << 40);
  peers::NoSpill spill;

  const Clock clock;
  const auto design = linear::build_design(communicator, table, features, {.standardize = false}, budget, spill);
  const auto fit = linear::fit_squared_hinge(communicator, design, target, options, budget);
  communicator.barrier();
  const double seconds = clock.seconds();
  if (!communicator.is_root()) return;
  fmt::print(R"({{"seconds": {:.4f}, "objective": {:.12g}, "iterations": {}}})"
             "\n",
             seconds, fit.objective, fit.history.size() - 1);
  peers::write_values(arguments.at(6), std::span<const double>(fit.coefficients));
}

}  // namespace

int main(int argc, char** argv) {
  return fullbase::peers::main_of(argc, argv, [](comm::Communicator& communicator, const std::vector<std::string>& arguments) {
    if (arguments.at(0) == "rbf") return run_rbf(communicator, arguments);
    if (arguments.at(0) == "linear") return run_linear(communicator, arguments);
    throw base::usage_error("the first argument is rbf or linear");
  });
}
