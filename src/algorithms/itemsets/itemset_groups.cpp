#include "algorithms/itemsets/itemset_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "algorithms/itemsets/contained_sets.hpp"
#include "algorithms/itemsets/customer_rows.hpp"
#include "algorithms/itemsets/item_values.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using data::Type;

/// The column of the strength, missing for customers in no group; none where that is the size.
std::optional<data::Field> strength_field(Strength by) {
  switch (by) {
    case Strength::lift:
      return data::Field{.name = "lift", .type = Type::float64, .nullable = true};
    case Strength::leverage:
      return data::Field{.name = "leverage", .type = Type::float64, .nullable = true};
    case Strength::count:
      return data::Field{.name = "count", .type = Type::int64, .nullable = true};
    case Strength::size:
      break;
  }
  return std::nullopt;
}

/// What the sets of groups say: itemset, size and strength.
std::vector<data::Field> set_fields(Strength by) {
  std::vector<data::Field> fields = {{.name = "itemset", .type = Type::int64, .nullable = true},
                                     {.name = "size", .type = Type::int64, .nullable = true}};
  if (const auto field = strength_field(by)) fields.push_back(*field);
  return fields;
}

}  // namespace

data::Schema itemset_groups_schema(const data::Field& customer, Strength by) {
  auto schema = tables::GroupKeys::schema({.fields = {customer}}, std::array{0});
  schema.fields.push_back({.name = "group", .type = Type::category});
  for (auto& field : set_fields(by)) schema.fields.push_back(std::move(field));
  return schema;
}

data::Schema groups_schema(Strength by) {
  data::Schema schema;
  schema.fields = {{.name = "group", .type = Type::string}};
  for (auto& field : set_fields(by)) schema.fields.push_back(std::move(field));
  schema.fields.push_back({.name = "customers", .type = Type::int64});
  schema.fields.push_back({.name = "share", .type = Type::float64, .nullable = true});
  return schema;
}

struct ItemsetGroups::Implementation {
  Implementation(comm::Communicator& communicator, const data::BlockSource& table, const SetIndex& sets,
                 const data::BoundExpression* where, const CustomerLines& lines, const GroupOptions& asked, data::Budget& budget,
                 data::Spill& spill)
      : options(asked), schema(itemset_groups_schema(lines.source->schema()[lines.customer], asked.by)) {
    comm::collective_try(communicator, "choose groups", [&] {
      groups = strongest_sets(table, sets, where, options.by, options.least_size, options.top, budget);
      name_groups(sets);
      const auto memory = require_whole(budget, 4 * std::int64_t{sets.rows()}, "the labels of the itemsets");
      std::vector<std::int32_t> labels(static_cast<std::size_t>(sets.rows()), -1);
      for (std::size_t group = 0; group < groups.size(); ++group)
        labels[static_cast<std::size_t>(groups[group].set)] = static_cast<std::int32_t>(group);
      tree.emplace(sets, labels, budget);
      items.emplace(sets, lines.source->schema()[lines.item], budget);
      scratch = budget.require(4 * std::int64_t{items->size()} * parallel::thread_count(), "the items of the sets");
      customers.emplace(words_of_customer, budget, spill);
    });
    refuse_equal_names();
    baskets.emplace(communicator, lines, *items, budget);
    read_baskets(communicator);
    scratch = {};
  }

  /// Categories, and which of them each group is; the one behind the last group stands for customers in none.
  void name_groups(const SetIndex& sets) {
    std::vector<std::string> of_groups;
    for (const StrongSet& group : groups) sets.append_text(group.set, options.separator, of_groups.emplace_back());
    of_groups.push_back(options.otherwise);
    const std::set<std::string> names(of_groups.begin(), of_groups.end());
    data::Strings sorted;
    for (const auto& name : names) sorted.push_back(name);
    names_of_groups = std::make_shared<data::Dictionary>(std::move(sorted));
    for (const auto& name : of_groups) codes.push_back(*names_of_groups->find(name));
  }

