#include "algorithms/tables/ordered_groups.hpp"

#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/shuffle.hpp"

namespace fullbase::tables {

data::Batch ordered_groups(comm::Communicator& communicator, const Aggregate& aggregate, const data::Schema& schema) {
  std::vector<int> columns(schema.fields.size());
  std::iota(columns.begin(), columns.end(), 0);
  data::Batch mine = data::empty_batch(schema, aggregate.dictionaries());
  std::vector<std::int64_t> numbers;
  comm::collective_try(communicator, "read groups", [&] {
    std::mutex mutex;
    aggregate.read(columns, [&](data::Batch&& rows) {
      const std::scoped_lock lock(mutex);
      for (std::size_t i = 0; i < columns.size(); ++i) mine[i].append_from(rows[i], 0, rows.rows.size());
      for (std::int64_t row = rows.rows.first; row < rows.rows.last; ++row) numbers.push_back(row);
    });
  });
  mine.rows = {0, std::ssize(numbers)};
  const int number = static_cast<int>(mine.columns.size());
  mine.columns.emplace_back(data::Field{.name = "row of the result", .type = data::Type::int64}, std::move(numbers));
  auto ordered = comm::shuffle(communicator, std::move(mine), {.keys = {number}}).batch;
  ordered.columns.pop_back();
  return ordered;
}

}  // namespace fullbase::tables
