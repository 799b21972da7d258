// A small table of results put together column by column: centroids, histories, measures.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "data/batch.hpp"
#include "data/schema.hpp"

namespace fullbase::jobs {

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

  data::Schema schema() const;
  /// All columns; those of unequal length break a contract.
  data::Batch batch() const;

 private:
  struct Part {
    data::Field field;
    data::Column::Values values;
  };
  template <class T>
  T& add(std::string name, data::Type type) {
    auto& part = parts_.emplace_back();
    part.field.name = std::move(name);
    part.field.type = type;
    part.field.nullable = type == data::Type::float64;
    return part.values.emplace<T>();
  }

  std::deque<Part> parts_;  ///< never moves what is in it
};

}  // namespace fullbase::jobs
