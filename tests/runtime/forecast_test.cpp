// Sizes of tables and amounts of work before a step runs.
#include "runtime/forecast.hpp"

#include <gtest/gtest.h>

namespace fullbase::runtime {
namespace {

TEST(Forecasts, AKeyHasNoMoreRowsThanCategories) {
  const InputSize lines{{1000, Certainty::exact}, 3, {{"customer", 30}, {"item", 20}}};
  EXPECT_EQ(rows_by_key(lines, {"customer"}), (RowForecast{30, Certainty::most}));
  EXPECT_EQ(rows_by_key(lines, {"customer", "item"}), (RowForecast{600, Certainty::most}));
  EXPECT_EQ(rows_by_key(lines, {"customer", "day"}), (RowForecast{1000, Certainty::most}));
  EXPECT_EQ(rows_by_key({{10, Certainty::unknown}, 3, {}}, {"day"}).certainty, Certainty::unknown);
}

TEST(Forecasts, OneRankSendsNothing) {
  const std::vector<InputSize> lines = {{{1000, Certainty::exact}, 3, {}}};
  EXPECT_EQ(grouped(lines, 1).bytes_sent, 0);
  EXPECT_EQ(bytes_to_sum(100, 1), 0);
  EXPECT_NEAR(grouped(lines, 4).bytes_sent, 8 * 3 * 1000 * 0.75, 1e-9);
}

}  // namespace
}  // namespace fullbase::runtime
