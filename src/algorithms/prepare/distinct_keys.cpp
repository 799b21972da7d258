#include "algorithms/prepare/distinct_keys.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/hash.hpp"
#include "base/int128.hpp"
#include "comm/agreement.hpp"
#include "comm/dictionary.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
namespace {

constexpr const char* purpose = "the distinct keys of a column";

void sort_unique(std::vector<std::int64_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// What threads have found, in one list; duplicates are removed where there is no room.
class Integers {
 public:
  explicit Integers(data::Budget& budget) : budget_(budget) {}

  void add(std::span<const std::int64_t> some) {
    const std::scoped_lock lock(mutex_);
    make_room(some.size());
    values_.insert(values_.end(), some.begin(), some.end());
  }
  std::vector<std::int64_t> take() {
    sort_unique(values_);
    return std::move(values_);
  }

 private:
  void make_room(std::size_t more) {
    if (values_.size() + more <= values_.capacity()) return;
    sort_unique(values_);
    // At least a quarter is free afterwards, so that the list is not sorted again at once.
    if (const auto wanted = values_.size() + more; wanted > values_.capacity() / 4 * 3) {
      const auto capacity = wanted + wanted / 2;
      auto larger = budget_.require(static_cast<std::int64_t>(8 * capacity), purpose);
      values_.reserve(capacity);
      memory_ = std::move(larger);
    }
  }

  data::Budget& budget_;
  data::Reservation memory_;
  std::mutex mutex_;
  std::vector<std::int64_t> values_;
};

/// Ascending, each once: the same as sort_unique() for values that span no more than `range`, by a bit each.
void mark_unique(std::vector<std::int64_t>& values, std::int64_t least, std::uint64_t range) {
  std::vector<std::uint64_t> marks(static_cast<std::size_t>(range / 64) + 1, 0);
  for (const std::int64_t value : values) {
    const auto bit = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(least);
    marks[static_cast<std::size_t>(bit / 64)] |= std::uint64_t{1} << (bit % 64);
  }
  values.clear();
  for (std::size_t word = 0; word < marks.size(); ++word) {
    for (std::uint64_t left = marks[word]; left != 0; left &= left - 1)
      values.push_back(least + static_cast<std::int64_t>(64 * word) + std::countr_zero(left));
  }
}

void read_integers(const data::Column& column, std::vector<std::int64_t>& found) {
  const auto numbers = column.int64s();
  found.clear();
  bool ascends = true;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!column.mask().empty() && column.mask()[i] != 0) continue;
    if (!found.empty() && found.back() == numbers[i]) continue;
    ascends = ascends && (found.empty() || found.back() < numbers[i]);
    found.push_back(numbers[i]);
  }
  if (ascends) return;
  const auto [least, greatest] = std::ranges::minmax(found);
  const auto range = static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least);
  if (range <= 64 * found.size()) {
    mark_unique(found, least, range);
  } else {
    sort_unique(found);
  }
}

std::uint64_t hash_of(std::string_view text) noexcept {
  return base::xxh3(std::as_bytes(std::span(text.data(), text.size())));
}

/// A share of the texts, by their hashes, so that threads seldom meet.
class TextShard {
 public:
  void add(std::string_view text, std::uint64_t hash, data::Budget& budget) {
    const std::scoped_lock lock(mutex_);
    if (table_.empty()) grow(text.size(), budget);
    std::size_t cell = place(text, hash);
    if (table_[cell] >= 0) return;
    if (texts_.size() == room_ || std::ssize(texts_.bytes()) + std::ssize(text) > byte_room_) {
      grow(text.size(), budget);
      cell = place(text, hash);
    }
    table_[cell] = static_cast<std::int32_t>(texts_.size());
    texts_.push_back(text);
  }
  const data::Strings& texts() const noexcept { return texts_; }
  void drop_table() { table_ = {}; }

 private:
  std::size_t place(std::string_view text, std::uint64_t hash) const {
    const std::size_t mask = table_.size() - 1;
    std::size_t cell = hash & mask;
    while (table_[cell] >= 0 && texts_[table_[cell]] != text) cell = (cell + 1) & mask;
    return cell;
  }
  void grow(std::size_t more, data::Budget& budget) {
    constexpr std::int64_t least = 16;
    if (texts_.size() == room_) room_ = std::max(least, 2 * room_);
    const auto bytes = std::ssize(texts_.bytes()) + static_cast<std::int64_t>(more);
    if (bytes > byte_room_) byte_room_ = std::max(8 * least, 2 * bytes);
    const auto cells = std::bit_ceil(static_cast<std::size_t>(2 * room_));
    auto larger = budget.require(8 * (room_ + 1) + byte_room_ + static_cast<std::int64_t>(4 * cells), purpose);
    texts_.reserve(room_, byte_room_);
    if (cells != table_.size()) {
      table_ = {};
      table_.assign(cells, -1);
      for (std::int32_t i = 0; i < texts_.size(); ++i) table_[place(texts_[i], hash_of(texts_[i]))] = i;
    }
    memory_ = std::move(larger);
  }

