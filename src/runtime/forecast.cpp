#include "runtime/forecast.hpp"

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

double share_sent(int ranks) {
  return 1 - 1.0 / ranks;
}

double bytes_to_sum(double bytes, int ranks) {
  return ranks > 1 ? 2 * bytes * (ranks - 1) : 0;
}

}  // namespace fullbase::runtime
