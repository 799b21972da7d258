#include "algorithms/linear/fit_state.hpp"

#include <utility>

#include "base/error.hpp"

namespace fullbase::linear {
namespace {

/// Takes arrays of descents out of those of all.
template <class T>
class Pieces {
 public:
  explicit Pieces(std::vector<T> all) : all_(std::move(all)) {}
  std::vector<T> next(std::int64_t count) {
    const auto first = next_;
    next_ += static_cast<std::size_t>(count);
    if (count < 0 || next_ > all_.size()) throw base::internal_error("the state of a linear fit is shorter than it says");
    return {all_.begin() + static_cast<std::ptrdiff_t>(first), all_.begin() + static_cast<std::ptrdiff_t>(next_)};
  }

 private:
  std::vector<T> all_;
  std::size_t next_ = 0;
};

template <class T>
void append(std::vector<T>& all, const std::vector<T>& some) {
  all.insert(all.end(), some.begin(), some.end());
}

/// Integers and doubles of an iteration.
constexpr std::int64_t counts_of_iteration = 3;
constexpr std::int64_t values_of_iteration = 3;
/// Sizes that a descent says first.
constexpr std::int64_t sizes_of_descent = 5;

}  // namespace

void put_state(data::StateWriter& writer, const std::string& part, const FitState& state) {
  std::vector<std::int64_t> sizes, undetermined, counts;
  std::vector<double> first_norms, coefficients, last_steps, values;
  for (const auto& descent : state.descents) {
    sizes.insert(sizes.end(), {std::ssize(descent.coefficients), std::ssize(descent.last_step), std::ssize(descent.history),
                               std::ssize(descent.undetermined), descent.converged ? 1 : 0});
    first_norms.push_back(descent.first_norm);
    append(coefficients, descent.coefficients);
    append(last_steps, descent.last_step);
    append(undetermined, descent.undetermined);
    for (const auto& iteration : descent.history) {
      counts.insert(counts.end(), {iteration.output, iteration.iteration, iteration.products});
      values.insert(values.end(), {iteration.objective, iteration.gradient_norm, iteration.step});
    }
  }
  writer.put(part + "sizes", sizes);
  writer.put(part + "first_norms", first_norms);
  writer.put(part + "coefficients", coefficients);
  writer.put(part + "last_steps", last_steps);
  writer.put(part + "undetermined", undetermined);
  writer.put(part + "history_counts", counts);
  writer.put(part + "history_values", values);
}

FitState read_state(const data::StateReader& reader, const std::string& part) {
  FitState state;
  Pieces sizes(reader.get<std::int64_t>(part + "sizes"));
  Pieces coefficients(reader.get<double>(part + "coefficients"));
  Pieces last_steps(reader.get<double>(part + "last_steps"));
  Pieces undetermined(reader.get<std::int64_t>(part + "undetermined"));
  Pieces counts(reader.get<std::int64_t>(part + "history_counts"));
  Pieces values(reader.get<double>(part + "history_values"));
  for (const double first_norm : reader.get<double>(part + "first_norms")) {
    const auto size = sizes.next(sizes_of_descent);
    auto& descent = state.descents.emplace_back();
    descent.first_norm = first_norm;
    descent.coefficients = coefficients.next(size[0]);
    descent.last_step = last_steps.next(size[1]);
    descent.undetermined = undetermined.next(size[3]);
    descent.converged = size[4] != 0;
    for (std::int64_t i = 0; i < size[2]; ++i) {
      const auto count = counts.next(counts_of_iteration);
      const auto value = values.next(values_of_iteration);
      descent.history.push_back({.output = static_cast<int>(count[0]),
                                 .iteration = static_cast<int>(count[1]),
                                 .objective = value[0],
                                 .gradient_norm = value[1],
                                 .step = value[2],
                                 .products = count[2]});
    }
  }
  return state;
}

}  // namespace fullbase::linear
