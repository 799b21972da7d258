// The stored form of a linear model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/linear/linear_scorer.hpp"
#include "base/error.hpp"

namespace fullbase::linear {
namespace {

bool all_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double x) { return std::isfinite(x); });
}

}  // namespace

data::Batch write_linear(const LinearModel& model) {
  learning::ModelWriter writer(model.probabilities ? logistic_kind : linear_svm_kind);
  learning::write_head(writer, model.head);
  writer.numbers("mean", model.encoding.mean)
      .numbers("deviation", model.encoding.deviation)
      .numbers("shares", model.encoding.shares)
      .numbers("coefficients", model.coefficients)
      .integer("fills_missing", model.missing == Missing::mean ? 1 : 0);
  return writer.table(learning::told(model.head.label_type, false));
}

LinearModel read_linear(const learning::ModelReader& reader) {
  LinearModel model;
  const auto refuse = [&](const char* what) {
    throw base::input_error(fmt::format("the model's {}", what), reader.where(), "train the model anew").known_to_all();
  };
  model.head = learning::read_head(reader);
  if (model.head.task == learning::Task::regression) refuse("task is none that a linear model has");
  model.encoding = Encoding::of(model.head.features);
  model.encoding.mean = reader.numbers("mean");
  model.encoding.deviation = reader.numbers("deviation");
  model.encoding.shares = reader.numbers("shares");
  model.coefficients = reader.numbers("coefficients");
  model.missing = reader.integer("fills_missing") != 0 ? Missing::mean : Missing::error;
  model.probabilities = reader.kind() == logistic_kind;
  model.outputs = model.head.classes.size() == 2 ? 1 : model.head.outputs();
  const auto& encoding = model.encoding;
  const auto numbers = encoding.numbers.size();
  if (encoding.mean.size() != numbers || encoding.deviation.size() != numbers)
    refuse("means and deviations are not those of its features");
  if (std::ssize(encoding.shares) != encoding.places() - encoding.dense()) refuse("shares are not those of its categories");
  if (std::ssize(model.coefficients) != model.outputs * encoding.places())
    refuse("coefficients are not those of its features and classes");
  if (!all_finite(encoding.mean) || !all_finite(encoding.shares) || !all_finite(model.coefficients) ||
      !std::ranges::all_of(encoding.deviation, [](double x) { return x > 0 && std::isfinite(x); }))
    refuse("numbers are not finite");
  return model;
}

std::unique_ptr<learning::Scorer> load_linear(const learning::ModelReader& reader) {
  return std::make_unique<LinearScorer>(read_linear(reader));
}

}  // namespace fullbase::linear
