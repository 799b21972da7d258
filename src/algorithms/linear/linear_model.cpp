// The stored form of a linear model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/linear/encoding_words.hpp"
#include "algorithms/linear/linear_scorer.hpp"
#include "base/error.hpp"

namespace fullbase::linear {
data::Batch write_linear(const LinearModel& model) {
  learning::ModelWriter writer(model.probabilities ? logistic_kind : linear_svm_kind);
  learning::write_head(writer, model.head);
  write_encoding(writer, model.encoding);
  writer.numbers("coefficients", model.coefficients).integer("fills_missing", model.missing == Missing::mean ? 1 : 0);
  return writer.table(learning::told(model.head.label_type, false));
}

LinearModel read_linear(const learning::ModelReader& reader) {
  LinearModel model;
  const auto refuse = [&](const char* what) {
    throw base::input_error(fmt::format("the model's {}", what), reader.where(), "train the model anew").known_to_all();
  };
  model.head = learning::read_head(reader);
  if (model.head.task == learning::Task::regression) refuse("task is none that a linear model has");
  model.encoding = read_encoding(reader, model.head);
  model.coefficients = reader.numbers("coefficients");
  model.missing = reader.integer("fills_missing") != 0 ? Missing::mean : Missing::error;
  model.probabilities = reader.kind() == logistic_kind;
  model.outputs = model.head.classes.size() == 2 ? 1 : model.head.outputs();
  if (std::ssize(model.coefficients) != model.outputs * model.encoding.places())
    refuse("coefficients are not those of its features and classes");
  if (!std::ranges::all_of(model.coefficients, [](double x) { return std::isfinite(x); })) refuse("coefficients are not finite");
  return model;
}

std::unique_ptr<learning::Scorer> load_linear(const learning::ModelReader& reader) {
  return std::make_unique<LinearScorer>(read_linear(reader));
}

}  // namespace fullbase::linear
