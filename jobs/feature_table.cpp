#include "jobs/feature_table.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace fullbase::jobs {
namespace {

using data::Type;

/// A category column of these texts; an empty one is missing.
data::Column categories(const data::Field& field, const std::vector<std::string>& texts) {
  data::Strings sorted;
  for (const auto& text : std::set<std::string>(texts.begin(), texts.end())) {
    if (!text.empty()) sorted.push_back(text);
  }
  auto dictionary = std::make_shared<const data::Dictionary>(std::move(sorted));
  std::vector<std::int32_t> codes;
  for (const auto& text : texts) codes.push_back(text.empty() ? data::missing_code : *dictionary->find(text));
  return {field, std::move(codes), {}, std::move(dictionary)};
}

}  // namespace

data::Schema feature_schema() {
  data::Schema schema;
  schema.key = "feature";
  schema.fields.push_back({.name = "feature", .type = Type::category});
  schema.fields.push_back({.name = "missing_share", .type = Type::float64, .nullable = true});
  schema.fields.push_back({.name = "distinct", .type = Type::int64});
  schema.fields.push_back({.name = "variance", .type = Type::float64, .nullable = true});
  schema.fields.push_back({.name = "mutual_information", .type = Type::float64});
  schema.fields.push_back({.name = "chi_square", .type = Type::float64});
  schema.fields.push_back({.name = "degrees_of_freedom", .type = Type::int64});
  schema.fields.push_back({.name = "p_value", .type = Type::float64});
  schema.fields.push_back({.name = "correlation", .type = Type::float64, .nullable = true});
  schema.fields.push_back({.name = "importance", .type = Type::float64, .nullable = true});
  schema.fields.push_back({.name = "rank", .type = Type::int64});
  schema.fields.push_back({.name = "selected", .type = Type::boolean});
  schema.fields.push_back({.name = "reason", .type = Type::category, .nullable = true});
  return schema;
}

data::Batch feature_table(std::span<const association::FeatureMeasures> measures, std::span<const double> importances,
                          std::span<const association::RankedFeature> ranked, std::int64_t rows) {
  const auto schema = feature_schema();
  data::Batch batch{.rows = {0, std::ssize(ranked)}, .columns = {}};
  const auto add = [&](auto of_feature) {
    using Value = decltype(of_feature(ranked.front()));
    std::vector<Value> values;
    for (const auto& one : ranked) values.push_back(of_feature(one));
    const auto& field = schema[static_cast<int>(batch.columns.size())];
    if constexpr (std::is_same_v<Value, std::string>) {
      batch.columns.push_back(categories(field, values));
    } else {
      batch.columns.emplace_back(field, std::move(values));
    }
  };
  using Ranked = association::RankedFeature;
  const auto measures_of = [&](const Ranked& one) -> const association::FeatureMeasures& { return measures[one.feature]; };
  std::int64_t rank = 0;
  add([&](const Ranked& one) { return measures_of(one).feature; });
  add([&](const Ranked& one) {
    return rows == 0 ? data::missing_float64 : static_cast<double>(measures_of(one).missing) / static_cast<double>(rows);
  });
  add([&](const Ranked& one) { return measures_of(one).distinct; });
  add([&](const Ranked& one) { return measures_of(one).variance; });
  add([&](const Ranked& one) { return measures_of(one).mutual_information; });
  add([&](const Ranked& one) { return measures_of(one).chi_square.statistic; });
  add([&](const Ranked& one) { return measures_of(one).chi_square.degrees_of_freedom; });
  add([&](const Ranked& one) { return measures_of(one).chi_square.p_value; });
  add([&](const Ranked& one) { return measures_of(one).correlation; });
  add([&](const Ranked& one) { return importances.empty() ? data::missing_float64 : importances[one.feature]; });
  add([&](const Ranked&) { return ++rank; });
  add([&](const Ranked& one) { return static_cast<std::uint8_t>(one.reason == association::Reason::none); });
  add([&](const Ranked& one) { return std::string(association::reason_text(one.reason)); });
  return batch;
}

}  // namespace fullbase::jobs
