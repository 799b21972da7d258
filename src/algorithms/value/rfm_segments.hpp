// Named customer segments by a table of score ranges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/dictionary.hpp"

namespace fullbase::value {

/// Scores lowest to highest, both included.
struct ScoreRange {
  std::int64_t lowest = 1;
  std::int64_t highest = 1'000;
  constexpr bool contains(std::int64_t score) const noexcept { return lowest <= score && score <= highest; }
  friend bool operator==(const ScoreRange&, const ScoreRange&) = default;
};

/// A customer whose three scores lie in the ranges has this name; a range that is left out holds every score.
struct SegmentRule {
  std::string name;
  ScoreRange r = {};
  ScoreRange f = {};
  ScoreRange m = {};
  friend bool operator==(const SegmentRule&, const SegmentRule&) = default;
};

/// The table that serves where the job file has none, for scores 1..scores. It is written for fifths; with other numbers of
/// scores each fifth b stands for the scores from (b - 1) * scores / 5 + 1 to b * scores / 5, which may be none.
///   Champions           r 4-5  f 4-5  m 4-5     bought lately, often, for much
///   Loyal               r 3-5  f 4-5            buy often
///   Big spenders        r 3-5         m 5       few orders, large amounts
///   Potential loyalists r 4-5  f 2-3            on the way to being loyal
///   New                 r 4-5  f 1              first orders lately
///   Need attention      r 3    f 2-3            about the middle, cooling
///   About to sleep      r 3    f 1
///   Cannot lose         r 1-2  f 4-5  m 4-5     once among the best
///   At risk             r 1-2  f 3-5            bought often, long ago
///   Hibernating         r 2
///   Lost                r 1
std::vector<SegmentRule> usual_segments(std::int64_t scores);

/// Rules with the names of customers that no rule or no order describes.
class SegmentTable {
 public:
  /// Every name becomes a category, whether it occurs or not.
  SegmentTable(std::vector<SegmentRule> rules, std::string without_orders, std::string otherwise);

  const data::DictionaryPointer& names() const noexcept { return names_; }
  /// The code of the first rule that fits.
  std::int32_t segment(std::int64_t r, std::int64_t f, std::int64_t m, bool has_orders) const noexcept;

 private:
  std::vector<SegmentRule> rules_;
  std::vector<std::int32_t> codes_;
  std::int32_t without_orders_;
  std::int32_t otherwise_;
  data::DictionaryPointer names_;
};

}  // namespace fullbase::value
