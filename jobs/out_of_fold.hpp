// Sigmoids that make probabilities of an SVM's decision values, fitted to rows that its machines were not trained on.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/kernel_machines/platt.hpp"
#include "algorithms/learning/scorer.hpp"
#include "jobs/step_part.hpp"
#include "jobs/training.hpp"

namespace fullbase::jobs {

/// Trains a machine whose outputs are decision values on all rows of a table, as a part of the step. Collective.
using TrainOn = std::function<std::unique_ptr<learning::Scorer>(const LabelledSource& rows, StepPart& fold)>;

/// Collective; the same on every rank. Trains on four fifths of the rows five times (learning::assign_parts by class, with a key
/// of the step), scores the fifth that was left out, and fits a sigmoid to the outputs of all rows: of the second class of two,
/// or one a class (kernel_machines::calibrate). As `part` of the step it goes on in the training in which a run was broken off,
/// and the sigmoids are kept until the part ends.
///
/// Throws an input error, known to all, where a class has fewer than two rows. Memory: 8 bytes a local row and class, 12 a local
/// row, and what `train` takes.
std::vector<kernel_machines::Sigmoid> fit_sigmoids(StepPart& part, const LabelledSource& rows, const TrainOn& train);

}  // namespace fullbase::jobs
