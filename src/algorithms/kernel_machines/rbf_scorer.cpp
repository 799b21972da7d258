#include "algorithms/kernel_machines/rbf_scorer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "algorithms/kernel_machines/dense_rows.hpp"
#include "algorithms/kernel_machines/kernel.hpp"
#include "algorithms/kernel_machines/row_panel.hpp"
#include "algorithms/linear/encoding_words.hpp"
#include "base/error.hpp"
#include "base/math.hpp"
#include "data/column.hpp"

namespace fullbase::kernel_machines {

namespace {

constexpr auto block_values = static_cast<std::size_t>(base::block_rows);

}  // namespace

RbfScorer::RbfScorer(RbfModel model)
    : Scorer(std::move(model.head)),
      encoding_(std::move(model.encoding)),
      expansion_(std::move(model.expansion)),
      missing_(model.missing),
      columns_of_(columns_of_features(encoding_)),
      mean_(mean_row(encoding_)) {}

void RbfScorer::score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const {
  const auto columns = static_cast<std::size_t>(dense_columns(encoding_));
  const auto outputs = static_cast<std::size_t>(head().outputs());
  std::vector<double> encoded(columns * block_values);
  std::vector<double> scratch;
  std::vector<std::int32_t> index;
  encode_dense(encoding_, values, stride, rows, encoded.data(), scratch, index);
  std::vector<double> decisions(static_cast<std::size_t>(expansion_.machines()) * block_values);
  std::vector<double> buffer(kernel::point_group * block_values);
  decide(expansion_, encoded.data(), rows, buffer.data(), decisions.data());
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::span scores(out + i * static_cast<std::int64_t>(outputs), outputs);
    class_scores(expansion_.scheme, expansion_.classes, decisions.data() + i, base::block_rows, scores.data());
  }
  if (effects != nullptr) add_effects(encoded.data(), rows, out, effects);
  for (std::int64_t i = 0; i < rows; ++i) {
    if (linear::is_scored(values + i, stride, std::ssize(columns_of_), missing_)) continue;
    std::fill_n(out + i * static_cast<std::int64_t>(outputs), outputs, data::missing_float64);
    if (effects != nullptr) std::fill_n(effects + i * std::ssize(columns_of_), columns_of_.size(), data::missing_float64);
  }
}

void RbfScorer::add_effects(const double* columns, std::int64_t rows, const double* out, double* effects) const {
  const auto outputs = head().outputs();
  const auto features = columns_of_.size();
  const auto count = static_cast<std::size_t>(rows);
  const auto width = expansion_.columns;
  std::vector<std::int64_t> explained(count, 1);
  if (outputs > 2)
    for (std::size_t i = 0; i < count; ++i)
      explained[i] = learning::greatest_output(out + static_cast<std::int64_t>(i) * outputs, outputs);
  std::vector<double> distances(block_values), moved(count), weights(count), values(count);
  std::vector<double> by_class(static_cast<std::size_t>(expansion_.classes));
  std::vector<double> here(count, 0.0);              // the decision, without its bias
  std::vector<double> there(features * count, 0.0);  // the same, with a feature as an average row has it
  const auto add = [&](double* sums) {
    base::exp(moved, values);
    for (std::size_t i = 0; i < count; ++i) sums[i] += weights[i] * values[i];
  };
  for (std::int64_t s = 0; s < expansion_.count(); ++s) {
    const auto point = expansion_.point(s);
    kernel::active().squared_distances(columns, rows, point.data(), 1, width, distances.data());
    for (std::int64_t c = 0; c < expansion_.classes; ++c) by_class[static_cast<std::size_t>(c)] = expansion_.weight_for(s, c);
    for (std::size_t i = 0; i < count; ++i) weights[i] = by_class[static_cast<std::size_t>(explained[i])];
    for (std::size_t i = 0; i < count; ++i) moved[i] = -expansion_.gamma * distances[i];
    add(here.data());
    for (std::size_t f = 0; f < features; ++f) {
      for (std::size_t i = 0; i < count; ++i) moved[i] = distances[i];
      for (auto j = columns_of_[f].first; j < columns_of_[f].second; ++j) {
        const double from_mean = mean_[static_cast<std::size_t>(j)] - point[static_cast<std::size_t>(j)];
        const double* const column = columns + j * base::block_rows;
        for (std::size_t i = 0; i < count; ++i) {
          const double from_row = column[i] - point[static_cast<std::size_t>(j)];
          moved[i] += from_mean * from_mean - from_row * from_row;
        }
      }
      for (std::size_t i = 0; i < count; ++i) moved[i] = -expansion_.gamma * std::max(moved[i], 0.0);
      add(there.data() + f * count);
    }
  }
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t f = 0; f < features; ++f) effects[i * features + f] = here[i] - there[f * count + i] + 0.0;
}

data::Batch write_rbf(const RbfModel& model) {
  learning::ModelWriter writer(rbf_kind);
  learning::write_head(writer, model.head);
  linear::write_encoding(writer, model.encoding);
  write_expansion(writer, model.expansion);
  writer.integer("fills_missing", model.missing == linear::Missing::mean ? 1 : 0);
  return writer.table(learning::told(model.head.label_type, false));
}

RbfModel read_rbf(const learning::ModelReader& reader) {
  const auto damaged = [&](const char* what) {
    return base::input_error(std::string("the model's ") + what, reader.where(), "train it anew");
  };
  RbfModel model;
  model.head = learning::read_head(reader);
  if (model.head.task == learning::Task::regression) throw damaged("task is no classification");
  model.encoding = linear::read_encoding(reader, model.head);
  model.expansion = read_expansion(reader);
  if (model.expansion.classes != model.head.outputs() || model.expansion.columns != dense_columns(model.encoding))
    throw damaged("points do not fit its classes and features");
  model.missing = reader.integer("fills_missing") != 0 ? linear::Missing::mean : linear::Missing::error;
  return model;
}

std::unique_ptr<learning::Scorer> load_rbf(const learning::ModelReader& reader) {
  return std::make_unique<RbfScorer>(read_rbf(reader));
}

}  // namespace fullbase::kernel_machines
