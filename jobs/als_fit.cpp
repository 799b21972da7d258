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
  recommendation::AlsResume resume;
  if (part.has_left("objectives")) {
    before.reset();
    resume = part.read_left([&](const data::StateReader& reader, const std::string& prefix) {
      return recommendation::read_state(reader, prefix, shares);
    });
  }
  return recommendation::fit_als(
      communicator, interactions, options, random::Generator(context.key("factors")), context.budget(),
      [&](const recommendation::AlsState& state) {
        part.end_round(describe(state.rounds.back()), [&](data::StateWriter& writer, const std::string& prefix) {
          recommendation::put_state(writer, prefix, state, shares);
        });
      },
      std::move(before), resume);
}

}  // namespace fullbase::jobs
