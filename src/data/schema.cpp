#include "data/schema.hpp"

#include <fmt/format.h>

#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace fullbase::data {
namespace {

constexpr std::array<std::string_view, 9> names = {"int64",    "float64", "float32",   "bool", "decimal",
                                                   "category", "string",  "timestamp", "date"};

}  // namespace

std::string_view type_name(Type type) noexcept {
  return names[static_cast<std::size_t>(type)];
}

std::optional<Type> type_from_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Type>(i);
  }
  return std::nullopt;
}

std::string type_text(const Field& field) {
  if (field.type == Type::decimal) return fmt::format("decimal({})", field.scale);
  return std::string(type_name(field.type));
}

std::optional<int> Schema::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

std::string Schema::unused_name(std::string name) const {
  while (find(name)) name += '\'';
  return name;
}

int Schema::at(std::string_view name, std::string_view where) const {
  if (const auto position = find(name)) return *position;
  std::vector<std::string_view> candidates;
  for (const Field& field : fields) candidates.push_back(field.name);
  std::string advice = base::suggestion(name, candidates);
  if (advice.empty()) advice = fmt::format("the columns are {}", fmt::join(candidates, ", "));
  throw base::job_file_error(fmt::format("there is no column '{}'", name), std::string(where), std::move(advice));
}

}  // namespace fullbase::data
