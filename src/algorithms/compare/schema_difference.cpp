#include "algorithms/compare/schema_difference.hpp"

#include <utility>

namespace fullbase::compare {
namespace {

std::string described(const data::Field& field) {
  const auto type = data::type_text(field);
  return field.unit.empty() ? type : type + " in " + field.unit;
}

}  // namespace

ComparedSchemas compare_schemas(const data::BlockSource& earlier, const data::BlockSource& later) {
  ComparedSchemas result;
  for (const auto& field : earlier.schema().fields) {
    const auto after = later.schema().find(field.name);
    const auto there = after ? described(later.schema()[*after]) : std::string();
    if (there != described(field)) result.differences.push_back({field.name, described(field), there});
  }
  for (int after = 0; after < later.schema().columns(); ++after) {
    const auto& field = later.schema()[after];
    const auto before = earlier.schema().find(field.name);
    if (!before) {
      result.differences.push_back({field.name, {}, described(field)});
    } else if (auto common = common_column(earlier, *before, later, after)) {
      result.common.push_back(std::move(*common));
    }
  }
  return result;
}

}  // namespace fullbase::compare
