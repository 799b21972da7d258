#include "algorithms/kernel_machines/calibrated_scorer.hpp"

#include <cmath>
#include <utility>

#include "algorithms/kernel_machines/rbf_scorer.hpp"
#include "algorithms/linear/linear_scorer.hpp"
#include "base/error.hpp"

namespace fullbase::kernel_machines {

void calibrate(std::span<const Sigmoid> sigmoids, std::span<double> scores) noexcept {
  if (scores.size() == 2) {
    const double p = sigmoids[0].probability(scores[1]);
    scores[0] = 1 - p;
    scores[1] = p;
    return;
  }
  double sum = 0;
  for (std::size_t c = 0; c < scores.size(); ++c) {
    scores[c] = sigmoids[c].probability(scores[c]);
    sum += scores[c];
  }
  for (auto& score : scores) score = sum > 0 ? score / sum : 1 / static_cast<double>(scores.size());
}

CalibratedScorer::CalibratedScorer(std::unique_ptr<learning::Scorer> machine, std::vector<Sigmoid> sigmoids)
    : Scorer(machine->head()), machine_(std::move(machine)), sigmoids_(std::move(sigmoids)) {}

void CalibratedScorer::score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const {
  machine_->score(values, stride, rows, out, effects);
  const auto outputs = static_cast<std::size_t>(head().outputs());
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::span scores(out + i * static_cast<std::int64_t>(outputs), outputs);
    // A row that the machine does not score has no probabilities.
    if (!std::isnan(scores[0])) calibrate(sigmoids_, scores);
  }
}

data::Batch write_calibrated(const data::Batch& machine, const learning::ModelHead& head, std::span<const Sigmoid> sigmoids) {
  std::vector<double> slopes;
  std::vector<double> offsets;
  for (const auto& sigmoid : sigmoids) {
    slopes.push_back(sigmoid.slope);
    offsets.push_back(sigmoid.offset);
  }
  learning::ModelWriter writer(calibrated_kind);
  writer.integers("machine", machine.columns.front().int64s()).numbers("slopes", slopes).numbers("offsets", offsets);
  return writer.table(learning::told(head.label_type, false));
}

std::unique_ptr<learning::Scorer> load_calibrated(const learning::ModelReader& reader) {
  const auto damaged = [&](const char* what) {
    return base::input_error(std::string("the model's ") + what, reader.where(), "train it anew");
  };
  const learning::ModelReader inner(reader.integers("machine"), reader.where());
  std::unique_ptr<learning::Scorer> machine;
  if (inner.kind() == rbf_kind) machine = load_rbf(inner);
  if (inner.kind() == linear::linear_svm_kind) machine = linear::load_linear(inner);
  if (machine == nullptr) throw damaged("machine is none that has decision values");
  const auto slopes = reader.numbers("slopes");
  const auto offsets = reader.numbers("offsets");
  const auto outputs = static_cast<std::size_t>(machine->head().outputs());
  if (slopes.size() != offsets.size() || slopes.size() != (outputs == 2 ? 1 : outputs))
    throw damaged("sigmoids do not fit its classes");
  std::vector<Sigmoid> sigmoids;
  for (std::size_t c = 0; c < slopes.size(); ++c) {
    if (!std::isfinite(slopes[c]) || !std::isfinite(offsets[c])) throw damaged("sigmoids are not finite");
    sigmoids.push_back({slopes[c], offsets[c]});
  }
  return std::make_unique<CalibratedScorer>(std::move(machine), std::move(sigmoids));
}

}  // namespace fullbase::kernel_machines
