#include "random/distributions.hpp"

#include <algorithm>

#include "base/math.hpp"

namespace fullbase::random {
namespace {

double box_muller(std::uint64_t radius, std::uint64_t angle) noexcept {
  return base::sqrt(-2.0 * base::log(open_unit(radius))) * base::cos_pi(2.0 * open_unit(angle));
}

}  // namespace

std::uint64_t Stream::word() noexcept {
  if (used_ == 4) {
    words_ = generator_.words(row_, draw_++, round_);
    used_ = 0;
  }
  return words_[static_cast<std::size_t>(used_++)];
}

std::uint64_t Stream::below(std::uint64_t bound) noexcept {
  const std::uint64_t rejected = -bound % bound;
  for (;;) {
    const base::uint128 product = static_cast<base::uint128>(word()) * bound;
    if (static_cast<std::uint64_t>(product) >= rejected) return static_cast<std::uint64_t>(product >> 64);
  }
}

double normal(const Generator& generator, std::int64_t row, std::int64_t draw, std::int64_t round) noexcept {
  const auto words = generator.words(row, draw, round);
  return box_muller(words[0], words[1]);
}

double normal(Stream& stream) noexcept {
  const std::uint64_t radius = stream.word();
  return box_muller(radius, stream.word());
}

double exponential(Stream& stream) noexcept {
  return -base::log(stream.open_uniform());
}

double gamma(Stream& stream, double shape) noexcept {
  if (shape < 1) {
    const double larger = gamma(stream, shape + 1);
    return larger * base::pow(stream.open_uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1 / base::sqrt(9 * d);
  for (;;) {
    const double x = normal(stream);
    const double root = 1 + c * x;
    const double u = stream.open_uniform();
    if (root <= 0) continue;
    const double v = root * root * root;
    if (base::log(u) < 0.5 * x * x + d - d * v + d * base::log(v)) return d * v;
  }
}

std::int64_t poisson(Stream& stream, double mean) noexcept {
  std::int64_t events = 0;
  while (mean > 0) {
    const double part = std::min(mean, 16.0);
    mean -= part;
    const double limit = base::exp(-part);
    for (double product = stream.open_uniform(); product > limit; product *= stream.open_uniform()) ++events;
  }
  return events;
}

std::int64_t geometric(Stream& stream, double success) noexcept {
  if (success >= 1) return 0;
  const double failures = base::log(stream.open_uniform()) / base::log1p(-success);
  return static_cast<std::int64_t>(std::min(failures, 9.0e18));
}

}  // namespace fullbase::random
