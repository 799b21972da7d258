#include "jobs/content_vectors.hpp"

#include <fmt/format.h>

#include "data/type_kinds.hpp"
#include "jobs/pair_columns.hpp"

namespace fullbase::jobs {

std::optional<recommendation::EntryColumns> check_vectors(runtime::CheckContext& context, int slot, const data::Field& item) {
  const auto path = fmt::format("from.{}", context.slot_name(slot));
  const auto term = context.column(path, "term", slot);
  const auto weight = context.column(path, "weight", slot);
  if (!term || !weight) return std::nullopt;
  const auto& schema = context.input(slot);
  bool right = true;
  const auto mistake = [&](std::string problem, std::string advice) {
    context.error(path, std::move(problem), std::move(advice));
    right = false;
  };
  if (*term == 0 || *weight == 0) {
    mistake("the first column has to say which item it is", "name the table `vectors` of a content step");
    return std::nullopt;
  }
  if (!data::is_number(schema[*weight].type))
    mistake(fmt::format("column 'weight' is {} and no number", data::type_text(schema[*weight])), {});
  if (!is_pair_key(schema[*term].type))
    mistake(fmt::format("column 'term' is {} and names no terms", data::type_text(schema[*term])), {});
  right &= check_matrix_key(context, slot, 0, item);
  return right ? std::optional(recommendation::EntryColumns{0, *term, *weight}) : std::nullopt;
}

ContentVectors read_vectors(runtime::StepContext& context, int slot, const recommendation::EntryColumns& columns,
                            const recommendation::InteractionsRead& read) {
  auto& communicator = context.communicator();
  const auto& table = context.input(slot);
  const auto terms = recommendation::SideKeys::of_table(communicator, table, columns.column, context.budget());
  ContentVectors result{.vectors = recommendation::read_sparse_rows(communicator, table, columns, read.items, read.matrix.items,
                                                                    terms, context.budget()),
                        .terms = terms.rows()};
  context.note("terms", result.terms);
  if (communicator.sum_value(result.vectors.rows.entries()) == 0)
    context.warn("no vector is of an item of the matrix; see whether both call items the same");
  return result;
}

}  // namespace fullbase::jobs
