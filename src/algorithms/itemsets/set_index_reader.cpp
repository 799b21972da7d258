// How a table becomes a SetIndex: what it says is read, taken for a tree, and held against what is true of frequent sets.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "algorithms/itemsets/set_index.hpp"
#include "algorithms/itemsets/subset_rows.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::itemsets {
namespace {

constexpr std::array<const char*, 5> column_names = {"size", "count", "support", "item", "rest"};
enum Place : std::size_t { size_place, count_place, support_place, item_place, rest_place };

/// Beyond it, count / support need not round to the number of baskets.
constexpr auto most_baskets = std::int64_t{1} << 51;
/// A set with more items has more subsets than a table has rows.
constexpr int most_items = 30;
/// Sets that a thread checks at a time.
constexpr std::int64_t checked_sets = 4096;

std::size_t at(std::int64_t position) {
  return static_cast<std::size_t>(position);
}

}  // namespace

bool has_sets(const data::Schema& schema) {
  const auto is = [&](Place place, auto&& right) {
    const auto column = schema.find(column_names[place]);
    return column && right(schema[*column].type);
  };
  const auto whole = [](data::Type type) { return type == data::Type::int64; };
  return is(size_place, whole) && is(count_place, whole) && is(rest_place, whole) &&
         is(support_place, [](data::Type type) { return type == data::Type::float64; }) &&
         is(item_place, prepare::ValueSlots::takes);
}

class SetIndex::Reader {
 public:
  Reader(const data::BlockSource& table, const prepare::ValueSlots& slots, SetIndex& index)
      : table_(table), slots_(slots), index_(index) {
    for (const char* name : column_names) columns_.push_back(table.schema().at(name, table.name()));
  }

  void read(data::Budget& budget) {
    index_.memory_ = require_whole(budget, bytes(table_.rows()), "the itemsets");
    const auto rows = at(table_.rows());
    index_.items_.resize(rows);
    index_.rests_.resize(rows);
    index_.counts_.resize(rows);
    index_.sizes_.resize(rows);
    if (rows == 0) return;
    find_baskets();
    parallel::scan(table_, {0, table_.rows()}, columns_, [&](data::Batch&& batch, int) { take(batch); });
  }

  /// Numbers the items and links each set with those of one item more.
  void link(data::Budget& budget) {
    const auto numbers_memory = budget.require(4 * std::int64_t{slots_.size()}, "the items of a table of itemsets");
    std::vector<std::int32_t> numbers(at(slots_.size()), -1);
    std::vector<std::int32_t> own_slots;
    std::vector<std::int32_t> path;
    for (std::int32_t row = 0; row < index_.rows(); ++row) {
      const auto slot = index_.items_[at(row)];
      auto& number = numbers[at(slot)];
      if (index_.rest(row) < 0) {
        if (index_.size(row) != 1) refuse(row, rest_place, fmt::format("a set of {} items without a rest", index_.size(row)));
        if (number >= 0) refuse(row, item_place, fmt::format("'{}' has a set of its own before", slots_.text(slot)));
        number = static_cast<std::int32_t>(own_slots.size());
        own_slots.push_back(slot);
        index_.singles_.push_back(row);
        path.clear();
      } else {
        check_place(row, number, path);
        path.resize(at(index_.size(row) - 1));
      }
      index_.items_[at(row)] = number;
      index_.longest_ = std::max(index_.longest_, index_.size(row));
      path.push_back(row);
    }
    link_next();
    index_.names_ = slots_.texts(own_slots);
    index_.items_memory_ =
        require_whole(budget, 12 * std::ssize(own_slots) + std::ssize(index_.names_.bytes()), "the names of items");
  }

  /// Of sets [rows.first, rows.last): whether their subsets of one item less are there, in as many baskets at least.
  void check_subsets(base::RowRange rows, data::Budget& budget) const {
    const auto memory = budget.require(parallel::thread_count() * index_.subset_bytes(), "the subsets of an itemset");
    std::vector<SubsetRows> subsets(at(parallel::thread_count()), SubsetRows(index_));
    const auto groups = (rows.size() + checked_sets - 1) / checked_sets;
    parallel::for_each(0, groups, [&](std::int64_t group, int thread) {
      const auto first = rows.first + group * checked_sets;
      for (auto row = first; row < std::min(rows.last, first + checked_sets); ++row)
        check_subsets_of(static_cast<std::int32_t>(row), subsets[at(thread)]);
    });
  }

 private:
  [[noreturn]] void refuse(std::int64_t row, Place place, const std::string& problem) const {
    throw base::input_error(fmt::format("this is no table of itemsets: {}", problem),
                            fmt::format("{}.{}[{}]", table_.name(), column_names[place], table_.source_row(row)),
                            "take the table of an itemsets step, all its rows as they are");
  }

  void find_baskets() {
    const std::array<int, 2> columns = {columns_[count_place], columns_[support_place]};
    const auto first = table_.read({0, 1}, columns);
    const auto baskets = static_cast<double>(first[0].int64s()[0]) / first[1].float64s()[0];
    // Where it is no such number, the first row's support will not agree with it.
    index_.baskets_ = baskets >= 1 && baskets < static_cast<double>(most_baskets) ? std::llround(baskets) : 1;
  }

