#include "algorithms/recommendation/als.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/recommendation/gramian.hpp"
#include "algorithms/recommendation/half_step.hpp"
#include "algorithms/recommendation/needed_rows.hpp"
#include "algorithms/recommendation/objective.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"

namespace fullbase::recommendation {
namespace {

/// Uniform draws around 0 by row number and factor, of deviation 1 / sqrt(3 rank): the same for any ranks.
void draw_items(const random::Generator& generator, std::int64_t first_row, int rank, FactorRows& into) {
  const double scale = 2 / std::sqrt(static_cast<double>(rank));
  for (std::int64_t r = 0; r < into.rows(); ++r) {
    for (int f = 0; f < rank; ++f) into.row(r)[f] = static_cast<float>((generator.uniform(first_row + r, f) - 0.5) * scale);
  }
}

/// Of the entries of all ranks. Collective.
double mean_of_entries(comm::Communicator& communicator, const SparseRows& rows) {
  base::ExactSum sum;
  for (const float value : rows.values) sum.add(static_cast<double>(value));
  communicator.sum(std::span(&sum, 1));
  return sum.value() / static_cast<double>(std::max<std::int64_t>(1, communicator.sum_value(rows.entries())));
}

/// A side as it stands: its rows, and what the other's solution needs of all of them.
class Side {
 public:
  Side(const AlsOptions& options, int bias, int bias_of_other) : options_(options), bias_(bias), bias_of_other_(bias_of_other) {}

  FactorRows rows;

  /// Collective, after the rows changed.
  void settle(comm::Communicator& communicator) {
    if (options_.feedback == Feedback::explicit_) return;
    gram_ = gramian(communicator, rows, options_.rank);
    if (!uses_conjugate_gradient(options_)) return;
    gram_floats_.assign(static_cast<std::size_t>(options_.rank * rows.stride()), 0.0F);
    for (std::int64_t a = 0; a < options_.rank; ++a) {
      for (std::int64_t b = 0; b < options_.rank; ++b)
        gram_floats_[static_cast<std::size_t>(a * rows.stride() + b)] =
            static_cast<float>(gram_[static_cast<std::size_t>(a * options_.rank + b)]);
    }
  }
  StandingSide standing(double mean) const {
    return {rows.row(0), rows.stride(), bias_, bias_of_other_, mean, gram_, gram_floats_};
  }
  SolvedSide as_it_is(const SparseRows& entries) const { return {&entries, &rows, &gram_}; }

 private:
  const AlsOptions& options_;
  int bias_;
  int bias_of_other_;
  std::vector<double> gram_;
  std::vector<float> gram_floats_;
};

/// Rows that were fitted before, in place of those that are there.
void begin_with(const FactorsRead& before, FactorRows& into) {
  for (std::int64_t r = 0; r < before.rows.rows(); ++r) {
    if (before.known[static_cast<std::size_t>(r)] != 0) std::copy_n(before.rows.row(r), into.stride(), into.row(r));
  }
}

class Fit {
 public:
  Fit(comm::Communicator& communicator, Interactions& interactions, const AlsOptions& options, data::Budget& budget)
      : communicator_(communicator),
        interactions_(interactions),
        options_(options),
        customers_(options, options.rank, options.rank + 1),
        items_(options, options.rank + 1, options.rank) {
    factors_.rank = options.rank;
    factors_.biases = has_biases(options);
    const int columns = factors_.columns();
    const auto bytes = [&](std::int64_t rows) { return FactorRows::bytes(rows, columns); };
    const auto own_customers = interactions.of_customers.rows();
    const auto own_items = interactions.of_items.rows();
    comm::collective_try(communicator, "factors", [&] {
      factors_.memory = budget.require(bytes(own_customers + own_items), "factors of customers and items");
    });
    // A round has twice what the budget is asked for here: what comes, and what is sent.
    const auto most_rows = std::max(work_entries, budget.available() / 16 / bytes(1));
    items_needed_.emplace(communicator, interactions.of_customers, interactions.items, most_rows, budget);
    customers_needed_.emplace(communicator, interactions.of_items, interactions.customers, most_rows, budget);
    comm::collective_try(communicator, "factors", [&] {
      rounds_memory_ = budget.require(bytes(items_needed_->room() + customers_needed_->room()) +
                                          2 * bytes(std::max(items_needed_->most_asked(), customers_needed_->most_asked())),
                                      "factors of other ranks' customers and items");
      customers_.rows = FactorRows(own_customers, columns, customers_needed_->room());
      items_.rows = FactorRows(own_items, columns, items_needed_->room());
    });
  }

  Factors run(const random::Generator& generator, const std::function<void(const AlsRound&)>& observe,
              std::optional<FactorsBefore> before_this) {
    draw_items(generator, interactions_.items.rows_of(communicator_.rank()).first, options_.rank, items_.rows);
    if (factors_.biases) {
      factors_.mean = mean_of_entries(communicator_, interactions_.of_items);
      for (std::int64_t r = 0; r < items_.rows.rows(); ++r) items_.rows.row(r)[options_.rank] = 1;
    }
    if (before_this) {
      begin_with(before_this->customers, customers_.rows);
      begin_with(before_this->items, items_.rows);
      before_this.reset();
    }
    items_.settle(communicator_);
    double before = 0;
    for (int iteration = 1; iteration <= options_.iterations; ++iteration) {
      solve("solve customers", interactions_.of_customers, *items_needed_, items_, customers_);
      solve("solve items", interactions_.of_items, *customers_needed_, customers_, items_);
      const auto value =
          objective(communicator_, items_.as_it_is(interactions_.of_items), customers_.as_it_is(interactions_.of_customers),
                    *customers_needed_, customers_.rows, customers_.standing(factors_.mean), options_);
      if (observe) observe({iteration, value.objective, value.rmse});
      if (options_.tolerance > 0 && iteration > 1 && before - value.objective <= options_.tolerance * before) break;
      before = value.objective;
    }
    customers_.rows.drop_room();
    items_.rows.drop_room();
    factors_.customers = std::move(customers_.rows);
    factors_.items = std::move(items_.rows);
    return std::move(factors_);
  }

 private:
  void solve(const char* stage, const SparseRows& entries, const NeededRows& needed, Side& standing, Side& into) {
    HalfStep step(entries, options_, standing.standing(factors_.mean), into.rows);
    needed.for_each_round(communicator_, stage, standing.rows,
                          [&](std::span<const NeededRows::Work> pieces) { step.solve(pieces); });
    into.settle(communicator_);
  }

  comm::Communicator& communicator_;
  const Interactions& interactions_;
  const AlsOptions& options_;
  Factors factors_;
  Side customers_;
  Side items_;
  std::optional<NeededRows> items_needed_;      ///< by customers
  std::optional<NeededRows> customers_needed_;  ///< by items
  data::Reservation rounds_memory_;
};

}  // namespace

Factors fit_als(comm::Communicator& communicator, Interactions& interactions, const AlsOptions& options,
                const random::Generator& generator, data::Budget& budget, const std::function<void(const AlsRound&)>& observe,
                std::optional<FactorsBefore> before) {
  return Fit(communicator, interactions, options, budget).run(generator, observe, std::move(before));
}

}  // namespace fullbase::recommendation
