#include "algorithms/itemsets/gather_occurrences.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using Message = std::vector<std::byte>;

template <class T>
void append(Message& message, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  message.insert(message.end(), bytes.begin(), bytes.end());
}
template <class T>
void append_vector(Message& message, const std::vector<T>& values) {
  const auto size = std::ssize(values);
  append(message, std::span(&size, 1));
  append(message, std::span(values));
}

/// What append() wrote, in its order.
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::byte> bytes) : left_(bytes) {}
  template <class T>
  void read(std::span<T> values) {
    if (values.empty()) return;
    std::memcpy(values.data(), left_.data(), values.size_bytes());
    left_ = left_.subspan(values.size_bytes());
  }
  template <class T>
  std::vector<T> vector() {
    std::int64_t size = 0;
    read(std::span(&size, 1));
    std::vector<T> values(static_cast<std::size_t>(size));
    read(std::span(values));
    return values;
  }

 private:
  std::span<const std::byte> left_;
};

template <class T>
std::int64_t vector_bytes(const std::vector<T>& values) noexcept {
  return static_cast<std::int64_t>(sizeof(std::int64_t) + sizeof(T) * values.size());
}
/// What append_rows() appends.
std::int64_t message_bytes(const Occurrences& rows, std::size_t columns) noexcept {
  if (const auto* const bits = std::get_if<BitColumns>(&rows))
    return vector_bytes(bits->ranges) + 8 * bits->words() * static_cast<std::int64_t>(columns);
  const auto& lists = std::get<RowLists>(rows);
  return vector_bytes(lists.starts) + vector_bytes(lists.columns) + vector_bytes(lists.weights);
}

void append_rows(Message& message, const Occurrences& rows, std::size_t columns) {
  if (const auto* const bits = std::get_if<BitColumns>(&rows)) {
    append_vector(message, bits->ranges);
    for (std::size_t column = 0; column < columns; ++column) {
      for (const auto& range : bits->ranges)
        append(message, std::span(bits->column(static_cast<std::int64_t>(column)) + range.first,
                                  static_cast<std::size_t>(range.last - range.first)));
    }
  } else {
    const auto& lists = std::get<RowLists>(rows);
    append_vector(message, lists.starts);
    append_vector(message, lists.columns);
    append_vector(message, lists.weights);
  }
}

Occurrences read_rows(MessageReader& reader, bool as_lists, std::size_t columns) {
  if (as_lists) {
    RowLists lists;
    lists.starts = reader.vector<std::int64_t>();
    lists.columns = reader.vector<std::int32_t>();
    lists.weights = reader.vector<std::uint32_t>();
    return lists;
  }
  BitColumns bits;
  bits.ranges = reader.vector<WordRange>();
  for (auto& range : bits.ranges) {
    const auto words = range.last - range.first;
    range.first = bits.stride;
    bits.stride += words;
    range.last = bits.stride;
  }
  bits.bits.resize(columns * static_cast<std::size_t>(bits.stride));
  reader.read(std::span(bits.bits));
  return bits;
}

/// Rows of several ranks: words of one weight side by side.
BitColumns join(std::span<const BitColumns* const> parts, std::size_t columns) {
  BitColumns all;
  std::vector<std::pair<const BitColumns*, WordRange>> sources;
  for (int shift = 0; shift < 32; ++shift) {
    const auto first = all.stride;
    for (const auto* const part : parts) {
      for (const auto& range : part->ranges) {
        if (range.shift != shift) continue;
        sources.emplace_back(part, range);
        all.stride += range.last - range.first;
      }
    }
    if (all.stride > first) all.ranges.push_back({first, all.stride, shift});
  }
  all.bits.reserve(columns * static_cast<std::size_t>(all.stride));
  for (std::size_t column = 0; column < columns; ++column) {
    for (const auto& [part, range] : sources) {
      const auto* const words = part->column(static_cast<std::int64_t>(column));
      all.bits.insert(all.bits.end(), words + range.first, words + range.last);
    }
  }
  return all;
}

RowLists join(std::span<const RowLists* const> parts) {
  RowLists all;
  for (const auto* const part : parts) {
    const auto begin = std::ssize(all.columns);
    all.columns.insert(all.columns.end(), part->columns.begin(), part->columns.end());
    all.weights.insert(all.weights.end(), part->weights.begin(), part->weights.end());
    for (std::size_t row = 1; row < part->starts.size(); ++row) all.starts.push_back(begin + part->starts[row]);
  }
  return all;
}