  void take(const data::Batch& batch) {
    std::vector<std::int32_t> buffer;
    const auto items = slots_.slots_of(batch[item_place], buffer);
    const auto sizes = batch[size_place].int64s();
    const auto counts = batch[count_place].int64s();
    const auto supports = batch[support_place].float64s();
    const auto rests = batch[rest_place].int64s();
    for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
      const auto row = batch.rows.first + i;
      for (const auto place : {size_place, count_place, item_place}) {
        if (batch[place].is_missing(i)) refuse(row, place, "a value is missing");
      }
      if (sizes[at(i)] < 1) refuse(row, size_place, fmt::format("{} items", sizes[at(i)]));
      if (sizes[at(i)] > most_items || (std::int64_t{1} << sizes[at(i)]) - 1 > table_.rows())
        refuse(row, size_place, fmt::format("not all subsets of {} items are here", sizes[at(i)]));
      if (counts[at(i)] < 1 || counts[at(i)] > index_.baskets_ ||
          supports[at(i)] != static_cast<double>(counts[at(i)]) / static_cast<double>(index_.baskets_))
        refuse(row, support_place,
               fmt::format("{} is not count / baskets, {} / {}", supports[at(i)], counts[at(i)], index_.baskets_));
      const bool single = batch[rest_place].is_missing(i);
      if (!single && (rests[at(i)] < 0 || rests[at(i)] >= row))
        refuse(row, rest_place, fmt::format("{} is no earlier row", rests[at(i)]));
      index_.items_[at(row)] = items[at(i)];
      index_.sizes_[at(row)] = static_cast<std::uint8_t>(sizes[at(i)]);
      index_.counts_[at(row)] = counts[at(i)];
      index_.rests_[at(row)] = single ? -1 : static_cast<std::int32_t>(rests[at(i)]);
    }
  }

  /// A set of two items and more; `path`: the sets that begin the one before, and itself.
  void check_place(std::int32_t row, std::int32_t number, const std::vector<std::int32_t>& path) const {
    const auto size = at(index_.size(row));
    const auto rest = index_.rest(row);
    if (index_.size(rest) + 1 != index_.size(row))
      refuse(row, size_place, fmt::format("{} items, and {} in row {} without '{}'", size, index_.size(rest), rest, name(row)));
    if (number < 0) refuse(row, item_place, fmt::format("no earlier row has '{}' alone", name(row)));
    if (number >= index_.item(rest))
      refuse(row, item_place, fmt::format("'{}' is rarer than an item of row {}", name(row), rest));
    const bool follows =
        path.size() + 1 >= size && path[size - 2] == rest && (path.size() < size || index_.item(path[size - 1]) < number);
    if (!follows) refuse(row, rest_place, "the sets do not stand in their order");
  }
  std::string name(std::int32_t row) const { return slots_.text(index_.items_[at(row)]); }

  void link_next() {
    index_.starts_.assign(at(index_.rows()) + 1, 0);
    for (const auto rest : index_.rests_) {
      if (rest >= 0) ++index_.starts_[at(rest)];
    }
    std::uint32_t start = 0;
    for (auto& of_set : index_.starts_) start += std::exchange(of_set, start);
    index_.next_items_.resize(start);
    index_.next_rows_.resize(start);
    // Each set's begin moves to its end, which is the begin of the next.
    for (std::int32_t row = 0; row < index_.rows(); ++row) {
      if (index_.rest(row) < 0) continue;
      const auto place = index_.starts_[at(index_.rest(row))]++;
      index_.next_items_[place] = index_.item(row);
      index_.next_rows_[place] = row;
    }
    for (auto row = index_.rows(); row > 0; --row) index_.starts_[at(row)] = index_.starts_[at(row) - 1];
    index_.starts_[0] = 0;
  }

  void check_subsets_of(std::int32_t row, SubsetRows& subsets) const {
    subsets.move_to(row);
    if (subsets.size() == 1) return;
    for (int p = 0; p < subsets.size(); ++p) {
      const auto subset = subsets.row(subsets.whole() ^ (std::uint32_t{1} << p));
      if (subset < 0)
        refuse(row, item_place, fmt::format("no row has the items of this one without '{}'", index_.name(subsets.item(p))));
      if (index_.count(row) > index_.count(subset))
        refuse(row, count_place,
               fmt::format("{} baskets have the items of this row, and {} those of row {}", index_.count(row),
                           index_.count(subset), subset));
    }
  }

  const data::BlockSource& table_;
  const prepare::ValueSlots& slots_;
  SetIndex& index_;
  std::vector<int> columns_;  ///< positions of column_names
};

SetIndex SetIndex::read(comm::Communicator& communicator, const data::BlockSource& table, data::Budget& budget) {
  if (table.rows() >= std::numeric_limits<std::int32_t>::max())
    throw base::input_error(fmt::format("{} itemsets are more than can be held", base::format_count(table.rows())), table.name(),
                            "find fewer: raise their support, or set longest")
        .known_to_all();
  const auto slots = prepare::ValueSlots::build(communicator, table, table.schema().at("item", table.name()), budget);
  SetIndex index;
  Reader reader(table, slots, index);
  comm::collective_try(communicator, "read itemsets", [&] {
    reader.read(budget);
    reader.link(budget);
    reader.check_subsets(comm::own_rows(communicator, table.rows()), budget);
  });
  return index;
}

}  // namespace fullbase::itemsets
