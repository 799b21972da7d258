#include "runtime/keeping_time.hpp"

#include <algorithm>

namespace fullbase::runtime {
namespace {

// Bytes through a core's hash and to disk, and what any file costs.
constexpr double bytes_a_second = 5e8;
constexpr double seconds_a_file = 0.03;

}  // namespace

double KeepingTime::seconds(std::int64_t bytes, std::int64_t files) {
  return seconds_a_file * static_cast<double>(files) + static_cast<double>(bytes) / bytes_a_second;
}

bool KeepingTime::is_worth(double expected) const {
  return spent_ + slowness_ * expected <= share_ * std::chrono::duration<double>(now_() - begun_).count();
}

void KeepingTime::spent(double expected, double took) {
  spent_ += std::max(took, seconds_a_file);
  if (expected > 0) slowness_ = std::max(1.0, took / expected);
}

}  // namespace fullbase::runtime
