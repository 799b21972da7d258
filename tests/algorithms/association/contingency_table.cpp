// Mutual information and chi-square are the textbook's, and scikit-learn's and scipy's; the incomplete gamma function has the
// values that its sum has in 60 digits.
#include "algorithms/association/contingency_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "algorithms/association/incomplete_gamma.hpp"

namespace fullbase::association {
namespace {

ContingencyTable table_of(const std::vector<std::vector<std::int64_t>>& counts) {
  ContingencyTable table(std::ssize(counts), std::ssize(counts.front()));
  for (std::int64_t i = 0; i < table.first(); ++i) {
    for (std::int64_t j = 0; j < table.second(); ++j)
      table.at(i, j) = counts[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  }
  return table;
}

TEST(MutualInformation, IsTheEntropyOfWhatIsTheSame) {
  const double entropy = -(0.25 * std::log(0.25) + 0.5 * std::log(0.5) + 0.25 * std::log(0.25));
  EXPECT_NEAR(mutual_information(table_of({{25, 0, 0}, {0, 50, 0}, {0, 0, 25}})), entropy, 1e-15);
}

TEST(MutualInformation, IsNoneOfWhatIsIndependent) {
  EXPECT_EQ(mutual_information(table_of({{10, 20}, {30, 60}})), 0);
  EXPECT_EQ(mutual_information(table_of({{7, 9, 1}})), 0);
  EXPECT_EQ(mutual_information(table_of({{0, 0}, {0, 0}})), 0);
  EXPECT_EQ(mutual_information(ContingencyTable()), 0);
  // Rounding alone would make some of these less than nothing.
  for (std::int64_t a = 1; a < 60; ++a) {
    for (std::int64_t b = 1; b < 60; ++b) {
      const double found = mutual_information(table_of({{3 * a, 3 * b, 3 * 7}, {11 * a, 11 * b, 11 * 7}}));
      EXPECT_GE(found, 0);
      EXPECT_LT(found, 1e-15);
    }
  }
}

TEST(MutualInformation, IsScikitLearns) {
  const auto table = table_of({{10, 20, 30}, {6, 9, 17}, {4, 0, 55}});
  EXPECT_NEAR(mutual_information(table), 0.13756289664580162, 1e-15);
  // Classes that do not occur tell nothing.
  EXPECT_EQ(mutual_information(table_of({{10, 20, 0, 30}, {6, 9, 0, 17}, {0, 0, 0, 0}, {4, 0, 0, 55}})),
            mutual_information(table));
}

TEST(MutualInformation, HoldsForCountsWhoseProductsAreBeyond64Bits) {
  constexpr std::int64_t large = std::int64_t{1} << 50;
  EXPECT_NEAR(mutual_information(table_of({{large, 0}, {0, large}})), std::log(2.0), 1e-15);
}

TEST(ChiSquare, IsScipys) {
  const auto found = chi_square(table_of({{10, 20, 30}, {6, 9, 17}, {4, 0, 55}}));
  EXPECT_NEAR(found.statistic, 31.494277834599654, 1e-13);
  EXPECT_EQ(found.degrees_of_freedom, 4);
  EXPECT_NEAR(found.p_value, 2.4268620209480296e-06, 1e-19);
}

TEST(ChiSquare, IsTheTextbooksOfTwoByTwo) {
  // n (ad - bc)^2 / (row sums and column sums)
  const auto found = chi_square(table_of({{43, 9}, {44, 4}}));
  const double expected = 100.0 * std::pow(43.0 * 4 - 9.0 * 44, 2) / (52.0 * 48 * 87 * 13);
  EXPECT_NEAR(found.statistic, expected, 1e-14);
  EXPECT_NEAR(found.p_value, std::erfc(std::sqrt(expected / 2)), 1e-15);
}

TEST(ChiSquare, ClassesThatDoNotOccurAreNoFreedom) {
  const auto found = chi_square(table_of({{10, 20, 0, 30}, {0, 0, 0, 0}, {6, 9, 0, 17}}));
  EXPECT_EQ(found.degrees_of_freedom, 2);
  EXPECT_EQ(found.statistic, chi_square(table_of({{10, 20, 30}, {6, 9, 17}})).statistic);
}

TEST(ChiSquare, OneClassLeavesNothingToTest) {
  for (const auto& table :
       {table_of({{10, 20, 30}}), table_of({{10, 0}, {4, 0}}), table_of({{0, 0}, {0, 0}}), ContingencyTable()}) {
    const auto found = chi_square(table);
    EXPECT_EQ(found.degrees_of_freedom, 0);
    EXPECT_EQ(found.statistic, 0);
    EXPECT_EQ(found.p_value, 1);
  }
}

TEST(UpperGamma, HasTheValuesOfItsSum) {
  struct Case {
    double a, x, value;
  };
  for (const auto& [a, x, value] : std::vector<Case>{{1, 0.5, 0.6065306597126334},
                                                     {2, 30, 2.900863120340454e-12},
                                                     {5, 0.001, 1.0},
                                                     {5, 6, 0.2850565003166312},
                                                     {10, 8, 0.7166242587270109},
                                                     {15, 15, 0.46565370894400965},
                                                     {16, 16, 0.46674489138772074},
                                                     {17, 10, 0.9729583902151989},
                                                     {31, 200, 6.583850990571798e-51},
                                                     {50, 60, 0.08440668109369183},
                                                     {50, 120, 1.600822679334483e-13},
                                                     {500, 480.5, 0.8074975590876506},
                                                     {500, 560, 0.004693165999294769},
                                                     {500, 900, 1.837837827970671e-48},
                                                     {20000, 20100, 0.23938329443858236},
                                                     {500000, 500000, 0.4998119368033945},
                                                     {500000, 498000, 0.9976851945153961},
                                                     {500000, 502500, 0.00020767800946703004}})
    EXPECT_NEAR(upper_gamma(a, x) / value, 1, 1e-13) << a << ' ' << x;
}

TEST(UpperGamma, OfAHalfIsTheErrorFunction) {
  for (double x = 0.001; x < 600; x *= 1.3) EXPECT_NEAR(upper_gamma(0.5, x) / std::erfc(std::sqrt(x)), 1, 1e-12) << x;
}

TEST(UpperGamma, FallsFromOneToZero) {
  for (const double a : {0.5, 3.0, 15.5, 16.0, 400.0}) {
    EXPECT_EQ(upper_gamma(a, 0), 1);
    EXPECT_EQ(upper_gamma(a, std::numeric_limits<double>::infinity()), 0);
    EXPECT_EQ(upper_gamma(a, 1e300), 0);
    double before = 1;
    for (double x = a / 50; x < 3 * a + 40; x += a / 50) {  // across a + 1, where the method changes
      const double now = upper_gamma(a, x);
      EXPECT_LE(now, before * (1 + 1e-13)) << a << ' ' << x;
      before = now;
    }
    EXPECT_LT(before, 1e-9);
  }
}

}  // namespace
}  // namespace fullbase::association
