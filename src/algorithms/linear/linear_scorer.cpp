#include "algorithms/linear/linear_scorer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "algorithms/linear/kernel.hpp"
#include "base/block.hpp"
#include "base/contract.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"
#include "data/column.hpp"

namespace fullbase::linear {
namespace {

constexpr std::int64_t block_rows = base::block_rows;

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

LinearModel linear_model(learning::ModelHead head, const Design& design, const LinearFit& fit, Missing missing,
                         bool probabilities) {
  return {std::move(head), design.encoding(), fit.outputs, fit.coefficients, missing, probabilities};
}

/// A block of rows on its way through the model.
struct LinearScorer::Rows {
  std::int64_t count = 0;
  std::vector<double> dense;
  std::vector<std::int32_t> places;
  std::vector<double> scores;            ///< by output, block_rows each
  std::vector<std::uint8_t> not_scored;  ///< a byte a row
};

LinearScorer::LinearScorer(LinearModel model) : Scorer(std::move(model.head)), model_(std::move(model)) {
  const auto& encoding = model_.encoding;
  const auto places = encoding.places();
  FULLBASE_EXPECTS(std::ssize(model_.coefficients) == model_.outputs * places, "every output has its coefficients");
  FULLBASE_EXPECTS(model_.outputs == (head().classes.size() == 2 ? 1 : head().outputs()), "outputs are the classes'");
  for (int k = 0; k < model_.outputs; ++k)
    for (std::size_t c = 0; c + 1 < encoding.first.size(); ++c) {
      base::ExactSum sum;
      for (auto place = encoding.first[c]; place < encoding.first[c + 1]; ++place)
        sum.add(encoding.shares[index(place - encoding.dense())] * model_.coefficients[index(k * places + place)]);
      mean_effects_.push_back(sum.value());
    }
}

void LinearScorer::score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const {
  FULLBASE_EXPECTS(0 <= rows && rows <= block_rows, "rows are scored a block at a time");
  const auto& encoding = model_.encoding;
  Rows encoded{rows, std::vector<double>(index(encoding.dense() * block_rows)),
               std::vector<std::int32_t>(index(encoding.indexes() * block_rows), -1),
               std::vector<double>(index(model_.outputs * block_rows)), std::vector<std::uint8_t>(index(rows), 0)};
  encoding.encode(values, stride, rows, encoded.dense.data(), encoded.places.data(), block_rows);
  for (std::int64_t i = 0; i < rows; ++i)
    encoded.not_scored[index(i)] = is_scored(values + i, stride, std::ssize(head().features), model_.missing) ? 0 : 1;
  score_encoded(encoded);
  add_outputs(encoded, out);
  if (effects != nullptr) add_effects(encoded, out, effects);
}

void LinearScorer::score_encoded(Rows& encoded) const {
  const auto& encoding = model_.encoding;
  for (int k = 0; k < model_.outputs; ++k) {
    const double* own = model_.coefficients.data() + k * encoding.places();
    double* scores = encoded.scores.data() + k * block_rows;
    kernel::active().add_scores(encoded.dense.data(), encoding.dense(), own, scores);
    for (std::int64_t c = 0; c < encoding.indexes(); ++c)
      for (std::int64_t i = 0; i < encoded.count; ++i) {
        const auto place = encoded.places[index(c * block_rows + i)];
        scores[i] += place >= 0 ? own[place] : 0.0;
      }
  }
}

void LinearScorer::add_outputs(const Rows& encoded, double* out) const {
  const auto outputs = head().outputs();
  for (std::int64_t i = 0; i < encoded.count; ++i) {
    double* own = out + i * outputs;
    const double* scores = encoded.scores.data() + i;
    if (encoded.not_scored[index(i)] != 0) {
      std::fill_n(own, outputs, data::missing_float64);
    } else if (!model_.probabilities) {
      if (model_.outputs == 1) {
        own[0] = 0.0 - scores[0];
        own[1] = scores[0] + 0.0;
      } else {
        for (int k = 0; k < outputs; ++k) own[k] = scores[k * block_rows] + 0.0;
      }
    } else if (model_.outputs == 1) {
      const double e = base::exp(-std::fabs(scores[0]));
      const double smaller = e / (1 + e);
      const double greater = 1 / (1 + e);
      own[0] = scores[0] >= 0 ? smaller : greater;
      own[1] = scores[0] >= 0 ? greater : smaller;
    } else {
      double greatest = scores[0];
      for (int k = 1; k < outputs; ++k) greatest = std::max(greatest, scores[k * block_rows]);
      double sum = 0;
      for (int k = 0; k < outputs; ++k) {
        own[k] = base::exp(scores[k * block_rows] - greatest);
        sum += own[k];
      }
      for (int k = 0; k < outputs; ++k) own[k] /= sum;
    }
  }
}

void LinearScorer::add_effects(const Rows& encoded, const double* out, double* effects) const {
  const auto& encoding = model_.encoding;
  const auto features = std::ssize(head().features);
  const auto outputs = head().outputs();
  for (std::int64_t i = 0; i < encoded.count; ++i) {
    double* own = effects + i * features;
    if (encoded.not_scored[index(i)] != 0) {
      std::fill_n(own, features, data::missing_float64);
      continue;
    }
    const int k = model_.outputs == 1 ? 0 : learning::greatest_output(out + i * outputs, outputs);
    const double* coefficients = model_.coefficients.data() + k * encoding.places();
    for (std::size_t j = 0; j < encoding.numbers.size(); ++j)
      own[encoding.numbers[j]] = coefficients[j] * encoded.dense[j * index(block_rows) + index(i)] + 0.0;
    for (std::size_t c = 0; c < encoding.categoricals.size(); ++c) {
      const auto place = encoded.places[c * index(block_rows) + index(i)];
      const double mean = mean_effects_[index(k) * encoding.categoricals.size() + c];
      own[encoding.categoricals[c]] = (place >= 0 ? coefficients[place] : 0.0) - mean;
    }
  }
}

}  // namespace fullbase::linear
