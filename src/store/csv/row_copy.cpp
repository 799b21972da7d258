#include "store/csv/row_copy.hpp"

#include <algorithm>
#include <utility>

#include "base/block.hpp"
#include "comm/agreement.hpp"

namespace fullbase::store::csv {
namespace {

/// The rank that holds a row; ranks without rows are passed over.
int holder(std::span<const std::int64_t> starts, std::int64_t row) {
  return static_cast<int>(std::upper_bound(starts.begin(), starts.end(), row) - starts.begin()) - 1;
}

}  // namespace

RowCopy::RowCopy(const RowStore& store, const data::Schema& schema, const CodeTables& codes)
    : store_(store), schema_(schema), codes_(codes) {
  begin();
}

void RowCopy::begin() {
  rows_ = {};
  for (const data::Field& field : schema_.fields) rows_.columns.push_back({std::move(data::Column(field, 0).values()), {}});
}

void RowCopy::append(std::int64_t first, std::int64_t last) {
  const auto& starts = store_.starts();
  auto group = static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), first) - starts.begin()) - 1;
  for (; first < last; ++group) {
    const std::int64_t end = std::min(last, starts[group + 1]);
    const auto& source = [&]() -> const RowGroup& {
      if (buffered_ == group) return buffer_;
      const RowGroup& read = store_.read(group, buffer_);
      buffered_ = &read == &buffer_ ? group : SIZE_MAX;
      return read;
    }();
    for (std::size_t i = 0; i < rows_.columns.size(); ++i) {
      std::span<const std::int32_t> remap;
      if (!codes_[i].empty()) remap = codes_[i][static_cast<std::size_t>(store_.thread(group))];
      append_rows(rows_.columns[i], rows_.rows, source.columns[i], first - starts[group], end - starts[group], remap,
                  store_.shift(group, i));
    }
    rows_.rows += end - first;
    first = end;
  }
}

void RowCopy::append(const RowGroup& group, std::int64_t first, std::int64_t last) {
  for (std::size_t i = 0; i < rows_.columns.size(); ++i) {
    append_rows(rows_.columns[i], rows_.rows, group.columns[i], first, last);
  }
  rows_.rows += last - first;
}

data::Batch RowCopy::take(base::RowRange rows, const std::vector<data::DictionaryPointer>& dictionaries) {
  data::Batch batch{rows, {}};
  for (std::size_t i = 0; i < rows_.columns.size(); ++i) {
    LocalColumn& column = rows_.columns[i];
    batch.columns.emplace_back(schema_.fields[i], std::move(column.values), std::move(column.mask), dictionaries[i]);
  }
  return batch;
}

RowGroup RowCopy::take() {
  return std::move(rows_);
}

RowGroup rows_behind(comm::Communicator& communicator, std::span<const std::int64_t> starts, const RowStore& store,
                     const data::Schema& schema, const CodeTables& codes) {
  const auto me = static_cast<std::size_t>(communicator.rank());
  const std::int64_t first = starts[me];
  const std::int64_t block_begin = first / base::block_rows * base::block_rows;
  const std::int64_t block_end = std::min(starts[me + 1], block_begin + base::block_rows);
  std::vector<std::byte> bytes;
  int target = communicator.rank();
  comm::collective_try(communicator, "import: border rows", [&] {
    if (block_begin == first || block_end <= first) return;
    target = holder(starts, block_begin);
    RowCopy copy(store, schema, codes);
    copy.append(0, block_end - first);
    bytes = encode(copy.take());
  });
  std::vector<std::span<const std::byte>> send(static_cast<std::size_t>(communicator.size()));
  send[static_cast<std::size_t>(target)] = bytes;
  const comm::Gathered<std::byte> received = communicator.all_to_all(send);

  RowCopy joined(store, schema, codes);
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const std::span<const std::byte> part = received.from(rank);
    if (part.empty()) continue;
    const RowGroup group = decode(part);
    joined.append(group, 0, group.rows);
  }
  return joined.take();
}

}  // namespace fullbase::store::csv