  std::mutex mutex_;
  data::Reservation memory_;
  data::Strings texts_;
  std::vector<std::int32_t> table_;
  std::int64_t room_ = 0;
  std::int64_t byte_room_ = 0;
};

constexpr int shard_bits = 6;
using Shards = std::array<TextShard, std::size_t{1} << shard_bits>;

void read_texts(const data::Column& keys, Shards& shards, data::Budget& budget) {
  std::string_view last;
  for (std::int64_t i = 0; i < keys.rows(); ++i) {
    if (keys.is_missing(i)) continue;
    const std::string_view text = keys.strings()[i];
    if (text == last && !text.empty()) continue;
    last = text;
    const auto hash = hash_of(text);
    shards[hash >> (64 - shard_bits)].add(text, hash, budget);
  }
}

std::int64_t bytes_of(const data::Strings& texts) noexcept {
  return std::ssize(texts.bytes()) + 8 * std::ssize(texts.offsets());
}

/// The shards' texts in byte order; `held` keeps their memory.
data::Strings sorted(Shards& shards, data::Budget& budget, data::Reservation& held) {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  for (auto& shard : shards) {
    shard.drop_table();
    count += shard.texts().size();
    bytes += std::ssize(shard.texts().bytes());
  }
  const auto aside = budget.require(16 * count, purpose);
  held = budget.require(bytes + 8 * (count + 1), purpose);
  std::vector<std::string_view> order;
  order.reserve(static_cast<std::size_t>(count));
  for (const auto& shard : shards) {
    for (std::int64_t i = 0; i < shard.texts().size(); ++i) order.push_back(shard.texts()[i]);
  }
  std::sort(order.begin(), order.end());
  data::Strings texts;
  texts.reserve(count, bytes);
  for (const auto text : order) texts.push_back(text);
  return texts;
}

}  // namespace

int key_owner(std::int64_t key, int ranks) noexcept {
  const auto hash = static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15;
  return static_cast<int>((static_cast<base::uint128>(hash ^ (hash >> 32)) * static_cast<unsigned>(ranks)) >> 64);
}

std::vector<std::int64_t> distinct_integers(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                            base::RowRange rows, data::Budget& budget, data::Reservation& held) {
  auto integers = std::make_optional<Integers>(budget);
  auto local = comm::collective_try(communicator, "find keys", [&] {
    std::vector<std::vector<std::int64_t>> buffers(static_cast<std::size_t>(parallel::thread_count()));
    parallel::scan(source, rows, std::span(&column, 1), [&](data::Batch&& batch, int thread) {
      auto& found = buffers[static_cast<std::size_t>(thread)];
      read_integers(batch[0], found);
      integers->add(found);
    });
    auto all = integers->take();
    if (communicator.size() > 1) {
      std::sort(all.begin(), all.end(), [&](std::int64_t a, std::int64_t b) {
        return std::pair(key_owner(a, communicator.size()), a) < std::pair(key_owner(b, communicator.size()), b);
      });
    } else {
      held = budget.require(8 * std::ssize(all), purpose);
      all.shrink_to_fit();
    }
    return all;
  });
  if (communicator.size() == 1) return local;

  std::vector<std::span<const std::int64_t>> send;
  for (std::int64_t first = 0; std::ssize(send) < communicator.size();) {
    const auto end = std::partition_point(local.begin() + first, local.end(), [&](std::int64_t key) {
      return key_owner(key, communicator.size()) <= static_cast<int>(send.size());
    });
    send.push_back(
        std::span(local).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - local.begin() - first)));
    first = end - local.begin();
  }
  auto own = communicator.all_to_all(send).values;
  local = {};
  integers.reset();
  sort_unique(own);
  const std::int64_t total = communicator.sum_value(std::ssize(own));
  comm::collective_try(communicator, "find keys", [&] { held = budget.require(8 * (total + std::ssize(own)), purpose); });
  auto all = communicator.all_gather_all(std::span<const std::int64_t>(own)).values;
  std::sort(all.begin(), all.end());
  return all;
}

data::DictionaryPointer distinct_texts(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                       base::RowRange rows, data::Budget& budget, data::Reservation& held) {
  auto local = comm::collective_try(communicator, "find keys", [&] {
    const auto shards = std::make_unique<Shards>();
    parallel::scan(source, rows, std::span(&column, 1), [&](data::Batch&& batch, int) { read_texts(batch[0], *shards, budget); });
    return std::make_shared<const data::Dictionary>(sorted(*shards, budget, held));
  });
  if (communicator.size() == 1) return local;
  data::DictionaryPointer united;
  {
    // Uniting copies what it sends, receives about as much, and sorts that.
    const auto aside = comm::collective_try(
        communicator, "find keys", [&] { return budget.require(3 * bytes_of(local->texts()) + 12 * local->size(), purpose); });
    united = comm::unite_dictionaries(communicator, *local).dictionary;
  }
  local = nullptr;
  comm::collective_try(communicator, "find keys", [&] { held = budget.require(bytes_of(united->texts()), purpose); });
  return united;
}

}  // namespace fullbase::prepare
