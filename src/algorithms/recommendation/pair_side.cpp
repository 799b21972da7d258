#include "algorithms/recommendation/pair_side.hpp"

#include <atomic>
#include <cmath>
#include <utility>

#include "base/int128.hpp"
#include "comm/agreement.hpp"

namespace fullbase::recommendation {
namespace {

constexpr std::size_t sums_a_slot = 3;
/// A slot has fewer than 2^31 pairs, so that neither half of its units' sum leaves 63 bits.
constexpr int low_bits = 31;

}  // namespace

PairSide::PairSide(prepare::KeySlots slots, const data::Field& field, double most, data::Budget& budget)
    : field_(field), slots_(std::move(slots)), exponent_(most > 0 ? 60 - std::ilogb(most) : 0) {
  sums_memory_ = budget.require(24 * std::int64_t{slots_.size()}, "the totals of customers and items");
  sums_.assign(sums_a_slot * static_cast<std::size_t>(slots_.size()), 0);
}

void PairSide::add(const data::Column& keys, std::span<const double> values, std::span<const std::uint8_t> counts) {
  std::vector<std::int32_t> buffer;
  const auto slots = slots_.slots_of(keys, buffer);
  const auto increase = [&](std::size_t place, std::int64_t by) {
    std::atomic_ref(sums_[place]).fetch_add(by, std::memory_order_relaxed);
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (counts[i] == 0) continue;
    const auto at = sums_a_slot * static_cast<std::size_t>(slots[i]);
    const auto units = static_cast<std::int64_t>(std::nearbyint(std::ldexp(values[i], exponent_)));
    increase(at, 1);
    increase(at + 1, units >> low_bits);
    increase(at + 2, units & ((std::int64_t{1} << low_bits) - 1));
  }
}

void PairSide::finish(comm::Communicator& communicator, std::int64_t least, data::Budget& budget) {
  {
    const comm::StageScope stage(communicator.statistics(), "total pairs");
    communicator.sum(std::span(sums_));
  }
  least_ = least;
  comm::collective_try(communicator, "number customers and items", [&] {
    const auto counting = budget.require(4 * std::int64_t{slots_.size()}, "the pairs of customers and items");
    std::vector<std::int32_t> pairs(static_cast<std::size_t>(slots_.size()));
    for (std::size_t slot = 0; slot < pairs.size(); ++slot) pairs[slot] = static_cast<std::int32_t>(sums_[sums_a_slot * slot]);
    keys_ = {std::move(slots_), field_, pairs, budget};
    memory_ = budget.require(8 * keys_.rows(), "the totals of customers and items");
    totals_.reserve(static_cast<std::size_t>(keys_.rows()));
    for (std::size_t slot = 0; slot < pairs.size(); ++slot) {
      if (pairs[slot] == 0) continue;
      const auto* const sums = &sums_[sums_a_slot * slot];
      const base::int128 units = base::int128{sums[1]} * (base::int128{1} << low_bits) + sums[2];
      totals_.push_back(std::ldexp(static_cast<double>(units), -exponent_));
      if (pairs[slot] < least) ++cold_;
    }
    sums_ = {};
    sums_memory_ = {};
  });
}

void PairSide::leave_out_cold(const data::Column& keys, std::span<std::uint8_t> counts) const {
  std::vector<std::int32_t> buffer;
  const auto slots = keys_.slots().slots_of(keys, buffer);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0 && is_cold(keys_.row_of_slot(slots[i]))) counts[i] = 0;
  }
}

std::int64_t PairSide::longest() const noexcept {
  std::int64_t longest = -1;
  for (std::int64_t row = 0; row < keys_.rows(); ++row) {
    if (longest < 0 || keys_.entries_of(row) > keys_.entries_of(longest)) longest = row;
  }
  return longest;
}

data::Schema PairSide::schema(const data::Field& field, const std::string& key, const std::string& others) {
  data::Schema schema;
  schema.fields = {prepare::KeySlots::key_field(field),
                   {.name = others, .type = data::Type::int64},
                   {.name = "total", .type = data::Type::float64},
                   {.name = "cold", .type = data::Type::boolean}};
  schema.fields.front().name = key;
  schema.key = key;
  return schema;
}

data::Batch PairSide::rows(const data::Schema& schema, base::RowRange range) const {
  auto keys = keys_.keys(range);
  std::vector<std::int64_t> pairs;
  std::vector<std::uint8_t> cold;
  for (std::int64_t row = range.first; row < range.last; ++row) {
    pairs.push_back(keys_.entries_of(row));
    cold.push_back(is_cold(row) ? 1 : 0);
  }
  data::Batch batch{.rows = range, .columns = {}};
  batch.columns.emplace_back(schema[0], std::move(keys.values()));
  batch.columns.emplace_back(schema[1], std::move(pairs));
  batch.columns.emplace_back(schema[2], std::vector<double>(totals_.begin() + range.first, totals_.begin() + range.last));
  batch.columns.emplace_back(schema[3], std::move(cold));
  return batch;
}

}  // namespace fullbase::recommendation
