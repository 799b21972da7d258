#include "data/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/size.hpp"

namespace fullbase::data {

Reservation::Reservation(Reservation&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    if (budget_ != nullptr) budget_->give_back(bytes_);
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

Reservation::~Reservation() {
  if (budget_ != nullptr) budget_->give_back(bytes_);
}

std::int64_t Budget::available() const {
  const std::scoped_lock lock(mutex_);
  return limit_ - used_;
}

std::int64_t Budget::peak() const {
  const std::scoped_lock lock(mutex_);
  return peak_;
}

std::optional<Reservation> Budget::try_reserve(std::int64_t bytes) {
  FULLBASE_EXPECTS(bytes >= 0, "a reservation is not negative");
  const std::scoped_lock lock(mutex_);
  if (bytes > limit_ - used_) return std::nullopt;
  used_ += bytes;
  peak_ = std::max(peak_, used_);
  return Reservation(this, bytes);
}

Reservation Budget::reserve_up_to(std::int64_t bytes, std::int64_t unit) {
  FULLBASE_EXPECTS(bytes >= 0 && unit > 0, "a reservation is not negative and its unit is positive");
  const std::scoped_lock lock(mutex_);
  const std::int64_t granted = std::max<std::int64_t>(0, std::min(bytes, limit_ - used_)) / unit * unit;
  used_ += granted;
  peak_ = std::max(peak_, used_);
  return Reservation(this, granted);
}

Reservation Budget::require(std::int64_t bytes, const char* purpose) {
  if (auto reservation = try_reserve(bytes)) return std::move(*reservation);
  throw base::job_file_error(fmt::format("{} needs {} of memory on a rank; {} of {} is left", purpose, base::format_bytes(bytes),
                                         base::format_bytes(available()), base::format_bytes(limit_)),
                             {}, "raise resources.memory_per_rank, or run on more ranks");
}

void Budget::give_back(std::int64_t bytes) {
  const std::scoped_lock lock(mutex_);
  used_ -= bytes;
}

}  // namespace fullbase::data
