#include "runtime/forecast.hpp"

#include <algorithm>

namespace fullbase::runtime {

Forecast passes_over(const std::vector<InputSize>& inputs, double passes) {
  Forecast forecast;
  for (const auto& input : inputs) forecast.values += passes * static_cast<double>(input.rows.rows) * input.columns;
  return forecast;
}

Forecast grouped(const std::vector<InputSize>& inputs, int ranks, double passes) {
  Forecast forecast = passes_over(inputs, passes);
  const auto& lines = inputs.front();
  forecast.keyed_rows = static_cast<double>(lines.rows.rows);
  forecast.bytes_sent = 8 * forecast.keyed_rows * lines.columns * share_sent(ranks);
  return forecast;
}

RowForecast rows_by_key(const InputSize& input, const std::vector<std::string>& keys) {
  double most = 1;
  for (const auto& key : keys) {
    const auto found = input.categories.find(key);
    most *= found == input.categories.end() ? static_cast<double>(input.rows.rows) : static_cast<double>(found->second);
  }
  const auto certainty = std::max(Certainty::most, input.rows.certainty);
  return {std::min(input.rows.rows, static_cast<std::int64_t>(std::min(most, 9e18))), certainty};
}

RowForecast small_table() noexcept {
  return {1000, Certainty::most};
}

double share_sent(int ranks) {
  return 1 - 1.0 / ranks;
}

double bytes_to_sum(double bytes, int ranks) {
  return ranks > 1 ? 2 * bytes * (ranks - 1) : 0;
}

}  // namespace fullbase::runtime
