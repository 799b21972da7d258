#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "algorithms/itemsets/rule_search.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace fullbase::itemsets {

RuleLimits::RuleLimits(const SetIndex& sets, const RuleOptions& options)
    : options_(options),
      antecedent_(items_of(sets, options.antecedent, "antecedent")),
      consequent_(items_of(sets, options.consequent, "consequent")) {
  if (options.count) least_count_ = *options.count;
  if (options.support) {
    // The least count whose share, as the table of sets says it, is no less.
    auto least = static_cast<std::int64_t>(std::floor(*options.support * static_cast<double>(sets.baskets())));
    const auto share = [&](std::int64_t count) { return static_cast<double>(count) / static_cast<double>(sets.baskets()); };
    while (least > 0 && share(least - 1) >= *options.support) --least;
    while (least <= sets.baskets() && share(least) < *options.support) ++least;
    least_count_ = std::max(least_count_, least);
  }
}

RuleLimits::Items RuleLimits::items_of(const SetIndex& sets, const RuleSide& side, std::string_view where) {
  Items items;
  items.longest = static_cast<int>(std::min<std::int64_t>(side.longest.value_or(sets.longest()), sets.longest()));
  items.any = !side.any_of.empty();
  const auto marked = [&](const std::vector<std::string>& names, const char* option) {
    std::vector<std::uint8_t> marks(static_cast<std::size_t>(sets.items()), 0);
    std::vector<std::string_view> known;
    for (std::int32_t item = 0; item < sets.items(); ++item) known.push_back(sets.name(item));
    for (const auto& name : names) {
      const auto found = std::ranges::find(known, name);
      if (found == known.end()) {
        auto advice = base::suggestion(name, known);
        if (advice.empty()) advice = "items are called as in the table of itemsets; one too rare for it needs no mention";
        throw base::job_file_error(fmt::format("no itemset has the item '{}'", name), fmt::format("{}.{}", where, option),
                                   std::move(advice))
            .known_to_all();
      }
      marks[static_cast<std::size_t>(found - known.begin())] = 1;
    }
    return marks;
  };
  items.any_of = marked(side.any_of, "any_of");
  items.none_of = marked(side.none_of, "none_of");
  return items;
}

RuleLimits::Side RuleLimits::side(const Items& items, const SubsetRows& subsets) noexcept {
  Side side{.longest = items.longest, .any = items.any};
  for (int p = 0; p < subsets.size(); ++p) {
    const auto item = static_cast<std::size_t>(subsets.item(p));
    side.any_of |= std::uint32_t{items.any_of[item]} << p;
    side.none_of |= std::uint32_t{items.none_of[item]} << p;
  }
  return side;
}

}  // namespace fullbase::itemsets
