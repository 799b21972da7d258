#include "algorithms/itemsets/rules.hpp"

namespace fullbase::itemsets {

data::Schema rules_schema(bool names) {
  data::Schema schema;
  const auto add = [&](const char* name, data::Type type) { schema.fields.push_back({.name = name, .type = type}); };
  if (names) {
    add("antecedent", data::Type::string);
    add("consequent", data::Type::string);
  }
  for (const char* name : {"antecedent_set", "consequent_set", "itemset", "count"}) add(name, data::Type::int64);
  for (const char* name : {"support", "confidence", "lift", "leverage", "conviction"}) add(name, data::Type::float64);
  return schema;
}

}  // namespace fullbase::itemsets
