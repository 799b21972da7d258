#include "algorithms/value/rfm_segments.hpp"

#include <memory>
#include <set>
#include <utility>

namespace fullbase::value {

std::vector<SegmentRule> usual_segments(std::int64_t scores) {
  const auto fifths = [&](std::int64_t lowest, std::int64_t highest) {
    return ScoreRange{(lowest - 1) * scores / 5 + 1, highest * scores / 5};
  };
  return {
      {.name = "Champions", .r = fifths(4, 5), .f = fifths(4, 5), .m = fifths(4, 5)},
      {.name = "Loyal", .r = fifths(3, 5), .f = fifths(4, 5)},
      {.name = "Big spenders", .r = fifths(3, 5), .m = fifths(5, 5)},
      {.name = "Potential loyalists", .r = fifths(4, 5), .f = fifths(2, 3)},
      {.name = "New", .r = fifths(4, 5), .f = fifths(1, 1)},
      {.name = "Need attention", .r = fifths(3, 3), .f = fifths(2, 3)},
      {.name = "About to sleep", .r = fifths(3, 3), .f = fifths(1, 1)},
      {.name = "Cannot lose", .r = fifths(1, 2), .f = fifths(4, 5), .m = fifths(4, 5)},
      {.name = "At risk", .r = fifths(1, 2), .f = fifths(3, 5)},
      {.name = "Hibernating", .r = fifths(2, 2)},
      {.name = "Lost", .r = fifths(1, 1)},
  };
}

SegmentTable::SegmentTable(std::vector<SegmentRule> rules, std::string without_orders, std::string otherwise)
    : rules_(std::move(rules)) {
  std::set<std::string> names = {without_orders, otherwise};
  for (const auto& rule : rules_) names.insert(rule.name);
  data::Strings sorted;
  for (const auto& name : names) sorted.push_back(name);
  names_ = std::make_shared<const data::Dictionary>(std::move(sorted));
  for (const auto& rule : rules_) codes_.push_back(*names_->find(rule.name));
  without_orders_ = *names_->find(without_orders);
  otherwise_ = *names_->find(otherwise);
}

std::int32_t SegmentTable::segment(std::int64_t r, std::int64_t f, std::int64_t m, bool has_orders) const noexcept {
  if (!has_orders) return without_orders_;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].r.contains(r) && rules_[i].f.contains(f) && rules_[i].m.contains(m)) return codes_[i];
  }
  return otherwise_;
}

}  // namespace fullbase::value
