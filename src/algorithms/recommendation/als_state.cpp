#include "algorithms/recommendation/als_state.hpp"

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

AlsStateRead read_state(const data::StateReader& reader, const std::string& part, const AlsShares& shares) {
  AlsStateRead read;
  const auto objectives = reader.get<double>(part + "objectives");
  const auto errors = reader.get<double>(part + "rmse");
  for (std::size_t i = 0; i < objectives.size(); ++i)
    read.rounds.push_back({static_cast<int>(i) + 1, objectives[i], errors.at(i)});
  const auto rows = [&](const char* name, const RowShares& side) {
    return reader.get_rows<float>(part + name, FactorRows::stride_of(shares.columns), side.rows_of(shares.rank));
  };
  read.customers = rows("customers", shares.customers);
  read.items = rows("items", shares.items);
  return read;
}

}  // namespace fullbase::recommendation
