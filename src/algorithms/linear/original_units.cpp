#include "algorithms/linear/original_units.hpp"

#include "base/exact_sum.hpp"

namespace fullbase::linear {

std::vector<double> original_units(const Encoding& encoding, int outputs, std::vector<double> coefficients) {
  const auto places = static_cast<std::size_t>(encoding.places());
  const auto numbers = encoding.numbers.size();
  for (int k = 0; k < outputs; ++k) {
    double* own = coefficients.data() + static_cast<std::size_t>(k) * places;
    base::ExactSum intercept;
    intercept.add(own[numbers]);
    for (std::size_t j = 0; j < numbers; ++j) {
      own[j] = own[j] / encoding.deviation[j];
      intercept.add(-own[j] * encoding.mean[j]);
    }
    own[numbers] = intercept.value();
  }
  return coefficients;
}

}  // namespace fullbase::linear
