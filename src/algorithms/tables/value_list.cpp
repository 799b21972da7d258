#include "algorithms/tables/value_list.hpp"

#include <algorithm>
#include <numeric>

#include "comm/reduction.hpp"

namespace fullbase::tables {

template <class Key>
void ValueListOf<Key>::settle(std::int64_t number) {
  auto& entries = bucket(number);
  const std::int64_t first = buckets_.first_of(number);
  std::vector<std::size_t> ends(static_cast<std::size_t>(buckets_.width(number)) + 1, 0);
  const auto group = [&](const Listed<Key>& entry) { return static_cast<std::size_t>(entry.slot() - first); };
  for (const auto& entry : entries) ++ends[group(entry) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<Listed<Key>> by_group(entries.size());
  for (const auto& entry : entries) by_group[ends[group(entry)]++] = entry;
  std::size_t kept = 0;
  std::size_t begin = 0;
  for (const std::size_t end : std::span(ends).first(ends.size() - 1)) {
    const auto run = std::span(by_group).subspan(begin, end - begin);
    std::sort(run.begin(), run.end(),
              [](const Listed<Key>& a, const Listed<Key>& b) { return a.key != b.key ? a.key < b.key : a.place < b.place; });
    auto last = run.end();
    if (distinct_) {
      last = std::unique(run.begin(), run.end(), [](const Listed<Key>& a, const Listed<Key>& b) { return a.key == b.key; });
    }
    std::copy(run.begin(), last, entries.begin() + static_cast<std::ptrdiff_t>(kept));
    kept += static_cast<std::size_t>(last - run.begin());
    begin = end;
  }
  entries.resize(kept);
}

template <class Key>
void ValueListOf<Key>::append(std::int64_t number, ValueListOf& other) {
  auto& from = other.bucket(number);
  auto& into = bucket(number);
  if (into.empty()) {
    into = std::move(from);
  } else {
    into.insert(into.end(), from.begin(), from.end());
  }
  from = {};
}

template class ValueListOf<std::uint64_t>;
template class ValueListOf<prepare::TextKey>;

std::int64_t entry_bytes(const ValueList& list) noexcept {
  return list.index() == 0 ? static_cast<std::int64_t>(sizeof(Listed<std::uint64_t>))
                           : static_cast<std::int64_t>(sizeof(Listed<prepare::TextKey>));
}

std::int64_t add_values(ValueList& list, std::span<const std::uint64_t> places, std::span<const std::int32_t> rows,
                        const InputValues& values, const data::Column* texts) {
  std::int64_t added = 0;
  const auto each = [&](auto&& add) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      if (values.missing.empty() || values.missing[row] == 0) added += add(row, places[i]);
    }
  };
  if (auto* const numbers = std::get_if<ValueListOf<std::uint64_t>>(&list)) {
    if (values.order.empty()) {
      each([&](std::size_t row, std::uint64_t place) { return numbers->add(comm::ordered_bits(values.narrow[row]), place); });
    } else {
      each([&](std::size_t row, std::uint64_t place) { return numbers->add(values.order[row], place); });
    }
  } else {
    auto& words = std::get<ValueListOf<prepare::TextKey>>(list);
    each([&](std::size_t row, std::uint64_t place) {
      return words.add(prepare::text_key(texts->strings()[static_cast<std::int64_t>(row)]), place);
    });
  }
  return added;
}

}  // namespace fullbase::tables
