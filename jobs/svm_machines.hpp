// The kernel machines of job svm: trained on a table, exactly or by landmarks, and what becomes of it in tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/kernel_machines/rbf_scorer.hpp"
#include "algorithms/kernel_machines/svc.hpp"
#include "algorithms/learning/target.hpp"
#include "algorithms/linear/design.hpp"
#include "data/block_source.hpp"
#include "data/schema.hpp"
#include "jobs/step_part.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// Gamma of the kernel, as the job file says it.
struct Gamma {
  enum class Rule : std::uint8_t { scale, automatic, number };
  Rule rule = Rule::scale;
  double value = 0;  ///< of a number
};

struct RbfOptions {
  double cost = 1;
  Gamma gamma = {};
  double gap = 1e-3;         ///< at which an exact machine is done
  double tolerance = 1e-10;  ///< of the fit to landmarks, as max_iterations
  std::int64_t max_iterations = 100;
  linear::DesignOptions encoding = {};
  bool exact = true;
  std::int64_t landmarks = 500;
};

/// The rows to train on, base::Partition(source.rows(), size()). All by reference.
struct RbfTask {
  const data::BlockSource& source;
  std::span<const learning::Feature> features;
  const learning::Target& target;
  std::span<const double> class_weights;
};

struct HeldCoefficients {
  std::vector<double> values;
  data::Reservation reservation;
};

struct RbfTraining {
  kernel_machines::RbfModel model;
  std::vector<kernel_machines::Machine> machines;
  std::vector<std::int64_t> landmarks;  ///< rows of the source; none where the machine is exact
  /// Exact: as kernel_machines::Svc has them, with their reservation.
  std::shared_ptr<const HeldCoefficients> coefficients;
};

/// Collective; the same on every rank but for the coefficients. Encodes the rows, works gamma out, and trains the machines:
/// exactly (kernel_machines::fit_svc), or on landmarks drawn with the step's key (kernel_machines::NystroemMap and
/// linear::fit_squared_hinge), as a part of the step: ends a round of it where the solver does, goes on where a run was broken
/// off, and is kept by checkpoints until the part ends. `what` is what progress says.
RbfTraining train_rbf(StepPart& part, const RbfTask& task, const RbfOptions& options, std::string_view what);

/// One row a machine: against, class, method, rows, support, bias, objective, gap, iterations, converged.
data::Batch machine_table(const RbfTraining& training);
data::Schema machine_schema();

/// Row, class, against, coefficient: alpha y of each row that supports a machine; of landmarks, their weight in it.
data::Schema support_schema();
/// Collective. Writes the table `support_vectors`, by row, then machine.
void write_support(runtime::StepContext& context, const RbfTask& task, const RbfTraining& training);

}  // namespace fullbase::jobs
