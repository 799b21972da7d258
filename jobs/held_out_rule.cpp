#include "jobs/held_out_rule.hpp"

#include <algorithm>

#include "algorithms/recommendation/hold_out.hpp"
#include "base/block.hpp"
#include "config/containers.hpp"
#include "config/tagged.hpp"

namespace fullbase::jobs {

config::Form<HoldOutRule> hold_out_form() {
  auto share = config::more_than(0.0);
  share &= config::less_than(1.0);
  return config::Tagged<HoldOutRule>("what is held out")
      .argument("last", "Of each customer who has more, the latest so many pairs by the column `time`.", &HoldOutLast::count,
                config::at_least(1))
      .argument("share",
                "Of each customer this share of their pairs, drawn at random and rounded at random, and never all of them.",
                &HoldOutShare::share, share)
      .argument("folds",
                "Each pair once: methods learn so many times, each time without another fold. Each customer's pairs are drawn "
                "into folds as evenly as they go; who has one alone is never held out.",
                &HoldOutFolds::folds, config::between(2, 100))
      .form();
}

std::int32_t folds_of(const HoldOutRule& rule) noexcept {
  const auto* const folds = std::get_if<HoldOutFolds>(&rule);
  return folds == nullptr ? 1 : folds->folds;
}

std::int64_t most_held_out(const HoldOutRule& rule, std::int64_t entries) noexcept {
  // Who is one of those that are held out has one entry more at least.
  if (const auto* const last = std::get_if<HoldOutLast>(&rule)) return entries - entries / (last->count + 1);
  // Customers' shares are rounded at random, so that their sum is about what is asked for.
  const auto share = std::holds_alternative<HoldOutShare>(rule) ? std::get<HoldOutShare>(rule).share : 1.0 / folds_of(rule);
  return std::min(entries, base::block_rows + static_cast<std::int64_t>(share * static_cast<double>(entries)));
}

std::vector<std::int32_t> hold_out_by(const HoldOutRule& rule, const recommendation::SparseRows& customers,
                                      std::int64_t first_row, std::span<const std::int64_t> times,
                                      const random::Generator& generator) {
  if (const auto* const last = std::get_if<HoldOutLast>(&rule))
    return recommendation::hold_out_last(customers, times, last->count);
  if (const auto* const share = std::get_if<HoldOutShare>(&rule))
    return recommendation::hold_out_share(customers, first_row, generator, share->share);
  return recommendation::hold_out_folds(customers, first_row, generator, folds_of(rule));
}

}  // namespace fullbase::jobs
