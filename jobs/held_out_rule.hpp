// Which pairs of a matrix are held out of training: the option `hold_out`.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "algorithms/recommendation/sparse_rows.hpp"
#include "config/form.hpp"
#include "random/generator.hpp"

namespace fullbase::jobs {

struct HoldOutLast {
  std::int64_t count = 1;
};
struct HoldOutShare {
  double share = 0.2;
};
struct HoldOutFolds {
  int folds = 5;
};
using HoldOutRule = std::variant<HoldOutLast, HoldOutShare, HoldOutFolds>;

/// `{last: 1}`, `{share: 0.2}` or `{folds: 5}`.
config::Form<HoldOutRule> hold_out_form();

inline bool needs_times(const HoldOutRule& rule) noexcept {
  return std::holds_alternative<HoldOutLast>(rule);
}

/// How often methods learn.
std::int32_t folds_of(const HoldOutRule& rule) noexcept;

/// About how many of so many entries are held out at a time, at most.
std::int64_t most_held_out(const HoldOutRule& rule, std::int64_t entries) noexcept;

/// By entry of a rank's customers the fold that holds it out, as recommendation/hold_out.hpp says. `first_row`: the rank's first.
/// `times`: by entry, where needs_times(). Not collective. Memory: 4 bytes an entry.
std::vector<std::int32_t> hold_out_by(const HoldOutRule& rule, const recommendation::SparseRows& customers,
                                      std::int64_t first_row, std::span<const std::int64_t> times,
                                      const random::Generator& generator);

}  // namespace fullbase::jobs
