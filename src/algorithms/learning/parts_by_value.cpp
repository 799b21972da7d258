#include "algorithms/learning/parts_by_value.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "base/hash.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "parallel/scan.hpp"

namespace fullbase::learning {
namespace {

/// Equal for equal values.
std::int64_t word_of(const data::Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case data::Type::boolean:
      return column.bools()[at] != 0 ? 1 : 0;
    case data::Type::date:
      return column.int32s()[at];
    case data::Type::category:
    case data::Type::string: {
      const auto text = column.text(row);
      return std::bit_cast<std::int64_t>(base::xxh3(std::as_bytes(std::span(text.data(), text.size()))));
    }
    default:
      return column.int64s()[at];
  }
}

}  // namespace

ValueParts assign_parts_by_value(comm::Communicator& communicator, random::Key key, const data::BlockSource& source, int column,
                                 std::span<const double> shares, data::Budget& budget) {
  FULLBASE_EXPECTS(!shares.empty() && !data::is_float(source.schema()[column].type), "there are parts, and values to hash");
  std::vector<double> ends;
  for (const auto share : shares) ends.push_back((ends.empty() ? 0 : ends.back()) + share);
  const auto part_of = [&](double unit) {
    const auto end = std::ranges::upper_bound(ends.begin(), ends.end() - 1, unit);
    return static_cast<std::int32_t>(end - ends.begin());
  };
  const random::Generator generator(key);
  const auto local = comm::own_rows(communicator, source.rows());
  ValueParts result;
  std::atomic<std::int64_t> missing = 0;
  comm::collective_try(communicator, "parts", [&] {
    result.reservation = budget.require(4 * local.size(), "the parts of this rank's rows");
    result.parts.resize(static_cast<std::size_t>(local.size()));
    parallel::scan(source, local, std::span(&column, 1), [&](data::Batch&& batch, int) {
      for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
        const auto row = batch.rows.first + i;
        const bool is_missing = batch[0].is_missing(i);
        if (is_missing) missing.fetch_add(1, std::memory_order_relaxed);
        // Rows and values are drawn in rounds of their own.
        const auto unit = is_missing ? generator.uniform(row, 0, 1) : generator.uniform(word_of(batch[0], i));
        result.parts[static_cast<std::size_t>(row - local.first)] = part_of(unit);
      }
    });
  });
  result.missing = communicator.sum_value(missing.load());
  return result;
}

}  // namespace fullbase::learning
