// An aggregate of which cells of few customers are left out, with totals that do not give them away.
#pragma once

#include <string>
#include <vector>

#include "algorithms/tables/aggregate_options.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// Says what of `options` does not go with `suppress`: whatever looks at a part of a cell's lines, or shows one of them.
void check_suppression(const tables::AggregateOptions& options, runtime::CheckContext& context);

/// The tables of the step: the cells, and with totals those over the last keys, `totals` over all.
std::vector<runtime::TableOutline> suppressed_tables(const tables::AggregateOptions& options, runtime::CheckContext& context);

/// Turns the forecast of the cells into that of the step: a pass a table, and the rows of totals.
void forecast_suppressed(const tables::AggregateOptions& options, const runtime::InputSize& input, runtime::Forecast& forecast);

/// Collective. Makes and writes them: tables::shown_cells() says which cells. The customers of a cell are the different values of
/// the column `count` in lines where a measure is not missing, the fewest of any measure. Lines where any key is missing are in
/// no table. A pass over the input a table; every rank holds 16 bytes a cell of all tables.
void run_suppressed(const tables::AggregateOptions& options, runtime::StepContext& context);

}  // namespace fullbase::jobs
