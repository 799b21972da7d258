// A small table of results put together column by column: centroids, histories, measures.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "data/batch.hpp"
#include "data/schema.hpp"

namespace fullbase::jobs {

/// Texts of which some are missing.
struct OptionalTexts {
  data::Strings texts = {};
  std::vector<std::uint8_t> missing = {};

  void push_back(std::string_view text, bool is_missing) {
    texts.push_back(is_missing ? std::string_view() : text);
    missing.push_back(is_missing ? 1 : 0);
  }
};

/// Whole numbers of which some are missing.
struct OptionalIntegers {
  std::vector<std::int64_t> values = {};
  std::vector<std::uint8_t> missing = {};

  void push_back(const std::optional<std::int64_t>& value) {
    values.push_back(value.value_or(0));
    missing.push_back(value ? 0 : 1);
  }
};

/// Columns are filled through the references that its members return; they stay valid while columns are added.
class TableBuilder {
 public:
  std::vector<std::int64_t>& int64s(std::string name) {
    return add<std::vector<std::int64_t>>(std::move(name), data::Type::int64);
  }
  std::vector<double>& float64s(std::string name) { return add<std::vector<double>>(std::move(name), data::Type::float64); }
  std::vector<std::uint8_t>& bools(std::string name) {
    return add<std::vector<std::uint8_t>>(std::move(name), data::Type::boolean);
  }
  data::Strings& strings(std::string name) { return add<data::Strings>(std::move(name), data::Type::string); }

  OptionalTexts& optional_strings(std::string name) {
    strings(std::move(name));
    return make_optional<OptionalTexts>();
  }
  OptionalIntegers& optional_int64s(std::string name) {
    int64s(std::move(name));
    return make_optional<OptionalIntegers>();
  }

  data::Schema schema() const;
  /// All columns; those of unequal length break a contract.
  data::Batch batch() const;

 private:
  struct Part {
    data::Field field;
    data::Column::Values values = {};
    std::variant<std::monostate, OptionalTexts, OptionalIntegers> optional = {};
  };
  template <class T>
  T& add(std::string name, data::Type type) {
    auto& part = parts_.emplace_back();
    part.field.name = std::move(name);
    part.field.type = type;
    part.field.nullable = type == data::Type::float64;
    return part.values.emplace<T>();
  }

  template <class T>
  T& make_optional() {
    parts_.back().field.nullable = true;
    return parts_.back().optional.emplace<T>();
  }

  std::deque<Part> parts_;  ///< never moves what is in it
};

}  // namespace fullbase::jobs
