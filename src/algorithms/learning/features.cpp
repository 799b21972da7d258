#include "algorithms/learning/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/prepare/column_values.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::learning {

bool is_feature(data::Type type) noexcept {
  return data::is_number(type) || type == data::Type::boolean || type == data::Type::category;
}

std::vector<Feature> meet_features(comm::Communicator& communicator, const data::BlockSource& source,
                                   std::span<const std::string> names) {
  std::vector<Feature> features;
  std::vector<int> columns;         // of categories
  std::vector<std::size_t> places;  // of theirs among the features
  for (const auto& name : names) {
    const int column = source.schema().at(name, source.name());
    const auto type = source.schema()[column].type;
    FULLBASE_EXPECTS(is_feature(type), "a feature's column holds numbers or categories");
    Feature feature{.name = name, .categorical = type == data::Type::category};
    if (feature.categorical) {
      columns.push_back(column);
      places.push_back(features.size());
    }
    features.push_back(std::move(feature));
  }
  if (columns.empty()) return features;

  // All columns' categories one after the other: whether a rank meets them.
  std::vector<std::size_t> starts = {0};
  for (const int column : columns) starts.push_back(starts.back() + static_cast<std::size_t>(source.dictionary(column)->size()));
  std::vector<std::vector<std::int64_t>> met(static_cast<std::size_t>(parallel::thread_count()),
                                             std::vector<std::int64_t>(starts.back(), 0));
  const auto local = comm::own_rows(communicator, source.rows());
  comm::collective_try(communicator, "categories", [&] {
    parallel::scan(source, local, columns, [&](data::Batch&& batch, int thread) {
      auto& own = met[static_cast<std::size_t>(thread)];
      for (std::size_t c = 0; c < columns.size(); ++c) {
        for (const auto code : batch[c].int32s()) {
          if (code >= 0) own[starts[c] + static_cast<std::size_t>(code)] = 1;
        }
      }
    });
  });
  auto& all = met.front();
  for (std::size_t t = 1; t < met.size(); ++t) {
    for (std::size_t i = 0; i < all.size(); ++i) all[i] |= met[t][i];
  }
  communicator.max(std::span(all));
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto& dictionary = *source.dictionary(columns[c]);
    for (std::int32_t code = 0; code < dictionary.size(); ++code) {
      if (all[starts[c] + static_cast<std::size_t>(code)] != 0) features[places[c]].categories.emplace_back(dictionary[code]);
    }
  }
  return features;
}

FeatureReader::FeatureReader(const data::BlockSource& source, std::span<const Feature> features) : features_(features) {
  std::vector<std::string> problems;
  for (const auto& feature : features) {
    const auto found = source.schema().find(feature.name);
    if (!found) {
      problems.push_back(fmt::format("there is no column '{}'", feature.name));
      continue;
    }
    const auto type = source.schema()[*found].type;
    if (!is_feature(type) || (type == data::Type::category) != feature.categorical) {
      problems.push_back(fmt::format("column '{}' is of type {}, the model has {} there", feature.name, data::type_name(type),
                                     feature.categorical ? "a category" : "a number"));
      continue;
    }
    columns_.push_back(*found);
    auto& remap = remaps_.emplace_back();
    if (!feature.categorical) continue;
    // Both are in byte order: one merge finds every category's place.
    const auto& dictionary = *source.dictionary(*found);
    std::size_t known = 0;
    for (std::int32_t code = 0; code < dictionary.size(); ++code) {
      while (known < feature.categories.size() && feature.categories[known] < dictionary[code]) ++known;
      const bool same = known < feature.categories.size() && feature.categories[known] == dictionary[code];
      remap.push_back(same ? static_cast<double>(known) : unseen_category);
    }
  }
  if (!problems.empty())
    throw base::input_error(fmt::format("the table does not have what the model was trained on: {}", fmt::join(problems, "; ")),
                            source.name(), "name and type the columns as they were in training")
        .known_to_all();
}

void FeatureReader::read(const data::Batch& batch, std::int64_t first, std::int64_t last, double* out,
                         std::int64_t stride) const {
  for (std::size_t f = 0; f < columns_.size(); ++f) {
    const std::span values(out + static_cast<std::int64_t>(f) * stride, static_cast<std::size_t>(last - first));
    if (!features_[f].categorical) {
      prepare::to_doubles(batch[f], first, last, values);
      continue;
    }
    const auto codes = batch[f].int32s().subspan(static_cast<std::size_t>(first), values.size());
    for (std::size_t i = 0; i < codes.size(); ++i)
      values[i] = codes[i] < 0 ? data::missing_float64 : remaps_[f][static_cast<std::size_t>(codes[i])];
  }
}

}  // namespace fullbase::learning
