#include "algorithms/linear/encoding_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fullbase::linear {

void write_encoding(learning::ModelWriter& writer, const Encoding& encoding) {
  writer.numbers("mean", encoding.mean).numbers("deviation", encoding.deviation).numbers("shares", encoding.shares);
}

Encoding read_encoding(const learning::ModelReader& reader, const learning::ModelHead& head) {
  const auto refuse = [&](const char* what) {
    throw base::input_error(fmt::format("the model's {}", what), reader.where(), "train the model anew").known_to_all();
  };
  auto encoding = Encoding::of(head.features);
  encoding.mean = reader.numbers("mean");
  encoding.deviation = reader.numbers("deviation");
  encoding.shares = reader.numbers("shares");
  const auto numbers = encoding.numbers.size();
  if (encoding.mean.size() != numbers || encoding.deviation.size() != numbers)
    refuse("means and deviations are not those of its features");
  if (std::ssize(encoding.shares) != encoding.places() - encoding.dense()) refuse("shares are not those of its categories");
  const auto finite = [](double x) { return std::isfinite(x); };
  if (!std::ranges::all_of(encoding.mean, finite) || !std::ranges::all_of(encoding.shares, finite) ||
      !std::ranges::all_of(encoding.deviation, [](double x) { return x > 0 && std::isfinite(x); }))
    refuse("means, deviations and shares are not finite");
  return encoding;
}

}  // namespace fullbase::linear
