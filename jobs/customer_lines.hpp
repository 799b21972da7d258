// Lines of purchases as jobs name their columns that look at what each customer bought.
#pragma once

#include <optional>
#include <string>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/itemsets/customer_baskets.hpp"
#include "data/schema.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// Positions of the columns.
struct LineColumns {
  int customer = 0;
  int item = 0;
  std::optional<int> time = {};
};

/// Columns that options name in the input `slot`, whose items are to be those of the sets in `sets_slot`. Nothing after mistakes
/// were reported, at the options `customer`, `item` and `time`.
std::optional<LineColumns> check_lines(runtime::CheckContext& context, int slot, int sets_slot, const std::string& customer,
                                       const std::string& item, const std::optional<std::string>& time);
/// Reports a table at `from` that is none of itemsets; then false.
bool check_sets(runtime::CheckContext& context, int slot);
/// Reports a column of an input, carried into a table, that has the name of another of its columns; then false.
bool check_names(runtime::CheckContext& context, const data::Schema& result);

/// The lines with the `where` of their slot, which the step takes.
itemsets::CustomerLines lines_of(const runtime::StepContext& context, int slot, const LineColumns& columns);

/// What the manifest keeps of reading them.
void note_lines(runtime::StepContext& context, const LineColumns& columns, const itemsets::BasketFacts& facts,
                std::int64_t passes);

}  // namespace fullbase::jobs
