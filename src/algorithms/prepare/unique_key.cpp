#include "algorithms/prepare/unique_key.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/prepare/key_passes.hpp"
#include "comm/agreement.hpp"
#include "comm/shuffle.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::prepare {

void require_unique(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
                    data::Budget& budget, std::string_view advice, const RowName& name, const data::BoundExpression* where) {
  if (std::ranges::any_of(columns, [&](int column) { return is_float(source.schema()[column].type); })) return;
  KeyPasses passes(communicator, source, {.keys = {columns.begin(), columns.end()}, .where = where}, budget);
  std::vector<int> keys(columns.size());
  std::iota(keys.begin(), keys.end(), 0);
  RepeatedKeys repeats;
  for (std::int64_t pass = 0; pass < passes.passes(); ++pass) {
    auto rows = comm::collective_try(communicator, "read keys", [&] { return passes.read(pass); });
    const auto groups =
        comm::shuffle(communicator, std::move(rows), {.keys = keys, .whole_groups = static_cast<int>(keys.size())});
    // Rows of equal keys come in the order of the source.
    const auto starts = comm::group_starts(groups.batch, keys);
    for (std::size_t g = 0; g + 1 < starts.size(); ++g)
      repeats.add_group(groups.batch.columns.back().int64s(), starts[g], starts[g + 1]);
  }
  repeats.refuse(communicator, source, columns, advice, name);
}

void require_unique(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget) {
  require_unique(communicator, source, std::span(&column, 1), budget,
                 "keep one row a key, or leave the key out by the `columns` of a select step");
}

}  // namespace fullbase::prepare