  /// Two of one name would be one class to whoever goes by it.
  void refuse_equal_names() const {
    auto sorted = codes;
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice == sorted.end()) return;
    const bool of_none = *twice == codes.back();
    throw base::job_file_error(fmt::format("two groups are called '{}'", (*names_of_groups)[*twice]),
                               of_none ? "otherwise" : "separator",
                               of_none ? "a set is called so too: call the customers of no group otherwise"
                                       : "names of items have the separator within: give one that none has")
        .known_to_all();
  }

  struct Thread {
    ContainedSets::Search search;
    std::vector<std::int64_t> members;  ///< by group
    std::int32_t longest_text = 0;
  };

  /// Collective.
  void read_baskets(comm::Communicator& communicator) {
    std::vector<Thread> threads;
    comm::collective_try(communicator, "choose groups", [&] {
      for (int t = 0; t < parallel::thread_count(); ++t)
        threads.push_back({ContainedSets::Search(*tree), std::vector<std::int64_t>(groups.size() + 1, 0)});
      members.assign(groups.size() + 1, 0);
    });
    facts = baskets->for_each(
        [&](const CustomerBaskets::Piece& piece) { choose(piece, threads[static_cast<std::size_t>(piece.thread)]); });
    for (const Thread& thread : threads) {
      for (std::size_t group = 0; group < members.size(); ++group) members[group] += thread.members[group];
      longest_text = std::max(longest_text, thread.longest_text);
    }
    communicator.sum(std::span(members));
    longest_text = static_cast<std::int32_t>(communicator.max_value(std::int64_t{longest_text}));
    customers->finish(communicator, baskets->passes());
  }

  void choose(const CustomerBaskets::Piece& piece, Thread& thread) {
    std::vector<std::uint64_t> rows;
    for (std::int64_t b = 0; b < piece.known.size(); ++b) {
      const std::uint64_t customer = piece.known.keys[static_cast<std::size_t>(b)];
      auto group = static_cast<std::int32_t>(groups.size());
      thread.search.for_each(piece.known[b], [&](std::int32_t label) { group = std::min(group, label); });
      rows.insert(rows.end(), {customer, static_cast<std::uint64_t>(group)});
      ++thread.members[static_cast<std::size_t>(group)];
      baskets->keys().longest_texts(customer, std::span(&thread.longest_text, 1));
      if (std::ssize(rows) >= CustomerRows::run_rows * words_of_customer)
        customers->keep(piece.pass, piece.piece, std::exchange(rows, {}));
    }
    customers->keep(piece.pass, piece.piece, std::move(rows));
  }

  /// Columns of set_fields() for rows that are in these groups.
  void add_set_columns(std::span<const std::size_t> of_groups, std::vector<data::Column>& columns) const {
    std::vector<std::int64_t> sets, sizes, counts;
    std::vector<double> strengths;
    std::vector<std::uint8_t> missing;
    for (const std::size_t i : of_groups) {
      const bool in_none = i == groups.size();
      const StrongSet group = in_none ? StrongSet{0, 0, 0, data::missing_float64} : groups[i];
      if (in_none) missing.resize(of_groups.size(), 0);
      if (in_none) missing[sets.size()] = 1;
      sets.push_back(group.set);
      sizes.push_back(group.size);
      counts.push_back(group.count);
      strengths.push_back(group.strength);
    }
    const auto fields = set_fields(options.by);
    columns.emplace_back(fields[0], std::move(sets), missing);
    columns.emplace_back(fields[1], std::move(sizes), missing);
    if (options.by == Strength::count) {
      columns.emplace_back(fields[2], std::move(counts), missing);
    } else if (options.by != Strength::size) {
      columns.emplace_back(fields[2], std::move(strengths));
    }
  }

  data::Batch customers_of(std::span<const std::uint64_t> words, base::RowRange rows) const {
    std::vector<std::uint64_t> of_customers;
    std::vector<std::size_t> of_groups;
    std::vector<std::int32_t> names;
    for (std::size_t at = 0; at < words.size(); at += words_of_customer) {
      of_customers.push_back(words[at]);
      of_groups.push_back(words[at + 1]);
      names.push_back(codes[words[at + 1]]);
    }
    data::Batch batch{.rows = rows, .columns = baskets->keys().columns(of_customers)};
    batch.columns.emplace_back(schema[1], std::move(names), std::vector<std::uint8_t>(), names_of_groups);
    add_set_columns(of_groups, batch.columns);
    return batch;
  }

  data::Batch groups_table() const {
    data::Strings names;
    std::vector<std::size_t> all(groups.size() + 1);
    std::iota(all.begin(), all.end(), std::size_t{0});
    const auto total = static_cast<double>(customers->rows());
    std::vector<double> shares;
    for (const std::size_t group : all) {
      names.push_back((*names_of_groups)[codes[group]]);
      shares.push_back(total > 0 ? static_cast<double>(members[group]) / total : data::missing_float64);
    }
    const auto fields = groups_schema(options.by);
    data::Batch batch{.rows = {0, std::ssize(all)}, .columns = {}};
    batch.columns.emplace_back(fields[0], std::move(names));
    add_set_columns(all, batch.columns);
    batch.columns.emplace_back(fields[fields.columns() - 2], members);
    batch.columns.emplace_back(fields[fields.columns() - 1], std::move(shares));
    return batch;
  }

  static constexpr std::int64_t words_of_customer = 2;

  GroupOptions options;
  data::Schema schema;
  std::vector<StrongSet> groups;
  data::DictionaryPointer names_of_groups;
  std::vector<std::int32_t> codes;
  std::optional<ContainedSets> tree;
  std::optional<ItemValues> items;
  data::Reservation scratch;
  std::optional<CustomerRows> customers;
  std::optional<CustomerBaskets> baskets;
  BasketFacts facts;
  std::vector<std::int64_t> members;  ///< by group, those of none last
  std::int32_t longest_text = 0;      ///< of customers
};

