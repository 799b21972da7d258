// The memory that a step may use on one rank, handed out in reservations. What gets none streams or spills.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace fullbase::data {

class Budget;

/// Bytes taken from a budget; given back when it goes.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();
  std::int64_t bytes() const noexcept { return bytes_; }

 private:
  friend class Budget;
  Reservation(Budget* budget, std::int64_t bytes) : budget_(budget), bytes_(bytes) {}
  Budget* budget_ = nullptr;
  std::int64_t bytes_ = 0;
};

/// Thread-safe. Never alters a result: only where data lies depends on it.
class Budget {
 public:
  explicit Budget(std::int64_t bytes) : limit_(bytes) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  std::int64_t limit() const noexcept { return limit_; }
  std::int64_t available() const;
  std::int64_t peak() const;

  /// All of `bytes`, or nothing.
  std::optional<Reservation> try_reserve(std::int64_t bytes);
  /// As much of `bytes` as is there, in whole multiples of `unit`; possibly 0.
  Reservation reserve_up_to(std::int64_t bytes, std::int64_t unit = 1);
  /// What cannot do without: throws a job-file error that names `purpose`, the need, what is there and the setting to change.
  Reservation require(std::int64_t bytes, const char* purpose);

 private:
  friend class Reservation;
  void give_back(std::int64_t bytes);

  const std::int64_t limit_;
  mutable std::mutex mutex_;
  std::int64_t used_ = 0;
  std::int64_t peak_ = 0;
};

}  // namespace fullbase::data
