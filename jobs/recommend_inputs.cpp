#include "jobs/recommend_inputs.hpp"

#include <fmt/format.h>

#include <string>

#include "algorithms/recommendation/factor_tables.hpp"
#include "data/type_kinds.hpp"
#include "jobs/expressions.hpp"

namespace fullbase::jobs {
namespace {

std::string path_of(const runtime::CheckContext& context, int slot) {
  return fmt::format("from.{}", context.slot_name(slot));
}

class Check {
 public:
  Check(runtime::CheckContext& context, const PairOptions& options) : context_(context), options_(options) {}

  std::optional<RecommendInputs> run() {
    const auto pairs = check_pairs(context_, options_, matrix_slot);
    if (!pairs) return std::nullopt;
    inputs_.pairs = *pairs;
    if (check_way()) {
      if (context_.has_input(customers_slot)) check_factors();
      if (context_.has_input(neighbours_slot)) check_neighbours();
      if (context_.has_input(vectors_slot)) check_vectors();
    }
    inputs_.everybody = key_of(everybody_slot, inputs_.pairs.customer);
    inputs_.offered = key_of(offered_slot, inputs_.pairs.item);
    return right_ ? std::optional(inputs_) : std::nullopt;
  }

 private:
  void mistake(const std::string& path, std::string problem, std::string advice = {}) {
    context_.error(path, std::move(problem), std::move(advice));
    right_ = false;
  }

  bool check_way() {
    const bool customers = context_.has_input(customers_slot);
    const bool items = context_.has_input(items_slot);
    const int ways =
        (customers || items ? 1 : 0) + (context_.has_input(neighbours_slot) ? 1 : 0) + (context_.has_input(vectors_slot) ? 1 : 0);
    if (ways == 0) {
      mistake("from", "nothing says what anybody may like",
              "name the tables `customers` and `items` of a factorise step, or the `neighbours` of a neighbours step, or the "
              "`vectors` of a content step");
    } else if (ways > 1) {
      mistake("from", "lists are made in one way",
              "take `customers` and `items`, or `neighbours`, or `vectors`: a step for each, if you want several");
    } else if (customers != items) {
      mistake(
          "from",
          fmt::format("factors of {} without those of {}", customers ? "customers" : "items", customers ? "items" : "customers"),
          "name both tables of the factorise step");
    }
    return right_;
  }

  /// Keys find each other where both are whole numbers or both texts.
  void check_same(int slot, int column, int pair_column) {
    const auto& field = context_.input(slot)[column];
    const auto& of_pairs = context_.input(matrix_slot)[pair_column];
    const bool is_text = data::is_text(field.type);
    if ((is_text || field.type == data::Type::int64) && is_text == data::is_text(of_pairs.type)) return;
    mistake(path_of(context_, slot),
            fmt::format("column '{}' is {} and cannot be '{}' of the matrix, which is {}", field.name, data::type_text(field),
                        of_pairs.name, data::type_text(of_pairs)),
            "take tables of one base");
  }

  void check_factors() {
    recommendation::FactorsShape shapes[2];
    for (const auto slot : {customers_slot, items_slot}) {
      const bool is_customers = slot == customers_slot;
      const auto& schema = context_.input(slot);
      if (!reported(context_, path_of(context_, slot),
                    [&] { shapes[is_customers ? 0 : 1] = recommendation::factors_shape(schema); })) {
        right_ = false;
        return;
      }
      check_same(slot, *schema.find(schema.key), is_customers ? inputs_.pairs.customer : inputs_.pairs.item);
    }
    inputs_.rank = shapes[0].rank;
    if (shapes[0].rank != shapes[1].rank || shapes[0].biases != shapes[1].biases) {
      const auto text = [](const recommendation::FactorsShape& shape) {
        return fmt::format("{} factors{}", shape.rank, shape.biases ? " and a bias" : "");
      };
      mistake("from", fmt::format("customers have {}, items {}", text(shapes[0]), text(shapes[1])),
              "take both tables of one factorise step");
      return;
    }
    const bool has_mean = context_.has_input(mean_slot);
    if (shapes[0].biases && !has_mean) {
      mistake("from", "scores of factors with biases begin with the mean of all ratings",
              "name the factorise step's own table too: from: {mean: ...}");
    } else if (has_mean && !shapes[0].biases) {
      mistake("from.mean", "factors without biases have no mean");
    } else if (has_mean) {
      inputs_.mean = context_.column("from.mean", "mean", mean_slot);
      right_ = right_ && inputs_.mean;
    }
  }

