#include "algorithms/learning/strata.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/block.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::learning {

Strata read_strata(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget) {
  Strata strata;
  strata.values = prepare::ValueSlots::build(communicator, source, column, budget);
  strata.rows = prepare::rows_of_slots(communicator, source, column, strata.values, budget);
  const auto occurring = std::ranges::count_if(strata.rows, [](std::int64_t rows) { return rows > 0; });
  if (occurring > most_strata)
    throw base::input_error(fmt::format("the column has {} values, and rows are stratified by at most {}",
                                        base::format_count(occurring), most_strata),
                            source.name() + "." + source.schema()[column].name, "stratify by a column of few values")
        .known_to_all();
  const auto local = comm::own_rows(communicator, source.rows());
  comm::collective_try(communicator, "strata", [&] {
    strata.reservation = budget.require(4 * local.size(), "the strata of this rank's rows");
    strata.codes.resize(static_cast<std::size_t>(local.size()));
    parallel::scan(source, local, std::span(&column, 1), [&](data::Batch&& batch, int) {
      std::vector<std::int32_t> buffer;
      const auto slots = strata.values.slots_of(batch[0], buffer);
      const auto codes = std::span(strata.codes).subspan(static_cast<std::size_t>(batch.rows.first - local.first), slots.size());
      for (std::size_t i = 0; i < slots.size(); ++i) codes[i] = slots[i] < 0 ? strata.values.size() : slots[i];
    });
  });
  return strata;
}

}  // namespace fullbase::learning
