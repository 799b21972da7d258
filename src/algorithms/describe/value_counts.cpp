#include "algorithms/describe/value_counts.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "algorithms/describe/counted_values.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::describe {
namespace {

/// Distinct values lie in pieces, merged, sent and received.
constexpr std::int64_t copies_of_a_value = 4;
constexpr std::int64_t least_bytes = std::int64_t{1} << 20;
/// What did not fit is tried again in so many times as many passes.
constexpr std::int64_t more_passes = 4;
/// In so many passes a pass holds single texts, and longer ones than the memory is asked to hold have to fit all the same.
constexpr std::int64_t most_passes = 1 << 16;

template <class Keys>
constexpr bool is_text = std::is_same_v<Keys, data::Strings>;

struct Pass {
  std::int64_t number = 0;
  std::int64_t of = 1;

  template <class Key>
  bool takes(const Key& key) const noexcept {
    return of == 1 || hash_of(key) % static_cast<std::uint64_t>(of) == static_cast<std::uint64_t>(number);
  }
  template <class Key>
  std::size_t owner(const Key& key, int ranks) const noexcept {
    return hash_of(key) / static_cast<std::uint64_t>(of) % static_cast<std::uint64_t>(ranks);
  }
};

/// A value as a word that compares as values do.
std::uint64_t word_of(const data::Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case data::Type::category:
    case data::Type::date:
      return comm::ordered_bits(static_cast<std::int64_t>(column.int32s()[at]));
    case data::Type::boolean:
      return comm::ordered_bits(static_cast<std::int64_t>(column.bools()[at]));
    case data::Type::float64:
      return comm::ordered_bits(column.float64s()[at] + 0.0);
    case data::Type::float32:
      return comm::ordered_bits(static_cast<double>(column.float32s()[at]) + 0.0);
    default:
      return comm::ordered_bits(column.int64s()[at]);
  }
}

data::Column column_of(const data::Field& field, const data::DictionaryPointer& dictionary, const Words& words) {
  data::Column column(field, static_cast<std::int64_t>(words.size()), dictionary);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto number = comm::int64_of_ordered_bits(words[i]);
    switch (field.type) {
      case data::Type::category:
      case data::Type::date:
        column.int32s()[i] = static_cast<std::int32_t>(number);
        break;
      case data::Type::boolean:
        column.bools()[i] = static_cast<std::uint8_t>(number);
        break;
      case data::Type::float64:
        column.float64s()[i] = comm::double_of_ordered_bits(words[i]);
        break;
      case data::Type::float32:
        column.float32s()[i] = static_cast<float>(comm::double_of_ordered_bits(words[i]));
        break;
      default:
        column.int64s()[i] = number;
    }
  }
  return column;
}

data::Column column_of(const data::Field& field, const data::DictionaryPointer&, const data::Strings& texts) {
  return {field, texts};
}

/// The values of a piece that belong to a pass, counted.
template <class Keys>
Counted<Keys> counts_of_piece(const data::Column& column, Pass pass) {
  std::vector<std::conditional_t<is_text<Keys>, std::string_view, std::uint64_t>> keys;
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    if (column.is_missing(row)) continue;
    if constexpr (is_text<Keys>) {
      if (pass.takes(column.text(row))) keys.push_back(column.text(row));
    } else {
      if (const auto word = word_of(column, row); pass.takes(word)) keys.push_back(word);
    }
  }
  return counted(keys);
}

/// This rank's values of a pass; nothing if they take more than `room`.
template <class Keys>
std::optional<Counted<Keys>> counts_here(const data::BlockSource& source, int column, base::RowRange rows, Pass pass,
                                         std::int64_t room) {
  std::vector<Accumulated<Keys>> threads(static_cast<std::size_t>(parallel::thread_count()));
  std::atomic<std::int64_t> bytes = 0;
  std::atomic<bool> full = false;
  parallel::scan(source, rows, std::span(&column, 1), [&](data::Batch&& batch, int thread) {
    if (full) return;
    auto& mine = threads[static_cast<std::size_t>(thread)];
    const auto before = mine.bytes();
    mine.add(counts_of_piece<Keys>(batch[0], pass));
    bytes += mine.bytes() - before;
    // What threads have in common counts once for each: whether a pass fits never alters what it finds.
    if (copies_of_a_value * bytes > room) full = true;
  });
  if (full) return std::nullopt;
  Accumulated<Keys> all;
  for (auto& mine : threads) all.add(mine.take());
  return all.take();
}

