// The columns of a table of pairs, as an interactions step writes it or anything else: who, what, how much.
#pragma once

#include <concepts>
#include <optional>
#include <string>

#include "algorithms/recommendation/read_interactions.hpp"
#include "config/description.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// The options themselves: a job's struct inherits them.
struct PairOptions {
  std::string customer = "customer";
  std::string item = "item";
  std::string value = "value";
};

/// Adds the options to the description of a job's struct.
template <std::derived_from<PairOptions> Job>
config::Description<Job>& describe_pairs(config::Description<Job>& description) {
  const auto own = []<class M>(M PairOptions::*member) { return static_cast<M Job::*>(member); };
  return description
      .option("customer", own(&PairOptions::customer), "Column of the pairs that says whose it is.", config::non_empty())
      .option("item", own(&PairOptions::item), "Column of the pairs with what they have.", config::non_empty())
      .option("value", own(&PairOptions::value), "Column of the pairs with how much, or the rating: a number.",
              config::non_empty());
}

/// The same as a mapping of their own.
config::Description<PairOptions> describe(config::Type<PairOptions>);

/// Positions of the columns in the input `slot`. Nothing after mistakes were reported, at the options `customer`, `item` and
/// `value` behind `path`: no such column, or one that cannot be that, or the same for two of them.
std::optional<recommendation::InteractionColumns> check_pairs(runtime::CheckContext& context, const PairOptions& options,
                                                              int slot = 0, const std::string& path = {});

/// Rows of the pairs that did not take part, for the manifest.
void note_pairs_left_out(runtime::StepContext& context, const recommendation::InteractionsRead& read);

}  // namespace fullbase::jobs
