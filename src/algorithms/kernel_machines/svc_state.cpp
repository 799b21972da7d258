#include "algorithms/kernel_machines/svc_state.hpp"

#include "base/error.hpp"

namespace fullbase::kernel_machines {
namespace {

/// Integers and doubles of a machine.
constexpr std::size_t counts_of_machine = 7;
constexpr std::size_t values_of_machine = 3;

bool has_ended(std::int64_t machines, const SvcShape& shape) {
  return machines == machine_count(Scheme::one_vs_one, shape.classes);
}

}  // namespace

void put_state(data::StateWriter& writer, const std::string& part, const SvcState& state, const SvcShape& shape) {
  std::vector<std::int64_t> counts;
  std::vector<double> values;
  for (const auto& machine : state.machines) {
    counts.insert(counts.end(), {machine.first, machine.second, machine.rows, machine.support, machine.steps, machine.rounds,
                                 machine.converged ? 1 : 0});
    values.insert(values.end(), {machine.bias, machine.objective, machine.gap});
  }
  writer.put(part + "machine_counts", counts);
  writer.put(part + "machine_values", values);
  writer.put_rows(part + "coefficients", shape.rows, shape.classes - 1, shape.local, state.coefficients);
  if (has_ended(std::ssize(state.machines), shape)) return;
  const auto& running = state.running;
  writer.put_rows(part + "alphas", shape.rows, 1, shape.local, running.alphas);
  writer.put_rows(part + "scores", shape.rows, 1, shape.local, running.scores);
  writer.put(part + "set_numbers", running.set.numbers);
  writer.put(part + "set_entered", running.set.entered);
  writer.put(part + "running", std::vector<std::int64_t>{running.set.round, running.steps, running.rounds});
  writer.put_value(part + "gap", running.gap);
}

SvcStateRead read_state(const data::StateReader& reader, const std::string& part, const SvcShape& shape) {
  SvcStateRead read;
  const auto counts = reader.get<std::int64_t>(part + "machine_counts");
  const auto values = reader.get<double>(part + "machine_values");
  const auto machines = counts.size() / counts_of_machine;
  if (values.size() != machines * values_of_machine)
    throw base::internal_error("the state of a support vector machine is shorter than it says");
  for (std::size_t m = 0; m < machines; ++m) {
    const auto* const count = counts.data() + m * counts_of_machine;
    const auto* const value = values.data() + m * values_of_machine;
    read.machines.push_back({.first = static_cast<std::int32_t>(count[0]),
                             .second = static_cast<std::int32_t>(count[1]),
                             .rows = count[2],
                             .support = count[3],
                             .bias = value[0],
                             .objective = value[1],
                             .gap = value[2],
                             .steps = count[4],
                             .rounds = count[5],
                             .converged = count[6] != 0});
  }
  read.coefficients = reader.get_rows<double>(part + "coefficients", shape.classes - 1, shape.local);
  if (has_ended(std::ssize(read.machines), shape)) return read;
  read.alphas = reader.get_rows<double>(part + "alphas", 1, shape.local);
  read.scores = reader.get_rows<double>(part + "scores", 1, shape.local);
  read.running.set.numbers = reader.get<std::int64_t>(part + "set_numbers");
  read.running.set.entered = reader.get<std::int64_t>(part + "set_entered");
  const auto running = reader.get<std::int64_t>(part + "running");
  read.running.set.round = running.at(0);
  read.running.steps = running.at(1);
  read.running.rounds = running.at(2);
  read.running.gap = reader.value<double>(part + "gap");
  return read;
}

SvcState SvcStateRead::state() const {
  SvcState state{machines, coefficients, running};
  state.running.alphas = alphas;
  state.running.scores = scores;
  return state;
}

}  // namespace fullbase::kernel_machines
