// What a recommend step is given: the matrix, what tells who likes what, and for whom and of what it recommends.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "algorithms/recommendation/ranked_table.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "algorithms/recommendation/table_entries.hpp"
#include "jobs/pair_columns.hpp"
#include "runtime/job_kind.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// In the order of recommend_slots().
enum RecommendSlot {
  matrix_slot,
  customers_slot,
  items_slot,
  mean_slot,
  neighbours_slot,
  vectors_slot,
  everybody_slot,
  offered_slot
};
std::vector<runtime::InputSlot> recommend_slots();

/// What lists are made by.
enum class Way : std::uint8_t { factors, neighbours_of_items, neighbours_of_customers, content };

struct RecommendInputs {
  recommendation::InteractionColumns pairs;
  Way way = Way::factors;
  int rank = 0;  ///< of factors
  std::optional<int> mean = {};
  recommendation::RankedColumns neighbours = {};
  recommendation::EntryColumns vectors = {};
  std::optional<int> everybody = {};  ///< their column
  std::optional<int> offered = {};
};

/// What the inputs' columns are. Nothing after mistakes were reported, at `from`, `where` or the options of pairs.
std::optional<RecommendInputs> check_recommend(runtime::CheckContext& context, const PairOptions& options);

}  // namespace fullbase::jobs
