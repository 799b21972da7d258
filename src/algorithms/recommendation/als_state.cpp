#include "algorithms/recommendation/als_state.hpp"

#include <utility>

namespace fullbase::recommendation {

void put_state(data::StateWriter& writer, const std::string& part, const AlsState& state, const AlsShares& shares) {
  std::vector<double> objectives;
  std::vector<double> errors;
  for (const auto& round : state.rounds) {
    objectives.push_back(round.objective);
    errors.push_back(round.rmse);
  }
  writer.put(part + "objectives", objectives);
  writer.put(part + "rmse", errors);
  const auto put = [&](const char* name, const RowShares& side, std::span<const float> values) {
    writer.put_rows(part + name, side.rows(), FactorRows::stride_of(shares.columns), side.rows_of(shares.rank), values);
  };
  put("customers", shares.customers, state.customers);
  put("items", shares.items, state.items);
}

AlsResume read_state(const data::StateReader& reader, std::string part, const AlsShares& shares) {
  return [&reader, part = std::move(part), shares](std::span<float> customers, std::span<float> items) {
    const auto read = [&](const char* name, const RowShares& side, std::span<float> values) {
      reader.get_rows_into(part + name, FactorRows::stride_of(shares.columns), side.rows_of(shares.rank), values);
    };
    read("customers", shares.customers, customers);
    read("items", shares.items, items);
    const auto objectives = reader.get<double>(part + "objectives");
    const auto errors = reader.get<double>(part + "rmse");
    std::vector<AlsRound> rounds;
    for (std::size_t i = 0; i < objectives.size(); ++i) rounds.push_back({static_cast<int>(i) + 1, objectives[i], errors.at(i)});
    return rounds;
  };
}

}  // namespace fullbase::recommendation
