#include "algorithms/recommendation/side_keys.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {

SideKeys::SideKeys(prepare::KeySlots slots, const data::Field& field, std::span<const std::int32_t> entries, data::Budget& budget)
    : slots_(std::move(slots)), field_(prepare::KeySlots::key_field(field)) {
  const auto rows = std::ranges::count_if(entries, [](std::int32_t count) { return count > 0; });
  memory_ = budget.require(4 * std::ssize(entries) + 8 * rows, "the keys of a matrix's rows");
  row_of_slot_.assign(entries.size(), -1);
  slot_of_row_.reserve(static_cast<std::size_t>(rows));
  entries_.reserve(static_cast<std::size_t>(rows));
  std::int64_t longest = 0;
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    if (entries[slot] == 0) continue;
    row_of_slot_[slot] = static_cast<std::int32_t>(slot_of_row_.size());
    slot_of_row_.push_back(static_cast<std::int32_t>(slot));
    entries_.push_back(entries[slot]);
    longest = std::max(longest, slots_.text_bytes(static_cast<std::int32_t>(slot)));
  }
  string_width_ = static_cast<std::int32_t>(longest);
}

SideKeys SideKeys::of_table(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget) {
  const auto own_rows = comm::own_rows(communicator, source.rows());
  auto slots = prepare::KeySlots::build(communicator, source, column, own_rows, budget);
  data::Reservation counting;
  std::vector<std::int32_t> counts;
  comm::collective_try(communicator, "count keys", [&] {
    counting = budget.require(4 * std::int64_t{slots.size()}, "the rows of a key");
    counts.resize(static_cast<std::size_t>(slots.size()));
    std::mutex mutex;
    const std::vector<int> columns = {column};
    parallel::scan(source, own_rows, columns, [&](data::Batch&& batch, int) {
      std::vector<std::int32_t> buffer;
      const auto of_rows = slots.slots_of(batch[0], buffer);
      const std::scoped_lock lock(mutex);
      for (const auto slot : of_rows) {
        if (slot >= 0) ++counts[static_cast<std::size_t>(slot)];
      }
    });
  });
  sum_counts(communicator, counts);
  return comm::collective_try(communicator, "count keys",
                              [&] { return SideKeys(std::move(slots), source.schema()[column], counts, budget); });
}

std::vector<std::int32_t> SideKeys::rows_of(const data::Column& column) const {
  auto rows = slots_.find(column);
  for (auto& row : rows) row = row_of_slot(row);
  return rows;
}

data::Column SideKeys::keys(std::span<const std::int32_t> rows) const {
  std::vector<std::int32_t> slots;
  slots.reserve(rows.size());
  for (const auto row : rows) slots.push_back(slot_of_row_[static_cast<std::size_t>(row)]);
  return slots_.keys(field_, slots);
}

data::Column SideKeys::keys(base::RowRange rows) const {
  return slots_.keys(
      field_, std::span(slot_of_row_).subspan(static_cast<std::size_t>(rows.first), static_cast<std::size_t>(rows.size())));
}

void sum_counts(comm::Communicator& communicator, std::vector<std::int32_t>& counts) {
  if (communicator.size() == 1) return;
  constexpr std::size_t piece = std::size_t{1} << 20;
  const std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const comm::StageScope stage(communicator.statistics(), "count entries");
  for (std::size_t first = 0; first < counts.size(); first += piece) {
    const auto part = std::span(counts).subspan(first, std::min(piece, counts.size() - first));
    std::vector<std::int64_t> sums(part.begin(), part.end());
    communicator.sum(std::span(sums));
    std::ranges::transform(sums, part.begin(),
                           [most](std::int64_t sum) { return static_cast<std::int32_t>(std::min(sum, most)); });
  }
}

}  // namespace fullbase::recommendation
