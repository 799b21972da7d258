#include "algorithms/learning/scorer.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"

namespace fullbase::learning {

ModelHead head_of(std::vector<Feature> features, const Target& target) {
  return {std::move(features), target.task, target.column, target.type, target.classes};
}

void write_head(ModelWriter& writer, const ModelHead& head) {
  std::vector<std::string> names;
  std::vector<std::int64_t> categories;  // how many a feature; -1: a number
  std::vector<std::string> all;
  for (const auto& feature : head.features) {
    names.push_back(feature.name);
    categories.push_back(feature.categorical ? std::ssize(feature.categories) : -1);
    all.insert(all.end(), feature.categories.begin(), feature.categories.end());
  }
  writer.text("task", task_name(head.task))
      .text("label", head.label)
      .text("label_type", data::type_name(head.label_type))
      .texts("classes", head.classes)
      .texts("features", names)
      .integers("feature_categories", categories)
      .texts("categories", all);
}

ModelHead read_head(const ModelReader& reader) {
  const auto damaged = [&](const char* what) { return base::input_error(fmt::format("the model's {}", what), reader.where()); };
  ModelHead head;
  const auto task = reader.text("task");
  bool known = false;
  for (const auto one : {Task::binary, Task::multiclass, Task::regression}) {
    if (task != task_name(one)) continue;
    head.task = one;
    known = true;
  }
  const auto type = data::type_from_name(reader.text("label_type"));
  if (!known || !type) throw damaged("task is none that there is");
  head.label = reader.text("label");
  head.label_type = *type;
  head.classes = reader.texts("classes");
  const auto classes = head.classes.size();
  if (head.task == Task::binary ? classes != 2 : head.task == Task::multiclass ? classes < 3 : classes != 0)
    throw damaged("classes do not fit its task");
  const auto names = reader.texts("features");
  const auto counts = reader.integers("feature_categories");
  const auto categories = reader.texts("categories");
  if (counts.size() != names.size()) throw damaged("features are incomplete");
  std::size_t at = 0;
  for (std::size_t f = 0; f < names.size(); ++f) {
    Feature feature{.name = names[f], .categorical = counts[f] >= 0};
    if (counts[f] > std::ssize(categories) - static_cast<std::int64_t>(at)) throw damaged("categories are incomplete");
    for (std::int64_t c = 0; c < counts[f]; ++c) feature.categories.push_back(categories[at++]);
    head.features.push_back(std::move(feature));
  }
  return head;
}

int greatest_output(const double* outputs, int count) noexcept {
  int best = 0;
  for (int k = 1; k < count; ++k) {
    if (outputs[k] > outputs[best]) best = k;
  }
  return best;
}

int least_output(const double* outputs, int count) noexcept {
  int best = 0;
  for (int k = 1; k < count; ++k) {
    if (outputs[k] < outputs[best]) best = k;
  }
  return best;
}

}  // namespace fullbase::learning
