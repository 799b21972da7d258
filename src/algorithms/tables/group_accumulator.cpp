#include "algorithms/tables/group_accumulator.hpp"

#include <algorithm>

namespace fullbase::tables {
namespace {

/// Lines whose groups are brought into the cache together, then added to measure by measure.
constexpr std::size_t chunk_lines = 512;
/// Of a cache line.
constexpr std::int64_t line_words = 8;

}  // namespace

std::vector<ValueList> make_lists(const MeasurePlan& plan, SlotBuckets buckets) {
  std::vector<ValueList> lists;
  for (const ListPlan& list : plan.lists()) {
    if (plan.is_text(list)) {
      lists.emplace_back(std::in_place_type<ValueListOf<prepare::TextKey>>, buckets, list.distinct);
    } else {
      lists.emplace_back(std::in_place_type<ValueListOf<std::uint64_t>>, buckets, list.distinct);
    }
  }
  return lists;
}

GroupAccumulator::GroupAccumulator(const MeasurePlan& plan, const PassSlots& slots, SlotBuckets buckets, std::int64_t list_bytes,
                                   data::Budget& budget)
    : plan_(plan),
      slots_(slots),
      buckets_(buckets),
      stride_(plan.state().stride()),
      list_bytes_(std::max<std::int64_t>(list_bytes, 16 << 10)),
      budget_(budget),
      limit_(buckets.count()),
      words_(static_cast<std::size_t>(buckets.slots * stride_)),
      lists_(make_lists(plan, buckets)) {
  plan.state().clear(words_);
}

void GroupAccumulator::add(const GroupLines& lines) {
  for (std::size_t begin = 0; begin < lines.rows.size(); begin += chunk_lines)
    add_chunk(lines, begin, std::min(lines.rows.size(), begin + chunk_lines));
}

void GroupAccumulator::add_chunk(const GroupLines& lines, std::size_t begin, std::size_t end) {
  const GroupState& state = plan_.state();
  chunk_slots_.resize(end - begin);
  slots_.slots_of(std::span(lines.codes).subspan(begin, end - begin), chunk_slots_);
  cells_.resize(end - begin);
  rows_.resize(end - begin);
  places_.resize(end - begin);
  std::size_t found = 0;
  bool any_outside = false;  // of all windows
  for (std::size_t i = 0; i < chunk_slots_.size(); ++i) {
    const std::int64_t slot = chunk_slots_[i];
    if (slot < 0) continue;
    const std::uint8_t window = lines.windows.empty() ? 0 : lines.windows[begin + i];
    const std::int64_t group = slot * stride_;
    std::uint64_t* const words = words_.data() + group;
    __builtin_prefetch(words, 1);
    if (window == no_window) {
      cells_[found] = -1;
      any_outside = true;
    } else {
      const std::int64_t cell = group + state.cell(window);
      const std::uint64_t* const last = words_.data() + cell + state.cell_words() - 1;
      for (const std::uint64_t* word = words_.data() + cell + line_words - 1; word < last; word += line_words)
        __builtin_prefetch(word, 1);
      __builtin_prefetch(last, 1);
      cells_[found] = cell;
    }
    rows_[found] = lines.rows[begin + i];
    places_[found++] = place_of(slot, window);
  }
  std::size_t kept = any_outside ? 0 : found;
  for (std::size_t i = 0; i < found; ++i) {
    ++words_[static_cast<std::size_t>(static_cast<std::int64_t>(places_[i] >> 8) * stride_)];
    if (!any_outside || cells_[i] < 0) continue;
    cells_[kept] = cells_[i];
    rows_[kept] = rows_[i];
    places_[kept++] = places_[i];
  }
  cells_.resize(kept);
  rows_.resize(kept);
  places_.resize(kept);
  state.add(words_.data(), {cells_, rows_, lines.times, lines.first_row}, lines.measures.values);

  if (lists_.empty()) return;
  if (limit_ < buckets_.count()) {
    // Groups that were put off are counted in vain, but their values are not kept.
    std::size_t listed = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (buckets_.of(static_cast<std::int64_t>(places_[i] >> 8)) >= limit_) continue;
      places_[listed] = places_[i];
      rows_[listed++] = rows_[i];
    }
    places_.resize(listed);
    rows_.resize(listed);
  }
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    const auto input = static_cast<std::size_t>(plan_.lists()[i].input);
    kept_bytes_ +=
        entry_bytes(lists_[i]) * add_values(lists_[i], places_, rows_, lines.measures.values[input], lines.measures.texts[input]);
  }
  if (kept_bytes_ >= list_bytes_) compact();
}

/// Removes duplicates; where that does not help, puts off the groups of the last buckets.
void GroupAccumulator::compact() {
  kept_bytes_ = 0;
  const auto bytes_of = [&](ValueList& list, std::int64_t bucket) {
    return std::visit([&](auto& some) { return entry_bytes(list) * std::ssize(some.bucket(bucket)); }, list);
  };
  for (auto& list : lists_) {
    for (std::int64_t bucket = 0; bucket < limit_; ++bucket) {
      std::visit(
          [&](auto& some) {
            if (!some.distinct()) return;
            some.settle(bucket);
            // Where groups follow each other in the table, each bucket grows in its turn.
            auto& entries = some.bucket(bucket);
            if (entries.size() < entries.capacity() / 2) entries.shrink_to_fit();
          },
          list);
      kept_bytes_ += bytes_of(list, bucket);
    }
  }
  while (limit_ > 1 && kept_bytes_ > list_bytes_ / 2) {
    --limit_;
    for (auto& list : lists_) {
      kept_bytes_ -= bytes_of(list, limit_);
      std::visit([&](auto& some) { some.bucket(limit_) = {}; }, list);
    }
  }
  if (kept_bytes_ > list_bytes_ / 2) {
    more_.push_back(budget_.require(2 * list_bytes_, "the distinct values or quantiles of a few groups"));
    list_bytes_ *= 2;
  }
}

}  // namespace fullbase::tables