  std::optional<int> number(int slot, const char* name) {
    const auto column = context_.column(path_of(context_, slot), name, slot);
    if (!column) {
      right_ = false;
    } else if (const auto& field = context_.input(slot)[*column]; !data::is_number(field.type)) {
      mistake(path_of(context_, slot), fmt::format("column '{}' is {} and no number", name, data::type_text(field)));
    }
    return column;
  }

  void check_neighbours() {
    const auto& schema = context_.input(neighbours_slot);
    const auto listed = context_.column("from.neighbours", "neighbour", neighbours_slot);
    const auto likeness = number(neighbours_slot, "likeness");
    right_ = right_ && listed;
    if (!right_) return;
    const auto& pairs = context_.input(matrix_slot);
    const auto customer = schema.find(pairs[inputs_.pairs.customer].name);
    inputs_.way = customer ? Way::neighbours_of_customers : Way::neighbours_of_items;
    const int side = customer ? inputs_.pairs.customer : inputs_.pairs.item;
    // The first column says whose neighbours they are, whatever its name.
    inputs_.neighbours = {customer.value_or(0), *listed, *likeness};
    check_same(neighbours_slot, inputs_.neighbours.row, side);
    check_same(neighbours_slot, *listed, side);
  }

  void check_vectors() {
    const auto term = context_.column("from.vectors", "term", vectors_slot);
    const auto weight = number(vectors_slot, "weight");
    right_ = right_ && term;
    if (!right_) return;
    inputs_.way = Way::content;
    inputs_.vectors = {0, *term, *weight};
    if (*term == 0 || *weight == 0)
      return mistake("from.vectors", "the first column has to say which item it is",
                     "name the table `vectors` of a content step");
    check_same(vectors_slot, 0, inputs_.pairs.item);
    if (const auto& field = context_.input(vectors_slot)[*term]; !data::is_text(field.type) && field.type != data::Type::int64)
      mistake("from.vectors", fmt::format("column 'term' is {} and names no terms", data::type_text(field)));
  }

  /// The column of a table of customers or items: the one that is called as in the matrix, else its key.
  std::optional<int> key_of(int slot, int pair_column) {
    if (!context_.has_input(slot)) return std::nullopt;
    const auto& schema = context_.input(slot);
    const auto& name = context_.input(matrix_slot)[pair_column].name;
    auto column = schema.find(name);
    if (!column && !schema.key.empty()) column = schema.find(schema.key);
    if (!column) {
      mistake(path_of(context_, slot), fmt::format("there is no column '{}', and the table has no key", name),
              "rename its column by a select step");
      return std::nullopt;
    }
    check_same(slot, *column, pair_column);
    return column;
  }

  runtime::CheckContext& context_;
  const PairOptions& options_;
  RecommendInputs inputs_;
  bool right_ = true;
};

}  // namespace

std::vector<runtime::InputSlot> recommend_slots() {
  return {
      {"matrix", "Who has what: a row a pair, as an interactions step writes it.", true},
      {"customers", "With `items`: the table `customers` of a factorise step.", false},
      {"items", "Its table `items`. Items that a `where` leaves out here are not recommended to anybody by factors.", false},
      {"mean", "Of factors with biases: the factorise step's own table, which has the mean of all ratings.", false},
      {"neighbours",
       "In place of factors: neighbours of items, or of customers if a column is called as the matrix's customers are.", false},
      {"vectors", "In place of factors: the table `vectors` of a content step.", false},
      {"everybody",
       "Who gets a list, whether the matrix knows them or not: a column called as the matrix's customers are, or the table's "
       "key.",
       false},
      {"offered", "What may be recommended: a column called as the matrix's items are, or the table's key.", false}};
}

std::optional<RecommendInputs> check_recommend(runtime::CheckContext& context, const PairOptions& options) {
  return Check(context, options).run();
}

}  // namespace fullbase::jobs
