#include "jobs/als_fit.hpp"

#include <utility>

#include "algorithms/recommendation/als_state.hpp"
#include "algorithms/recommendation/factor_tables.hpp"

namespace fullbase::jobs {

recommendation::Factors fit_factors(StepPart& part, recommendation::Interactions& interactions,
                                    const recommendation::AlsOptions& options,
                                    std::optional<recommendation::FactorsBefore> before,
                                    const std::function<Round(const recommendation::AlsRound&)>& describe) {
  auto& context = part.context();
  auto& communicator = context.communicator();
  const recommendation::FactorsShape shape{options.rank, recommendation::has_biases(options)};
  const recommendation::AlsShares shares{interactions.customers, interactions.items, communicator.rank(), shape.columns()};
  data::Reservation memory;
  recommendation::AlsStateRead left;
  const bool resumes = part.has_left("objectives");
  if (resumes) {
    before.reset();
    left = part.read_left([&](const data::StateReader& reader, const std::string& prefix) {
      const auto rows = interactions.of_customers.rows() + interactions.of_items.rows();
      memory = context.budget().require(recommendation::FactorRows::bytes(rows, shape.columns()), "factors of a checkpoint");
      return recommendation::read_state(reader, prefix, shares);
    });
  }
  const auto resume = left.state();
  return recommendation::fit_als(
      communicator, interactions, options, random::Generator(context.key("factors")), context.budget(),
      [&](const recommendation::AlsState& state) {
        // What was left is in the fit's own rows by now.
        left = {};
        memory = {};
        part.end_round(describe(state.rounds.back()), [&](data::StateWriter& writer, const std::string& prefix) {
          recommendation::put_state(writer, prefix, state, shares);
        });
      },
      std::move(before), resumes ? &resume : nullptr);
}

}  // namespace fullbase::jobs
