#include "jobs/neighbour_table.hpp"

#include <vector>

namespace fullbase::jobs {

recommendation::RankedTable neighbour_table(const data::Field& key) {
  auto neighbour = key;
  neighbour.name = "neighbour";
  return {key, neighbour, "likeness", {{.name = "common", .type = data::Type::int64}}};
}

NeighbourCounts write_neighbours(runtime::StepContext& context, const recommendation::RankedTable& table,
                                 const recommendation::NeighbourLists& found, const recommendation::RowShares& shares,
                                 const recommendation::SideKeys& keys) {
  auto& communicator = context.communicator();
  NeighbourCounts counts;
  counts.entries = recommendation::total_entries(communicator, found.lists);
  for (std::int64_t row = 0; row < found.lists.rows(); ++row) counts.without += found.lists.length(row) == 0 ? 1 : 0;
  counts.without = communicator.sum_value(counts.without);
  const auto writer = context.create("", counts.entries, {}, {keys.string_width(), 0, keys.string_width()});
  recommendation::write_ranked(communicator, found.lists, shares, keys, keys, table, *writer,
                               [&](std::int64_t first, std::int64_t last) {
                                 const auto begin = found.common.begin();
                                 std::vector<data::Column> columns;
                                 columns.emplace_back(table.more.front(), std::vector<std::int64_t>(begin + first, begin + last));
                                 return columns;
                               });
  writer->finish();
  return counts;
}

}  // namespace fullbase::jobs
