// Columns that several kinds ask for, above all of purchase lines, and the lines that did not count.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "algorithms/itemsets/basket_reader.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// The column that an option, at `path`, names in the input `slot`. Nothing after a mistake was reported there: no such column,
/// or one of a type that does not fit, which `problem` and `advice` speak of.
std::optional<int> fitting_column(runtime::CheckContext& context, std::string_view path, const std::string& name, int slot,
                                  bool (*fits)(data::Type), std::string_view problem, std::string_view advice);
/// The columns that options name in the input `slot`: at `path` whose a line is, at `item` what was bought, at `time` when.
/// Nothing after a mistake was reported at the option: no such column, or one that cannot be that.
std::optional<int> key_column(runtime::CheckContext& context, std::string_view path, const std::string& name,
                              std::string_view problem, std::string_view advice, int slot = 0);
std::optional<int> item_column(runtime::CheckContext& context, const std::string& name, int slot = 0);
std::optional<int> time_column(runtime::CheckContext& context, const std::string& name, int slot = 0);

/// Lines that were left out; `key`: what `missing_keys` miss ("basket"), `timed`: whether lines have a time.
void note_left_out(runtime::StepContext& context, const itemsets::BasketFacts& facts, std::string_view key, bool timed);

}  // namespace fullbase::jobs