ItemsetGroups::ItemsetGroups(comm::Communicator& communicator, const data::BlockSource& table, const SetIndex& sets,
                             const data::BoundExpression* where, const CustomerLines& lines, const GroupOptions& options,
                             data::Budget& budget, data::Spill& spill)
    : implementation_(std::make_unique<Implementation>(communicator, table, sets, where, lines, options, budget, spill)) {}

ItemsetGroups::~ItemsetGroups() = default;

std::int64_t ItemsetGroups::rows() const noexcept {
  return implementation_->customers->rows();
}
std::int64_t ItemsetGroups::otherwise() const noexcept {
  return implementation_->members.back();
}
std::int64_t ItemsetGroups::groups() const noexcept {
  return std::ssize(implementation_->groups);
}
std::int64_t ItemsetGroups::passes() const noexcept {
  return implementation_->baskets->passes();
}
const BasketFacts& ItemsetGroups::facts() const noexcept {
  return implementation_->facts;
}

std::vector<data::DictionaryPointer> ItemsetGroups::dictionaries() const {
  std::vector<data::DictionaryPointer> dictionaries(implementation_->schema.fields.size());
  dictionaries[1] = implementation_->names_of_groups;
  return dictionaries;
}

std::vector<std::int32_t> ItemsetGroups::string_widths() const {
  return {implementation_->longest_text};
}

void ItemsetGroups::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  const auto& own = *implementation_;
  own.customers->write(communicator, sink, [&own](std::span<const std::uint64_t> words, base::RowRange rows) {
    return own.customers_of(words, rows);
  });
}

data::Batch ItemsetGroups::groups_table() const {
  return implementation_->groups_table();
}

}  // namespace fullbase::itemsets
