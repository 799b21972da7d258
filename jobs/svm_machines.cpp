#include "jobs/svm_machines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "algorithms/kernel_machines/dense_rows.hpp"
#include "algorithms/kernel_machines/nystroem.hpp"
#include "algorithms/kernel_machines/svc_state.hpp"
#include "algorithms/linear/encoding_fit.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/redistribute.hpp"
#include "jobs/linear_training.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {
namespace {

using kernel_machines::Machine;

double resolved_gamma(runtime::StepContext& context, const RbfTask& task, const linear::Encoding& encoding,
                      const RbfOptions& options) {
  const auto columns = static_cast<double>(kernel_machines::dense_columns(encoding));
  if (options.gamma.rule == Gamma::Rule::number) return options.gamma.value;
  if (options.gamma.rule == Gamma::Rule::automatic) return 1 / columns;
  const double variance =
      kernel_machines::value_variance(context.communicator(), task.source, task.features, encoding, options.encoding.standardize);
  return variance > 0 ? 1 / (columns * variance) : 1;
}

/// Collective. The machine of each pair of classes, by rows in memory.
void train_exact(StepPart& part, const RbfTask& task, const RbfOptions& options, std::string_view what, RbfTraining& training) {
  auto& context = part.context();
  auto& communicator = context.communicator();
  const auto rows = comm::own_rows(communicator, task.source.rows());
  auto& model = training.model;
  data::Reservation reservation;
  const auto panel = comm::collective_try(communicator, "read rows", [&] {
    const auto columns = kernel_machines::dense_columns(model.encoding);
    reservation =
        context.budget().require(kernel_machines::RowPanel::bytes(rows.size(), columns), "the rows of a kernel machine");
    return kernel_machines::read_rows(task.source, rows, task.features, model.encoding);
  });
  kernel_machines::SvcOptions fit;
  fit.gamma = model.expansion.gamma;
  fit.cost = options.cost;
  fit.class_weights = task.class_weights;
  fit.smo.tolerance = options.gap;
  fit.smo.max_steps = std::max<std::int64_t>(10'000'000, 100 * task.source.rows());
  const auto classes = static_cast<std::int64_t>(task.target.classes.size());
  const auto machines = kernel_machines::machine_count(kernel_machines::Scheme::one_vs_one, classes);
  const kernel_machines::SvcShape shape{task.source.rows(), rows, classes};
  kernel_machines::SvcResume resume;
  if (part.has_left("machine_counts")) {
    resume = part.read_left([&](const data::StateReader& reader, const std::string& prefix) {
      return kernel_machines::read_state(reader, prefix, shape);
    });
  }
  const auto observe = [&](const kernel_machines::SvcState& state) {
    const auto done = std::ssize(state.machines);
    const auto detail =
        fmt::format("{}, machine {}, round {}, gap {:.3g}", what, done + 1, state.running.rounds, state.running.gap);
    part.end_round({done, machines, detail}, [&](data::StateWriter& writer, const std::string& prefix) {
      kernel_machines::put_state(writer, prefix, state, shape);
    });
  };
  auto svc = kernel_machines::fit_svc(communicator, {panel, rows.first, task.target.codes}, classes, fit, context.budget(),
                                      observe, resume);
  model.expansion = std::move(svc.expansion);
  training.machines = std::move(svc.machines);
  training.coefficients =
      std::make_shared<HeldCoefficients>(HeldCoefficients{std::move(svc.coefficients), std::move(svc.reservation)});
  part.keep([machines_done = training.machines, coefficients = training.coefficients, shape](data::StateWriter& writer,
                                                                                             const std::string& prefix) {
    kernel_machines::put_state(writer, prefix, {machines_done, coefficients->values, {}}, shape);
  });
}

/// Collective. Linear machines in the features that landmarks span.
void train_on_landmarks(StepPart& part, const RbfTask& task, const RbfOptions& options, std::string_view what,
                        RbfTraining& training) {
  auto& context = part.context();
  auto& communicator = context.communicator();
  auto& model = training.model;
  const auto columns = kernel_machines::dense_columns(model.encoding);
  training.landmarks = kernel_machines::draw_rows(communicator, context.key("landmarks"), task.source.rows(), options.landmarks);
  auto points = kernel_machines::gather_rows(communicator, task.source, task.features, model.encoding, training.landmarks);
  const auto count = std::ssize(training.landmarks);
  data::Reservation reservation;
  const auto map = comm::collective_try(communicator, "landmarks", [&] {
    reservation = context.budget().require(kernel_machines::NystroemMap::bytes(count, columns), "the landmarks' kernel");
    return kernel_machines::NystroemMap(model.expansion.gamma, columns, std::move(points));
  });
  const auto design = kernel_machines::map_rows(communicator, task.source, task.features, model.encoding, map, context.budget(),
                                                context.spill(), linear::fit_bytes(task.source.rows(), count + 1, 1));
  linear::FitOptions fit_options;
  fit_options.c = options.cost;
  fit_options.tolerance = options.tolerance;
  fit_options.max_iterations = static_cast<int>(options.max_iterations);
  fit_options.class_weights.assign(task.class_weights.begin(), task.class_weights.end());
  const LinearRounds rounds(part, [&](const linear::Iteration& iteration) {
    return Round{iteration.iteration, fit_options.max_iterations,
                 fmt::format("{}, iteration {}, objective {:.6g}", what, iteration.iteration, iteration.objective)};
  });
  const auto fit = linear::fit_squared_hinge(communicator, design, task.target, fit_options, context.budget(), rounds.observer(),
                                             rounds.resume());
  std::vector<linear::Iteration> last(task.target.classes.size());
  for (const auto& iteration : fit.history) last[static_cast<std::size_t>(iteration.output)] = iteration;
  const auto classes = static_cast<std::int64_t>(task.target.classes.size());
  model.expansion = map.expansion(fit, classes);
  for (std::int64_t m = 0; m < model.expansion.machines(); ++m) {
    const auto& end = last[static_cast<std::size_t>(m)];
    Machine machine;
    machine.first = classes == 2 ? 0 : -1;
    machine.second = static_cast<std::int32_t>(classes == 2 ? 1 : m);
    machine.rows = task.source.rows();
    machine.support = count;
    machine.bias = model.expansion.biases[static_cast<std::size_t>(m)];
    machine.objective = end.objective;
    machine.gap = end.gradient_norm;
    machine.steps = end.iteration;
    machine.converged = fit.converged;
    training.machines.push_back(machine);
  }
}

/// What the machine speaks against: a class, or all the rest.
std::string against(const Machine& machine, const std::vector<std::string>& classes) {
  return machine.first < 0 ? std::string("rest") : classes[static_cast<std::size_t>(machine.first)];
}

TableBuilder machine_rows(const RbfTraining& training) {
  TableBuilder table;
  auto& names = table.strings("class");
  auto& others = table.strings("against");
  auto& methods = table.strings("method");
  auto& rows = table.int64s("rows");
  auto& support = table.int64s("support");
  auto& bias = table.float64s("bias");
  auto& objective = table.float64s("objective");
  auto& gap = table.float64s("gap");
  auto& iterations = table.int64s("iterations");
  auto& converged = table.bools("converged");
  for (const auto& machine : training.machines) {
    names.push_back(training.model.head.classes[static_cast<std::size_t>(machine.second)]);
    others.push_back(against(machine, training.model.head.classes));
    methods.push_back(training.landmarks.empty() ? "exact" : "nystroem");
    rows.push_back(machine.rows);
    support.push_back(machine.support);
    bias.push_back(machine.bias);
    objective.push_back(machine.objective);
    gap.push_back(machine.gap);
    iterations.push_back(machine.steps);
    converged.push_back(machine.converged ? 1 : 0);
  }
  return table;
}

/// A table `support_vectors` in the making.
struct SupportRows {
  TableBuilder table;
  std::vector<std::int64_t>& row = table.int64s("row");
  data::Strings& name = table.strings("class");
  data::Strings& other = table.strings("against");
  std::vector<double>& coefficient = table.float64s("coefficient");

