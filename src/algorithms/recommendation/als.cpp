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

std::span<float> own_values(FactorRows& rows) {
  return {rows.values().data(), static_cast<std::size_t>(rows.rows() * rows.stride())};
}

std::int64_t longest_row(const SparseRows& rows) {
  std::int64_t longest = 0;
  for (std::int64_t row = 0; row < rows.rows(); ++row) longest = std::max(longest, rows.length(row));
  return longest;
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
      const auto longest = std::max(longest_row(interactions.of_customers), longest_row(interactions.of_items));
      solving_memory_ = budget.require(bytes_to_solve(options, longest), "what threads solve rows of factors with");
    });
    // A round has twice what the budget is asked for here: what comes, and what is sent.
    const auto most_rows = std::max(work_entries, budget.available() / 16 / bytes(1));
    items_needed_.emplace(communicator, interactions.of_customers, interactions.items, most_rows, budget);
    customers_needed_.emplace(communicator, interactions.of_items, interactions.customers, most_rows, budget);
    comm::collective_try(communicator, "factors", [&] {
      // Rows are packed to be sent, and where they are padded unpacked.
      const auto moving = [&](const NeededRows& needed) { return bytes(needed.most_asked() + needed.most_coming()); };
      rounds_memory_ = budget.require(
          bytes(items_needed_->room() + customers_needed_->room()) + std::max(moving(*items_needed_), moving(*customers_needed_)),
          "factors of other ranks' customers and items");
      customers_.rows = FactorRows(own_customers, columns, customers_needed_->room());
      items_.rows = FactorRows(own_items, columns, items_needed_->room());
    });
  }

  Factors run(const random::Generator& generator, const AlsObserver& observe, std::optional<FactorsBefore> before,
              const AlsResume& resume) {
    draw_items(generator, interactions_.items.rows_of(communicator_.rank()).first, options_.rank, items_.rows);
    if (factors_.biases) {
      factors_.mean = mean_of_entries(communicator_, interactions_.of_items);
      for (std::int64_t r = 0; r < items_.rows.rows(); ++r) items_.rows.row(r)[options_.rank] = 1;
    }
    if (before && !resume) {
      begin_with(before->customers, customers_.rows);
      begin_with(before->items, items_.rows);
    }
    before.reset();
    auto& rounds = factors_.rounds;
    if (resume) {
      rounds = comm::collective_try(communicator_, "a checkpoint",
                                    [&] { return resume(own_values(customers_.rows), own_values(items_.rows)); });
    }
    items_.settle(communicator_);
    while (!has_ended()) {
      solve("solve customers", interactions_.of_customers, *items_needed_, items_, customers_);
      solve("solve items", interactions_.of_items, *customers_needed_, customers_, items_);
      const auto value =
          objective(communicator_, items_.as_it_is(interactions_.of_items), customers_.as_it_is(interactions_.of_customers),
                    *customers_needed_, customers_.rows, customers_.standing(factors_.mean), options_);
      rounds.push_back({static_cast<int>(std::ssize(rounds)) + 1, value.objective, value.rmse});
      if (observe) observe({rounds, own_values(customers_.rows), own_values(items_.rows)});
    }
    customers_.rows.drop_room();
    items_.rows.drop_room();
    factors_.customers = std::move(customers_.rows);
    factors_.items = std::move(items_.rows);
    return std::move(factors_);
  }

 private:
  bool has_ended() const {
    const auto& rounds = factors_.rounds;
    if (std::ssize(rounds) >= options_.iterations) return true;
    if (!(options_.tolerance > 0) || rounds.size() < 2) return false;
    const double before = rounds[rounds.size() - 2].objective;
    return before - rounds.back().objective <= options_.tolerance * before;
  }

  void solve(const char* stage, const SparseRows& entries, const NeededRows& needed, Side& standing, Side& into) {
    {
      HalfStep step(entries, options_, standing.standing(factors_.mean), into.rows);
      needed.for_each_round(communicator_, stage, standing.rows,
                            [&](std::span<const NeededRows::Work> pieces) { step.solve(pieces); });
    }
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
  data::Reservation solving_memory_;
  data::Reservation rounds_memory_;
};

}  // namespace

std::int64_t bytes_to_solve(const AlsOptions& options, std::int64_t longest) noexcept {
  const auto of_rows = HalfStep::bytes(options, longest);
  if (options.feedback == Feedback::explicit_) return of_rows;
  const auto stride = FactorRows::stride_of(options.rank);
  return std::max(of_rows, gramian_bytes(options.rank)) + 2 * (8 * options.rank + 4 * stride) * options.rank;
}

Factors fit_als(comm::Communicator& communicator, Interactions& interactions, const AlsOptions& options,
                const random::Generator& generator, data::Budget& budget, const AlsObserver& observe,
                std::optional<FactorsBefore> before, const AlsResume& resume) {
  return Fit(communicator, interactions, options, budget).run(generator, observe, std::move(before), resume);
}

}  // namespace fullbase::recommendation
