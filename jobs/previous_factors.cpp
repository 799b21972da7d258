#include "jobs/previous_factors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "jobs/expressions.hpp"
#include "runtime/previous.hpp"

namespace fullbase::jobs {
namespace {

constexpr const char* customers = "/customers";
constexpr const char* items = "/items";

std::string words_of(const recommendation::FactorsShape& shape) {
  return fmt::format("rank {} {} biases", shape.rank, shape.biases ? "with" : "without");
}

bool same_kind(const data::Field& a, const data::Field& b) noexcept {
  return (a.type == data::Type::int64) == (b.type == data::Type::int64);
}

}  // namespace

void check_previous_factors(runtime::CheckContext& context, const data::Field& customer, const data::Field& item,
                            const recommendation::FactorsShape& shape) {
  const auto* const previous = context.previous();
  if (previous == nullptr) return;
  const auto& id = context.step_id();
  const auto advice = fmt::format("write it as it was, or begin anew for one night with --set steps.{}.anew=true", id);
  for (const auto& [table, key] : {std::pair(customers, &customer), std::pair(items, &item)}) {
    const auto* const before = previous->find(id + table);
    if (before == nullptr) {
      context.warn("", fmt::format("the previous output has no table {}{}: factors begin anew", id, table));
      return;
    }
    recommendation::FactorsShape was;
    if (!reported(context, "", [&] { was = recommendation::factors_shape(before->schema); })) return;
    if (was != shape) {
      context.error("rank", fmt::format("the previous output's {} has {}, tonight's has {}", id, words_of(was), words_of(shape)),
                    advice);
      return;
    }
    const auto& key_before = before->schema[*before->schema.find(before->schema.key)];
    if (!same_kind(key_before, *key))
      context.error("",
                    fmt::format("the previous output's {}{} has the key {} ({}), tonight's input has {} ({})", id, table,
                                key_before.name, data::type_text(key_before), key->name, data::type_text(*key)),
                    advice);
  }
}

std::optional<recommendation::FactorsBefore> read_previous_factors(runtime::StepContext& context,
                                                                   const recommendation::InteractionsRead& read) {
  auto& communicator = context.communicator();
  const auto* const of_customers = context.previous_table(context.step_id() + customers);
  const auto* const of_items = context.previous_table(context.step_id() + items);
  if (of_customers == nullptr || of_items == nullptr) return {};
  recommendation::FactorsBefore before;
  before.customers =
      recommendation::read_factors(communicator, *of_customers, read.customers, read.matrix.customers, true, context.budget());
  before.items = recommendation::read_factors(communicator, *of_items, read.items, read.matrix.items, false, context.budget());
  const auto note = [&](const char* key, const recommendation::FactorsRead& side) {
    context.note(key, communicator.sum_value(static_cast<std::int64_t>(std::ranges::count(side.known, 1))));
  };
  note("customers_known_before", before.customers);
  note("items_known_before", before.items);
  return before;
}

}  // namespace fullbase::jobs