std::vector<Words> received(comm::Communicator& communicator, const std::vector<Counted<Words>>& parts) {
  std::vector<std::span<const std::uint64_t>> send;
  for (const auto& part : parts) send.emplace_back(part.keys);
  const auto got = communicator.all_to_all(send);
  std::vector<Words> keys;
  for (int rank = 0; rank < communicator.size(); ++rank) keys.emplace_back(got.from(rank).begin(), got.from(rank).end());
  return keys;
}

std::vector<data::Strings> received(comm::Communicator& communicator, const std::vector<Counted<data::Strings>>& parts) {
  std::vector<std::span<const std::int64_t>> offsets;
  std::vector<std::span<const char>> bytes;
  for (const auto& part : parts) {
    offsets.emplace_back(part.keys.offsets());
    bytes.emplace_back(part.keys.bytes());
  }
  const auto got_offsets = communicator.all_to_all(offsets);
  const auto got_bytes = communicator.all_to_all(bytes);
  std::vector<data::Strings> keys;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto at = got_offsets.from(rank);
    const auto text = got_bytes.from(rank);
    keys.emplace_back(std::vector<std::int64_t>(at.begin(), at.end()), std::vector<char>(text.begin(), text.end()));
  }
  return keys;
}

/// All ranks' counts of the values that this rank owns. Collective.
template <class Keys>
Counted<Keys> brought_together(comm::Communicator& communicator, Counted<Keys> local, Pass pass) {
  if (communicator.size() == 1) return local;
  std::vector<Counted<Keys>> parts(static_cast<std::size_t>(communicator.size()));
  for (std::int64_t i = 0; i < local.size(); ++i) {
    const auto key = key_at(local.keys, i);
    parts[pass.owner(key, communicator.size())].push_back(key, local.rows[static_cast<std::size_t>(i)]);
  }
  local = {};
  auto keys = received(communicator, parts);
  std::vector<std::span<const std::int64_t>> send;
  for (const auto& part : parts) send.emplace_back(part.rows);
  const auto rows = communicator.all_to_all(send);
  parts.clear();
  Accumulated<Keys> all;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto theirs = rows.from(rank);
    all.add({std::move(keys[static_cast<std::size_t>(rank)]), {theirs.begin(), theirs.end()}});
  }
  return all.take();
}

/// The `most` keys with the most rows, most first, ties from the least key on.
template <class Keys>
Counted<Keys> most_frequent(const Counted<Keys>& counted, std::int64_t most) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(counted.size()));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto kept = std::min<std::int64_t>(most, counted.size());
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](std::int64_t a, std::int64_t b) {
    const auto rows_a = counted.rows[static_cast<std::size_t>(a)];
    const auto rows_b = counted.rows[static_cast<std::size_t>(b)];
    return rows_a != rows_b ? rows_a > rows_b : key_at(counted.keys, a) < key_at(counted.keys, b);
  });
  Counted<Keys> best;
  for (std::int64_t i = 0; i < kept; ++i) {
    const auto at = order[static_cast<std::size_t>(i)];
    best.push_back(key_at(counted.keys, at), counted.rows[static_cast<std::size_t>(at)]);
  }
  return best;
}

/// What passes have found on this rank.
template <class Keys>
struct Found {
  std::int64_t distinct = 0;
  std::int64_t present = 0;
  Counted<Keys> best;      ///< in no order
  Counted<Keys> extremes;  ///< candidates for the least and the greatest, in no order