template <class Rows>
std::vector<const Rows*> all_as(std::span<const Occurrences> parts) {
  std::vector<const Rows*> result;
  for (const auto& part : parts) result.push_back(&std::get<Rows>(part));
  return result;
}

Occurrences join(std::vector<Occurrences> parts, std::size_t columns) {
  if (parts.size() == 1) return std::move(parts.front());
  if (std::holds_alternative<RowLists>(parts.front())) return join(all_as<RowLists>(parts));
  return join(all_as<BitColumns>(parts), columns);
}

/// All of a class but its rows.
void describe(const ClassOutline& outline, const FrequentPairs& pairs, OccurrenceClass& made) {
  made.rarest = outline.rarest;
  made.items = outline.items;
  const auto counts_of = [&](std::int32_t item, auto&& found) {
    const auto others = pairs.others_of(item);
    const auto counts = pairs.counts_of(item);
    std::size_t at = 0;
    for (std::size_t column = 0; column < made.items.size() && made.items[column] < item; ++column) {
      at = static_cast<std::size_t>(
          std::lower_bound(others.begin() + static_cast<std::ptrdiff_t>(at), others.end(), made.items[column]) - others.begin());
      if (at == others.size()) break;
      if (others[at] == made.items[column]) found(static_cast<std::int64_t>(column), counts[at]);
    }
  };
  counts_of(outline.rarest, [&](std::int64_t, std::int64_t count) { made.counts.push_back(count); });
  made.pairs.clear(std::ssize(made.items));
  for (std::size_t a = 0; a < made.items.size(); ++a)
    counts_of(made.items[a], [&](std::int64_t b, std::int64_t) { made.pairs.set(static_cast<std::int64_t>(a), b); });
}

}  // namespace

std::vector<OccurrenceClass> gather_occurrences(comm::Communicator& communicator, std::span<const ClassOutline> classes,
                                                std::span<const int> owners, std::vector<Occurrences> local,
                                                const FrequentPairs& pairs) {
  std::vector<Message> messages(static_cast<std::size_t>(communicator.size()));
  comm::collective_try(communicator, "pack occurrences", [&] {
    std::vector<std::int64_t> sizes(messages.size(), 0);
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (owners[c] != communicator.rank())
        sizes[static_cast<std::size_t>(owners[c])] += message_bytes(local[c], classes[c].items.size());
    }
    for (std::size_t rank = 0; rank < messages.size(); ++rank) messages[rank].reserve(static_cast<std::size_t>(sizes[rank]));
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (owners[c] == communicator.rank()) continue;
      append_rows(messages[static_cast<std::size_t>(owners[c])], local[c], classes[c].items.size());
      local[c] = {};
    }
  });
  comm::Gathered<std::byte> received;
  if (communicator.size() > 1)
    received = communicator.all_to_all(std::vector<std::span<const std::byte>>(messages.begin(), messages.end()));
  messages.clear();
  return comm::collective_try(communicator, "put occurrences together", [&] {
    std::vector<MessageReader> readers;
    for (int rank = 0; rank < communicator.size(); ++rank)
      readers.emplace_back(communicator.size() > 1 ? received.from(rank) : std::span<const std::byte>());
    std::vector<OccurrenceClass> mine;
    std::vector<const ClassOutline*> outlines;  // of these
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (owners[c] != communicator.rank()) continue;
      const auto columns = classes[c].items.size();
      const bool as_lists = std::holds_alternative<RowLists>(local[c]);
      std::vector<Occurrences> parts;
      for (int rank = 0; rank < communicator.size(); ++rank) {
        if (rank == communicator.rank()) {
          parts.push_back(std::move(local[c]));
        } else {
          parts.push_back(read_rows(readers[static_cast<std::size_t>(rank)], as_lists, columns));
        }
      }
      outlines.push_back(&classes[c]);
      mine.emplace_back().rows = join(std::move(parts), columns);
    }
    double steps = 0;
    for (const auto* const outline : outlines) {
      const auto items = static_cast<double>(outline->items.size());
      steps += items * items + (outline->as_lists() ? static_cast<double>(outline->entries) : 0);
    }
    parallel::for_each(
        0, std::ssize(mine),
        [&](std::int64_t c, int) {
          auto& made = mine[static_cast<std::size_t>(c)];
          describe(*outlines[static_cast<std::size_t>(c)], pairs, made);
          if (auto* const lists = std::get_if<RowLists>(&made.rows)) lists->turn(std::ssize(made.items));
        },
        parallel::grain_of(std::ssize(mine), 5 * steps));
    return mine;
  });
}

}  // namespace fullbase::itemsets
