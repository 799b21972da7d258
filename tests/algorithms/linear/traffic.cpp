// What fits of linear models send, against the formulas of their docstrings.
#include <gtest/gtest.h>

#include "algorithms/linear/cases.hpp"

namespace fullbase::linear {
namespace {

using fullbase::testing::drawn_rows;
using fullbase::testing::features_of;
using fullbase::testing::on_design;

TEST(LinearTraffic, IsWhatTheFormulasSay) {
  struct Shape {
    fullbase::testing::Labelled rows;
    std::int64_t outputs;
  };
  for (const auto& [rows, outputs] : {Shape{drawn_rows(3000, 3, {4}, 2, 1), 1}, Shape{drawn_rows(3000, 2, {3}, 4, 2), 4},
                                      Shape{drawn_rows(3000, 2, {1200}, 2, 3), 1}}) {
    on_design(rows, {}, {3, 1}, 0,
              [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget& budget) {
                const auto places = design.encoding().places();
                const auto numbers = std::ssize(rows.numbers);
                const auto features = numbers + std::ssize(rows.categories);
                const auto& statistics = communicator.statistics();
                const auto categories = places - numbers - 1;
                // Agreements send 8 bytes each, three of them.
                EXPECT_EQ(statistics.total("design").bytes, 3 * 552 * numbers + 48 * features + 8 * categories + 8 + 3 * 8);

                const auto result = fit_logistic(communicator, design, target, {}, budget);
                ASSERT_TRUE(result.converged);
                std::int64_t products = 0;
                for (const auto& row : result.history) {
                  products += row.products;
                  EXPECT_TRUE(row.iteration == 0 || row.step == 1);  // so that there was one pass each
                }
                const auto size = outputs * places;
                const bool full = factors_hessian(rows.rows(), size);
                EXPECT_EQ(full, places < 1000);
                const auto second = full ? outputs * (outputs + 1) / 2 * places * (places + 1) / 2 : size;
                EXPECT_EQ(statistics.total("fit/iteration").bytes, std::ssize(result.history) * (560 + 16 * (size + second)));
                EXPECT_EQ(statistics.total("fit/product").bytes, products * 16 * size);
                EXPECT_EQ(products > 0, !full);
              });
  }
}

}  // namespace
}  // namespace fullbase::linear