  void add(std::int64_t number, const Machine& machine, const std::vector<std::string>& classes, double value) {
    if (value == 0) return;
    row.push_back(number);
    name.push_back(classes[static_cast<std::size_t>(machine.second)]);
    other.push_back(against(machine, classes));
    coefficient.push_back(value);
  }
};

}  // namespace

RbfTraining train_rbf(StepPart& part, const RbfTask& task, const RbfOptions& options, std::string_view what) {
  auto& context = part.context();
  RbfTraining training;
  auto& model = training.model;
  model.head = learning::head_of({task.features.begin(), task.features.end()}, task.target);
  const learning::FeatureReader reader(task.source, task.features);
  {
    const auto blocks =
        base::Partition(task.source.rows(), context.communicator().size()).blocks_of(context.communicator().rank());
    const auto moments = comm::collective_try(context.communicator(), "encoding", [&] {
      return context.budget().require(linear::encoding_fit_bytes(blocks.size(), std::ssize(task.features)),
                                      "what an encoding is fitted to");
    });
    model.encoding = linear::fit_encoding(context.communicator(), task.source, task.features, reader, options.encoding);
  }
  model.missing = options.encoding.missing;
  model.expansion.gamma = resolved_gamma(context, task, model.encoding, options);
  if (options.exact)
    train_exact(part, task, options, what, training);
  else
    train_on_landmarks(part, task, options, what, training);
  return training;
}

data::Batch machine_table(const RbfTraining& training) {
  return machine_rows(training).batch();
}
data::Schema machine_schema() {
  return machine_rows({}).schema();
}
data::Schema support_schema() {
  return SupportRows().table.schema();
}

void write_support(runtime::StepContext& context, const RbfTask& task, const RbfTraining& training) {
  auto& communicator = context.communicator();
  const auto& expansion = training.model.expansion;
  const auto& classes = training.model.head.classes;
  const auto rows = comm::own_rows(communicator, task.source.rows());
  auto batch = comm::collective_try(communicator, "rows that support", [&] {
    SupportRows support;
    const auto slots = expansion.slots();
    if (training.landmarks.empty()) {
      const auto numbers = task.source.source_rows(rows);
      for (std::size_t i = 0; i < numbers.size(); ++i)
        for (std::int64_t slot = 0; slot < slots; ++slot) {
          const std::int64_t own = task.target.codes[i];
          const auto machine = slot < own ? kernel_machines::pair_machine(slot, own, expansion.classes)
                                          : kernel_machines::pair_machine(own, slot + 1, expansion.classes);
          support.add(numbers[i], training.machines[static_cast<std::size_t>(machine)], classes,
                      training.coefficients->values[i * static_cast<std::size_t>(slots) + static_cast<std::size_t>(slot)]);
        }
    }
    for (std::size_t s = 0; s < training.landmarks.size(); ++s) {
      if (!rows.contains(training.landmarks[s])) continue;
      for (std::int64_t slot = 0; slot < slots; ++slot)
        support.add(task.source.source_row(training.landmarks[s]), training.machines[static_cast<std::size_t>(slot)], classes,
                    expansion.coefficient(static_cast<std::int64_t>(s), slot));
    }
    return support.table.batch();
  });
  context.write_local("support_vectors", comm::redistribute(communicator, std::move(batch)));
}

}  // namespace fullbase::jobs
