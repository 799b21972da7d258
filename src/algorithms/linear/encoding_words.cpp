#include "algorithms/kernel_machines/encoding_words.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fullbase::kernel_machines {

void write_encoding(learning::ModelWriter& writer, const linear::Encoding& encoding) {
  writer.numbers("means", encoding.mean)
      .numbers("deviations", encoding.deviation)
      .numbers("greatest", encoding.greatest)
      .numbers("shares", encoding.shares);
}

linear::Encoding read_encoding(const learning::ModelReader& reader, const learning::ModelHead& head) {
  auto encoding = linear::Encoding::of(head.features);
  encoding.mean = reader.numbers("means");
  encoding.deviation = reader.numbers("deviations");
  encoding.greatest = reader.numbers("greatest");
  encoding.shares = reader.numbers("shares");
  const auto finite = [](const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
  };
  const auto numbers = encoding.numbers.size();
  if (encoding.mean.size() != numbers || encoding.deviation.size() != numbers || encoding.greatest.size() != numbers ||
      std::ssize(encoding.shares) != encoding.places() - encoding.dense() || !finite(encoding.mean) ||
      !finite(encoding.deviation) || !finite(encoding.shares) ||
      std::ranges::any_of(encoding.deviation, [](double v) { return v <= 0; }))
    throw base::input_error("the model's means and deviations do not fit its features", reader.where(), "train it anew");
  return encoding;
}

}  // namespace fullbase::kernel_machines
