#include "algorithms/clustering/kmeans_scorer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "algorithms/clustering/column_statistics.hpp"
#include "algorithms/clustering/kernel.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "data/batch.hpp"

namespace fullbase::clustering {
namespace {

constexpr auto block_size = static_cast<std::size_t>(base::block_rows);
constexpr std::array<const char*, 5> transform_numbers = {"fill", "shift", "scale", "low", "high"};

std::vector<double> as_doubles(std::span<const float> values) {
  return {values.begin(), values.end()};
}
std::vector<float> as_floats(std::span<const double> values) {
  std::vector<float> floats;
  for (const double value : values) floats.push_back(static_cast<float>(value));
  return floats;
}

std::vector<std::string> texts(const data::Column& column) {
  std::vector<std::string> texts;
  for (std::int64_t row = 0; row < column.rows(); ++row) texts.emplace_back(column.text(row));
  return texts;
}

void write_transforms(learning::ModelWriter& writer, std::span<const prepare::FittedColumn> columns) {
  const auto table = prepare::parameter_table(columns);
  writer.texts("transform_columns", texts(table.at("column")))
      .integers("transform_order", table.at("order").int64s())
      .texts("transforms", texts(table.at("transform")));
  for (const auto* const name : transform_numbers) writer.numbers(name, table.at(name).float64s());
}

std::vector<prepare::FittedColumn> read_transforms(const learning::ModelReader& reader, std::span<const std::string> names) {
  data::Batch table;
  const auto add_texts = [&](const char* column, const char* part) {
    data::Strings strings;
    for (const auto& text : reader.texts(part)) strings.push_back(text);
    table.columns.emplace_back(data::Field{.name = column, .type = data::Type::string}, std::move(strings));
  };
  add_texts("column", "transform_columns");
  add_texts("transform", "transforms");
  table.columns.emplace_back(data::Field{.name = "order", .type = data::Type::int64}, reader.integers("transform_order"));
  for (const auto* const name : transform_numbers)
    table.columns.emplace_back(data::Field{.name = name, .type = data::Type::float64, .nullable = true}, reader.numbers(name));
  table.rows.last = table.columns.front().rows();
  for (const auto& column : table.columns) {
    if (column.rows() != table.rows.size()) throw base::input_error("the model's transforms are incomplete", reader.where());
  }
  return prepare::fitted_columns(table, names, reader.where());
}

/// Positions of the segments in ascending order.
std::vector<std::size_t> ascending(std::span<const std::int64_t> segments) {
  std::vector<std::size_t> order(segments.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t c) { return segments[c]; });
  return order;
}

learning::ModelHead head_of(const KMeansModel& model) {
  learning::ModelHead head;
  for (const auto& column : model.columns) head.features.push_back({.name = column.column});
  head.task = learning::Task::multiclass;
  head.label = "segment";
  head.label_type = data::Type::int64;
  for (const auto c : ascending(model.segments)) head.classes.push_back(std::to_string(model.segments[c]));
  return head;
}

}  // namespace

learning::ModelWriter write_model(const KMeansModel& model) {
  learning::ModelWriter writer(kmeans_kind);
  std::vector<std::string> names;
  for (const auto& column : model.columns) names.push_back(column.column);
  writer.texts("features", names)
      .integer("infinite_is_missing", model.infinite_is_missing ? 1 : 0)
      .numbers("centre", as_doubles(model.centre))
      .numbers("centroids", as_doubles(model.centroids))
      .integers("segments", model.segments);
  write_transforms(writer, model.columns);
  return writer;
}

std::unique_ptr<learning::Scorer> load_kmeans(const learning::ModelReader& reader) {
  KMeansModel model;
  const auto names = reader.texts("features");
  model.columns = read_transforms(reader, names);
  model.infinite_is_missing = reader.integer("infinite_is_missing") != 0;
  model.centre = as_floats(reader.numbers("centre"));
  model.centroids = as_floats(reader.numbers("centroids"));
  model.segments = reader.integers("segments");
  auto different = model.segments;
  std::ranges::sort(different);
  const bool are_distinct = std::ranges::adjacent_find(different) == different.end();
  const auto is_finite = [](float value) { return std::isfinite(value); };
  if (names.empty() || std::ssize(names) > most_columns || model.segments.empty() || !are_distinct ||
      model.centre.size() != names.size() || model.centroids.size() != names.size() * model.segments.size() ||
      !std::ranges::all_of(model.centre, is_finite) || !std::ranges::all_of(model.centroids, is_finite))
    throw base::input_error("the model's centroids are incomplete", reader.where(), "train the model anew");
  return std::make_unique<KMeansScorer>(std::move(model));
}

/// Rows as the fit sees them.
struct KMeansScorer::Rows {
  std::int64_t count = 0;
  std::vector<float> values;          ///< row by row, less the centre
  std::vector<std::uint8_t> refused;  ///< 1: cannot be scored
  std::array<std::int32_t, block_size> label{};
  kernel::Rows view(std::int64_t columns) const { return {values.data(), columns, count}; }
};

