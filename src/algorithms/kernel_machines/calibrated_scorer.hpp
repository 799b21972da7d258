// A machine of decision values that tells probabilities.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "algorithms/kernel_machines/platt.hpp"
#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/scorer.hpp"

namespace fullbase::kernel_machines {

inline constexpr std::string_view calibrated_kind = "calibrated_svm";

/// Probabilities of the classes from their decision values: of two classes, one sigmoid of the second's; of more, a sigmoid of
/// each one's, divided by their sum.
void calibrate(std::span<const Sigmoid> sigmoids, std::span<double> scores) noexcept;

/// Outputs are calibrate()d; effects are the machine's own, on the decision for the class that the machine puts first.
class CalibratedScorer final : public learning::Scorer {
 public:
  CalibratedScorer(std::unique_ptr<learning::Scorer> machine, std::vector<Sigmoid> sigmoids);

  Output output() const noexcept override { return Output::probability; }
  void score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const override;

 private:
  std::unique_ptr<learning::Scorer> machine_;
  std::vector<Sigmoid> sigmoids_;
};

/// The table `model`, around that of the machine.
data::Batch write_calibrated(const data::Batch& machine, const learning::ModelHead& head, std::span<const Sigmoid> sigmoids);
/// Throws input errors for whatever does not fit together. Machines: svm_rbf, linear_svm.
std::unique_ptr<learning::Scorer> load_calibrated(const learning::ModelReader& reader);

}  // namespace fullbase::kernel_machines
