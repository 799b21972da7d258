#include "algorithms/prepare/key_passes.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/row_selection.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
namespace {

/// Of a row's key and number while they are shuffled, beside the columns.
constexpr std::int64_t bytes_a_row = 88;
constexpr std::int64_t bytes_a_column = 8;
/// A text lies in an array that doubles, is sent, received and put in order.
constexpr std::int64_t copies_of_a_text = 4;

}  // namespace

KeyPasses::KeyPasses(comm::Communicator& communicator, const data::BlockSource& source, KeyedRows rows, data::Budget& budget)
    : source_(source), rows_(std::move(rows)), columns_(rows_.keys), local_(comm::own_rows(communicator, source.rows())) {
  columns_.insert(columns_.end(), rows_.beside.begin(), rows_.beside.end());
  const auto bytes = local_.size() * comm::collective_try(communicator, "read keys", [&] { return row_bytes(); });
  shares_ = KeyShares::cut(communicator, bytes, budget);
  for (const int column : rows_.where != nullptr ? rows_.where->columns() : std::vector<int>()) {
    if (std::ranges::find(columns_, column) == columns_.end()) columns_.push_back(column);
  }
}

/// Bytes that a row of this rank takes in a pass, by the texts of its first piece.
std::int64_t KeyPasses::row_bytes() const {
  std::vector<int> texts;
  for (const int column : columns_) {
    if (source_.schema()[column].type == data::Type::string) texts.push_back(column);
  }
  auto bytes = bytes_a_row + bytes_a_column * std::ssize(columns_);
  if (texts.empty() || local_.empty()) return bytes;
  const auto batch = source_.read({local_.first, std::min(local_.last, local_.first + parallel::scan_group_rows)}, texts);
  for (const auto& column : batch.columns) bytes += copies_of_a_text * std::ssize(column.strings().bytes()) / batch.rows.size();
  return bytes;
}

data::Batch KeyPasses::read(std::int64_t pass) {
  const auto keys = rows_.keys.size();
  const auto wanted = keys + rows_.beside.size();
  data::Batch result;
  for (std::size_t c = 0; c < wanted; ++c) {
    // The same column may be wanted twice.
    result.columns.emplace_back(source_.schema()[columns_[c]], 0, source_.dictionary(columns_[c]));
  }
  std::vector<std::int64_t> numbers;
  std::vector<std::int32_t> chosen;
  for (std::int64_t first = local_.first; first < local_.last; first += parallel::scan_group_rows) {
    const auto batch = source_.read({first, std::min(local_.last, first + parallel::scan_group_rows)}, columns_);
    std::vector<std::uint8_t> taking_part;
    if (rows_.where != nullptr) {
      taking_part.resize(static_cast<std::size_t>(batch.rows.size()));
      for (const auto row : rows_.where->select(batch, columns_)) taking_part[static_cast<std::size_t>(row)] = 1;
    }
    const std::span<const data::Column> values(batch.columns.data(), keys);
    chosen.clear();
    for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
      const bool filtered = !taking_part.empty() && taking_part[static_cast<std::size_t>(row)] == 0;
      if (filtered || std::ranges::any_of(values, [&](const auto& key) { return key.is_missing(row); })) {
        if (pass == 0) ++(filtered ? filtered_ : missing_keys_);
        continue;
      }
      if (!shares_.holds(pass, values, row)) continue;
      chosen.push_back(static_cast<std::int32_t>(row));
      numbers.push_back(first + row);
    }
    for (std::size_t c = 0; c < wanted; ++c) {
      const auto taken = data::take_rows(batch.columns[c], chosen);
      result.columns[c].append_from(taken, 0, taken.rows());
    }
  }
  result.rows = {0, std::ssize(numbers)};
  result.columns.emplace_back(data::Field{.name = "_row", .type = data::Type::int64}, std::move(numbers));
  return result;
}

}  // namespace fullbase::prepare
