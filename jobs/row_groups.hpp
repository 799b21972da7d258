// The rows of an evaluation by the values of a column, to measure each group alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "jobs/evaluated_rows.hpp"

namespace fullbase::jobs {

/// Groups in the order of their values, those without a value last; each has a row at least.
struct RowGroups {
  static constexpr std::int64_t most = 1000;

  std::vector<std::string> names;        ///< "missing" for rows without a value
  std::vector<std::int64_t> rows;        ///< of all ranks
  std::vector<std::int32_t> codes = {};  ///< the group of each of this rank's evaluated rows
  data::Reservation reservation = {};
};

/// Collective. The groups of `rows`, which were read from `source`, by its int64, category or string column `column`. Throws an
/// input error, the same on every rank, for more than RowGroups::most values. Reads the column once, int64 and strings twice.
/// Memory: 4 bytes a local row, from the budget.
RowGroups read_groups(comm::Communicator& communicator, const data::BlockSource& source, std::string_view column,
                      const EvaluatedRows& rows, data::Budget& budget);

/// This rank's rows of one group. Collective, for memory: what these rows take, from the budget.
EvaluatedRows rows_of_group(comm::Communicator& communicator, const EvaluatedRows& rows, const RowGroups& groups,
                            std::size_t group, data::Budget& budget);

}  // namespace fullbase::jobs