KMeansScorer::KMeansScorer(KMeansModel model)
    : Scorer(head_of(model)),
      model_(std::move(model)),
      panel_({model_.centroids.data(), std::ssize(model_.segments), std::ssize(model_.columns)}),
      place_(model_.segments.size()) {
  const auto order = ascending(model_.segments);
  for (std::size_t place = 0; place < order.size(); ++place) place_[order[place]] = static_cast<std::int64_t>(place);
}

/// In double, rounded once to float32, less the centre: as prepare::build_matrix() and ColumnStatistics::centred() do it.
void KMeansScorer::transform(const double* values, std::int64_t stride, Rows& rows) const {
  const auto n = static_cast<std::size_t>(rows.count);
  const auto width = model_.columns.size();
  rows.values.resize(n * width);
  rows.refused.assign(n, 0);
  std::vector<double> x(n);
  for (std::size_t j = 0; j < width; ++j) {
    std::copy_n(values + static_cast<std::int64_t>(j) * stride, n, x.begin());
    for (std::size_t i = 0; i < n; ++i) {
      if (!std::isinf(x[i])) continue;
      if (!model_.infinite_is_missing) rows.refused[i] = 1;
      x[i] = data::missing_float64;
    }
    for (const auto& transform : model_.columns[j].transforms) {
      for (std::size_t i = 0; i < n && transform.transform.kind == prepare::Transform::Kind::log1p; ++i) {
        if (x[i] <= -1) rows.refused[i] = 1;
      }
      transform.forward(x);
    }
    for (std::size_t i = 0; i < n; ++i) {
      auto rounded = static_cast<float>(x[i]) + 0.0F;  // a tiny negative value becomes -0
      if (!(std::abs(rounded) <= greatest_magnitude_allowed)) {
        rows.refused[i] = 1;
        rounded = 0;
      }
      rows.values[i * width + j] = rounded - model_.centre[j];
    }
  }
}

void KMeansScorer::measure(const Rows& rows, double* out) const {
  const auto k = clusters();
  std::array<std::int32_t, block_size> every;
  std::array<double, block_size> squared;
  for (std::int64_t c = 0; c < k; ++c) {
    std::fill_n(every.begin(), rows.count, static_cast<std::int32_t>(c));
    kernel::active().own_distances(rows.view(columns()), model_.centroids.data(), columns(), every.data(), squared.data());
    const auto place = place_[static_cast<std::size_t>(c)];
    for (std::int64_t i = 0; i < rows.count; ++i)
      out[i * k + place] = static_cast<double>(static_cast<float>(std::sqrt(squared[static_cast<std::size_t>(i)])));
  }
  for (std::int64_t i = 0; i < rows.count; ++i) {
    double* const distances = out + i * k;
    if (rows.refused[static_cast<std::size_t>(i)] != 0) {
      std::fill_n(distances, k, data::missing_float64);
      continue;
    }
    const auto own = place_[static_cast<std::size_t>(rows.label[static_cast<std::size_t>(i)])];
    const double least = distances[own];
    const auto next = static_cast<double>(std::nextafter(static_cast<float>(least), std::numeric_limits<float>::infinity()));
    for (std::int64_t c = 0; c < k; ++c) {
      if (c != own && distances[c] <= least) distances[c] = next;
    }
  }
}

void KMeansScorer::explain(const Rows& rows, const double* out, double* effects) const {
  const auto k = clusters();
  const auto width = columns();
  for (std::int64_t i = 0; i < rows.count; ++i) {
    double* const effect = effects + i * width;
    if (rows.refused[static_cast<std::size_t>(i)] != 0 || k == 1) {
      std::fill_n(effect, width, k == 1 && rows.refused[static_cast<std::size_t>(i)] == 0 ? 0.0 : data::missing_float64);
      continue;
    }
    const std::int64_t own = rows.label[static_cast<std::size_t>(i)];
    std::int64_t next = -1;
    for (std::int64_t c = 0; c < k; ++c) {
      const auto distance = [&](std::int64_t one) { return out[i * k + place_[static_cast<std::size_t>(one)]]; };
      if (c != own && (next < 0 || distance(c) < distance(next))) next = c;
    }
    for (std::int64_t j = 0; j < width; ++j) {
      const auto x = static_cast<double>(rows.values[static_cast<std::size_t>(i * width + j)]);
      const auto from = [&](std::int64_t c) {
        const double difference = x - static_cast<double>(model_.centroids[static_cast<std::size_t>(c * width + j)]);
        return difference * difference;
      };
      effect[j] = from(next) - from(own);
    }
  }
}

void KMeansScorer::score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const {
  Rows scored;
  scored.count = rows;
  transform(values, stride, scored);
  std::array<float, block_size> score;
  kernel::active().assign(scored.view(columns()), panel_.view(), scored.label.data(), score.data(), nullptr);
  measure(scored, out);
  if (effects != nullptr) explain(scored, out, effects);
}

}  // namespace fullbase::clustering
