// What a job file calls segments: `names: {0: Loyal, 1: Leaving}`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/column.hpp"
#include "data/dictionary.hpp"

namespace fullbase::jobs {

/// Keys are numbers of segments.
using NamesByNumber = std::vector<std::pair<std::string, std::string>>;

/// The segment that a key stands for; nothing if it is no whole number from 0 on, or not written as one usually is.
std::optional<std::int64_t> segment_number(const std::string& key);

/// The name of a segment; empty if it has none.
std::string_view name_of(const NamesByNumber& names, std::int64_t segment);

/// The column `name` of rows that are known by their clusters.
class SegmentNames {
 public:
  /// `number_of`: the number of each cluster. Every name becomes a category, whether it occurs or not.
  SegmentNames(const NamesByNumber& names, const std::vector<std::int64_t>& number_of);

  const data::DictionaryPointer& dictionary() const noexcept { return dictionary_; }
  data::Column column(std::span<const std::int32_t> clusters) const;
  static data::Field field() { return {.name = "name", .type = data::Type::category, .nullable = true}; }

 private:
  data::DictionaryPointer dictionary_;
  std::vector<std::int32_t> codes_;  ///< by cluster
};

}  // namespace fullbase::jobs
