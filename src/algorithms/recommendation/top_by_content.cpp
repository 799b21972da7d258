#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/recommendation/needed_entries.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/top_of_sums.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

SparseRows transposed(const SparseRows& rows, std::int64_t columns) {
  SparseRows turned;
  turned.starts.assign(static_cast<std::size_t>(columns) + 1, 0);
  for (const auto column : rows.columns) ++turned.starts[static_cast<std::size_t>(column) + 1];
  std::partial_sum(turned.starts.begin(), turned.starts.end(), turned.starts.begin());
  turned.columns.resize(rows.columns.size());
  turned.values.resize(rows.columns.size());
  auto next = turned.starts;
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    for (auto i = rows.starts[static_cast<std::size_t>(row)]; i < rows.starts[static_cast<std::size_t>(row) + 1]; ++i) {
      const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(rows.columns[static_cast<std::size_t>(i)])]++);
      turned.columns[at] = static_cast<std::int32_t>(row);
      turned.values[at] = rows.values[static_cast<std::size_t>(i)];
    }
  }
  return turned;
}

/// What a customer's items say together, term by term, of length 1.
class Profile {
 public:
  explicit Profile(std::int64_t terms) : sums_(terms) {}

  const std::vector<std::pair<std::int32_t, double>>& of(std::span<const std::int32_t> items, std::span<const float> values,
                                                         const SparseRows& vectors) {
    for (std::size_t i = 0; i < items.size(); ++i)
      sums_.add(values[i], vectors.columns_of(items[i]), vectors.values_of(items[i]));
    weights_.clear();
    double squares = 0;
    sums_.take([&](std::int32_t term, double weight) {
      weights_.emplace_back(term, weight);
      squares += weight * weight;
    });
    const double length = std::sqrt(squares);
    for (auto& [term, weight] : weights_) weight /= length;
    return weights_;
  }

 private:
  ScoreSums sums_;
  std::vector<std::pair<std::int32_t, double>> weights_;
};

}  // namespace

RankedRows top_by_content(comm::Communicator& communicator, const Interactions& matrix, const SparseRows& vectors,
                          std::int64_t terms, const TopOptions& options, data::Budget& budget) {
  SparseRows everything;
  comm::collective_try(communicator, "vectors of items", [&] {
    everything.columns.resize(static_cast<std::size_t>(matrix.items.rows()));
    std::iota(everything.columns.begin(), everything.columns.end(), 0);
    everything.starts.push_back(matrix.items.rows());
  });
  const auto all = fetch_entries(communicator, everything, vectors, matrix.items, budget);
  data::Reservation memory;
  SparseRows by_term;
  return comm::collective_try(communicator, "lists", [&] {
    const auto threads = parallel::thread_count();
    memory = budget.require(8 * all.rows.entries() + 16 * terms + threads * (ScoreSums::bytes(terms) + 16 * terms),
                            "the vectors of all items, by term");
    by_term = transposed(all.rows, terms);
    std::vector<std::unique_ptr<Profile>> profiles(static_cast<std::size_t>(threads));
    return top_of_sums(
        matrix, options,
        [&](std::int64_t customer, int thread, ScoreSums& sums) {
          auto& mine = profiles[static_cast<std::size_t>(thread)];
          if (!mine) mine = std::make_unique<Profile>(terms);
          const auto& profile =
              mine->of(matrix.of_customers.columns_of(customer), matrix.of_customers.values_of(customer), all.rows);
          for (const auto& [term, weight] : profile) sums.add(weight, by_term.columns_of(term), by_term.values_of(term));
        },
        budget);
  });
}

}  // namespace fullbase::recommendation
