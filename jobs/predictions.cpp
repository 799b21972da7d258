#include "jobs/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "algorithms/prepare/column_values.hpp"

namespace fullbase::jobs {
namespace {

using Output = learning::Scorer::Output;

/// Doubles that are scored at a time where nobody wants a block's outputs as a whole.
constexpr std::int64_t piece_values = std::int64_t{1} << 17;

double clean(double value) {
  return std::isnan(value) ? data::missing_float64 : value + 0.0;  // one NaN pattern, no -0
}

}  // namespace

std::vector<data::Field> prediction_fields(const learning::Told& told, int reasons) {
  std::vector<data::Field> fields;
  fields.push_back({.name = "predicted", .type = told.type, .nullable = true});
  if (!told.is_number) fields.push_back({.name = "score", .type = data::Type::float64, .nullable = true});
  for (int i = 1; i <= reasons; ++i)
    fields.push_back({.name = fmt::format("reason_{}", i), .type = data::Type::category, .nullable = true});
  for (int i = 1; i <= reasons; ++i)
    fields.push_back({.name = fmt::format("effect_{}", i), .type = data::Type::float64, .nullable = true});
  return fields;
}

/// The result's values, row after row.
struct Predictions::Told {
  std::vector<std::int32_t> classes;
  std::vector<double> values;  ///< of a regression
  std::vector<double> scores;
  std::vector<std::vector<std::int32_t>> reasons;  ///< by place
  std::vector<std::vector<double>> effects;        ///< by place
};

Predictions::Predictions(const learning::Scorer& scorer, const learning::FeatureReader& reader, int reasons, double threshold)
    : scorer_(scorer), reader_(reader), reasons_(reasons), threshold_(threshold), classes_(scorer.head()) {
  std::vector<std::string> sorted;
  for (const auto& feature : scorer.head().features) sorted.push_back(feature.name);
  std::ranges::sort(sorted);
  data::Strings texts;
  for (const auto& name : sorted) texts.push_back(name);
  names_ = std::make_shared<const data::Dictionary>(std::move(texts));
  for (const auto& feature : scorer.head().features) name_codes_.push_back(*names_->find(feature.name));
}

std::vector<data::DictionaryPointer> Predictions::dictionaries() const {
  const auto count = static_cast<std::size_t>(reasons_);
  std::vector<data::DictionaryPointer> dictionaries = {classes_.dictionary()};
  if (scorer_.output() != Output::value) dictionaries.push_back(nullptr);
  dictionaries.insert(dictionaries.end(), count, names_);
  dictionaries.insert(dictionaries.end(), count, nullptr);
  return dictionaries;
}

void Predictions::tell(const double* outputs, Told& told) const {
  const auto& head = scorer_.head();
  if (scorer_.output() == Output::value) {
    told.values.push_back(clean(outputs[0]));
    return;
  }
  std::int32_t predicted = -1;
  int shown = 0;
  if (!std::isnan(outputs[0])) {
    if (head.task == learning::Task::binary) {
      shown = 1;
      predicted = outputs[1] >= threshold_ ? 1 : 0;
    } else {
      predicted = scorer_.output() == Output::distance ? learning::least_output(outputs, head.outputs())
                                                       : learning::greatest_output(outputs, head.outputs());
      shown = predicted;
    }
  }
  told.classes.push_back(predicted);
  told.scores.push_back(clean(outputs[shown]));
}

void Predictions::explain(const double* effects, Told& told) const {
  const auto count = static_cast<std::size_t>(reasons_);
  std::vector<std::size_t> most;  // features, by falling magnitude
  for (std::size_t f = 0; f < name_codes_.size(); ++f) {
    const double size = std::abs(effects[f]);
    if (!(size > 0)) continue;
    auto place = most.end();
    while (place != most.begin() && std::abs(effects[*(place - 1)]) < size) --place;
    most.insert(place, f);
    if (most.size() > count) most.pop_back();
  }
  for (std::size_t i = 0; i < count; ++i) {
    told.reasons[i].push_back(i < most.size() ? name_codes_[most[i]] : data::missing_code);
    told.effects[i].push_back(i < most.size() ? effects[most[i]] : data::missing_float64);
  }
}

/// Rows of one canonical block, in pieces.
void Predictions::score(const data::Batch& batch, base::RowRange rows, Told& told, PredictionCounts& counts,
                        std::vector<double>& outputs) const {
  const auto width = std::ssize(name_codes_);
  const std::int64_t kept = std::ssize(outputs);
  std::vector<double> values(static_cast<std::size_t>(width * rows.size()));
  std::vector<double> effects(reasons_ > 0 ? values.size() : 0);
  const std::int64_t per_row = scorer_.head().outputs();
  reader_.read(batch, rows.first - batch.rows.first, rows.last - batch.rows.first, values.data(), rows.size());
  outputs.resize(static_cast<std::size_t>(kept + per_row * rows.size()));
  scorer_.score(values.data(), rows.size(), rows.size(), outputs.data() + kept, reasons_ > 0 ? effects.data() : nullptr);
  for (std::int64_t i = 0; i < rows.size(); ++i) {
    const double* const own = outputs.data() + kept + i * per_row;
    counts.not_scored += std::isnan(own[0]) ? 1 : 0;
    tell(own, told);
    if (reasons_ > 0) explain(effects.data() + i * width, told);
  }
  for (std::int64_t f = 0; f < width; ++f) {
    const auto at = static_cast<std::size_t>(f);
    if (!scorer_.head().features[at].categorical) continue;
    counts.unseen[at] +=
        std::count(values.begin() + f * rows.size(), values.begin() + (f + 1) * rows.size(), learning::unseen_category);
  }
}

std::vector<data::Column> Predictions::columns(const data::Batch& batch, PredictionCounts& counts,
                                               const BlockOutputs& outputs) const {
  Told told;
  told.reasons.resize(static_cast<std::size_t>(reasons_));
  told.effects.resize(static_cast<std::size_t>(reasons_));
  counts.unseen.resize(name_codes_.size(), 0);
  const std::int64_t row_values = scorer_.head().outputs() + 2 * std::ssize(name_codes_);
  const std::int64_t piece = std::clamp<std::int64_t>(piece_values / row_values, 1, base::block_rows);
  std::vector<double> values;
  prepare::for_blocks(batch.rows, [&](base::RowRange block) {
    values.clear();
    for (auto first = block.first; first < block.last; first += piece) {
      score(batch, {first, std::min(first + piece, block.last)}, told, counts, values);
      if (!outputs) values.clear();
    }
    if (outputs) outputs(block, values);
  });

  const bool is_number = scorer_.output() == Output::value;
  const auto fields = prediction_fields(learning::told(scorer_.head().label_type, is_number), reasons_);
  std::vector<data::Column> columns;
  if (is_number) {
    columns.emplace_back(fields[0], std::move(told.values));
  } else {
    columns.push_back(classes_.column(fields[0], told.classes));
    columns.emplace_back(fields[1], std::move(told.scores));
  }
  for (auto& codes : told.reasons)
    columns.emplace_back(fields[columns.size()], std::move(codes), std::vector<std::uint8_t>(), names_);
  for (auto& effects : told.effects) columns.emplace_back(fields[columns.size()], std::move(effects));
  return columns;
}

}  // namespace fullbase::jobs
