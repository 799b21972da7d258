#include "algorithms/kernel_machines/svc_state.hpp"

#include <utility>
#include <vector>

#include "base/error.hpp"

namespace fullbase::kernel_machines {
namespace {

/// Integers and doubles of a machine.
constexpr std::size_t counts_of_machine = 7;
constexpr std::size_t values_of_machine = 3;

bool has_ended(std::int64_t machines, const SvcShape& shape) {
  return machines == machine_count(Scheme::one_vs_one, shape.classes);
}

std::vector<Machine> read_machines(const data::StateReader& reader, const std::string& part) {
  const auto counts = reader.get<std::int64_t>(part + "machine_counts");
  const auto values = reader.get<double>(part + "machine_values");
  std::vector<Machine> machines(counts.size() / counts_of_machine);
  if (values.size() != machines.size() * values_of_machine)
    throw base::internal_error("the state of a support vector machine is shorter than it says");
  const auto* count = counts.data();
  const auto* value = values.data();
  for (auto& machine : machines) {
    machine = {.first = static_cast<std::int32_t>(count[0]),
               .second = static_cast<std::int32_t>(count[1]),
               .rows = count[2],
               .support = count[3],
               .bias = value[0],
               .objective = value[1],
               .gap = value[2],
               .steps = count[4],
               .rounds = count[5],
               .converged = count[6] != 0};
    count += counts_of_machine;
    value += values_of_machine;
  }
  return machines;
}

SmoState read_running(const data::StateReader& reader, const std::string& part) {
  SmoState running;
  running.set.numbers = reader.get<std::int64_t>(part + "set_numbers");
  running.set.entered = reader.get<std::int64_t>(part + "set_entered");
  const auto counts = reader.get<std::int64_t>(part + "running");
  running.set.round = counts.at(0);
  running.steps = counts.at(1);
  running.rounds = counts.at(2);
  running.gap = reader.value<double>(part + "gap");
  return running;
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

SvcResume read_state(const data::StateReader& reader, std::string part, const SvcShape& shape) {
  return [&reader, part = std::move(part), shape](std::span<double> coefficients, std::span<double> alphas,
                                                  std::span<double> scores) {
    SvcProgress read{read_machines(reader, part), {}};
    reader.get_rows_into(part + "coefficients", shape.classes - 1, shape.local, coefficients);
    if (has_ended(std::ssize(read.machines), shape)) return read;
    reader.get_rows_into(part + "alphas", 1, shape.local, alphas);
    reader.get_rows_into(part + "scores", 1, shape.local, scores);
    read.running = read_running(reader, part);
    return read;
  };
}

}  // namespace fullbase::kernel_machines