  void add(const Counted<Keys>& counted, std::int64_t most) {
    distinct += counted.size();
    present = std::accumulate(counted.rows.begin(), counted.rows.end(), present);
    const auto top = most_frequent(counted, most);
    append(best, top);
    if (counted.size() == 0) return;
    extremes.push_back(key_at(counted.keys, 0), 1);
    extremes.push_back(key_at(counted.keys, counted.size() - 1), 1);
  }
  static void append(Counted<Keys>& to, const Counted<Keys>& from) {
    for (std::int64_t i = 0; i < from.size(); ++i) to.push_back(key_at(from.keys, i), from.rows[static_cast<std::size_t>(i)]);
  }
};

/// Everyone's keys and rows on every rank. Collective; for few.
template <class Keys>
Counted<Keys> gathered(comm::Communicator& communicator, const Counted<Keys>& local) {
  Counted<Keys> all;
  std::vector<Counted<Keys>> copies(static_cast<std::size_t>(communicator.size()), local);
  const auto keys = received(communicator, copies);
  const auto rows = communicator.all_gather_all(std::span<const std::int64_t>(local.rows));
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto theirs = rows.from(rank);
    Found<Keys>::append(all, {keys[static_cast<std::size_t>(rank)], {theirs.begin(), theirs.end()}});
  }
  return all;
}

/// Nothing if a pass did not fit on some rank. Collective.
template <class Keys>
std::optional<Found<Keys>> counts_in_passes(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                            std::int64_t most, std::int64_t passes, std::int64_t room) {
  const auto rows = comm::own_rows(communicator, source.rows());
  Found<Keys> found;
  for (std::int64_t number = 0; number < passes; ++number) {
    const Pass pass{number, passes};
    auto local =
        comm::collective_try(communicator, "count values", [&] { return counts_here<Keys>(source, column, rows, pass, room); });
    if (communicator.max_value(std::int64_t{local ? 0 : 1}) != 0) return std::nullopt;
    found.add(brought_together(communicator, std::move(*local), pass), most);
    found.best = most_frequent(found.best, most);
  }
  return found;
}

template <class Keys>
ValueCounts count_keys(comm::Communicator& communicator, const data::BlockSource& source, int column, std::int64_t most,
                       data::Budget& budget) {
  const auto reservation = budget.reserve_up_to(budget.available() / 2);
  const auto room = std::max(least_bytes, reservation.bytes());
  std::optional<Found<Keys>> found;
  for (std::int64_t passes = 1; !found; passes *= more_passes) {
    const auto limit = passes < most_passes ? room : std::numeric_limits<std::int64_t>::max();
    found = counts_in_passes<Keys>(communicator, source, column, most, passes, limit);
  }

  const auto& field = source.schema()[column];
  const auto dictionary = source.dictionary(column);
  ValueCounts counts;
  counts.present = communicator.sum_value(found->present);
  counts.distinct = communicator.sum_value(found->distinct);
  const auto best = most_frequent(gathered(communicator, found->best), most);
  counts.frequent = column_of(field, dictionary, best.keys);
  counts.frequent_rows = best.rows;
  const auto ends = gathered(communicator, found->extremes);
  Keys extremes;
  if (ends.size() > 0) {
    auto least = key_at(ends.keys, 0);
    auto greatest = least;
    for (std::int64_t i = 1; i < ends.size(); ++i) {
      least = std::min(least, key_at(ends.keys, i));
      greatest = std::max(greatest, key_at(ends.keys, i));
    }
    extremes.push_back(least);
    extremes.push_back(greatest);
  }
  counts.extremes = column_of(field, dictionary, extremes);
  return counts;
}

}  // namespace

ValueCounts count_values(comm::Communicator& communicator, const data::BlockSource& source, int column, std::int64_t most,
                         data::Budget& budget) {
  const comm::StageScope scope(communicator.statistics(), "count values");
  return source.schema()[column].type == data::Type::string
             ? count_keys<data::Strings>(communicator, source, column, most, budget)
             : count_keys<Words>(communicator, source, column, most, budget);
}

}  // namespace fullbase::describe
