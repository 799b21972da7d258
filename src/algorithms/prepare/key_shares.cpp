#include "algorithms/prepare/key_shares.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace fullbase::prepare {
namespace {

constexpr std::int64_t least_bytes = std::int64_t{1} << 20;

std::uint64_t hash_of(const data::Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case data::Type::string:
    case data::Type::category: {
      const auto text = column.text(row);
      return base::xxh3(std::as_bytes(std::span(text.data(), text.size())));
    }
    case data::Type::boolean:
      return base::xxh3(std::as_bytes(column.bools().subspan(at, 1)));
    case data::Type::date:
      return base::xxh3(std::as_bytes(column.int32s().subspan(at, 1)));
    default:
      return base::xxh3(std::as_bytes(column.int64s().subspan(at, 1)));
  }
}

}  // namespace

KeyShares KeyShares::cut(comm::Communicator& communicator, std::int64_t bytes, data::Budget& budget) {
  KeyShares shares;
  shares.memory_ = budget.reserve_up_to(std::min(budget.available() / 2, bytes));
  const auto room = std::max(least_bytes, shares.memory_.bytes());
  shares.count_ = std::max<std::int64_t>(1, communicator.max_value((bytes + room - 1) / room));
  return shares;
}

bool KeyShares::holds(std::int64_t share, std::span<const data::Column> keys, std::int64_t row) const {
  if (count_ == 1) return true;
  std::uint64_t hash = 0;
  // The factor keeps (a, b) from having the hash of (b, a).
  for (const auto& key : keys) hash = hash * 0x9E3779B97F4A7C15 + hash_of(key, row);
  return hash % static_cast<std::uint64_t>(count_) == static_cast<std::uint64_t>(share);
}

}  // namespace fullbase::prepare
