// The classes that a model tells, as values of a column of the label's type.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/learning/scorer.hpp"
#include "data/column.hpp"

namespace fullbase::jobs {

class ClassColumn {
 public:
  /// Of a regression there are none. Throws an input error for classes that are no values of the label's type.
  explicit ClassColumn(const learning::ModelHead& head);

  /// The classes in byte order, where they are categories; else null.
  const data::DictionaryPointer& dictionary() const noexcept { return dictionary_; }
  /// A column of `field`, which is of the label's type; -1 is missing.
  data::Column column(data::Field field, std::span<const std::int32_t> classes) const;

 private:
  data::DictionaryPointer dictionary_;
  std::vector<std::int64_t> values_;  ///< by class: the number, 0 or 1, or the code
};

}  // namespace fullbase::jobs
