// Who orders when: the purchase histories of a synthetic customer base.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/synthetic/options.hpp"
#include "random/generator.hpp"

namespace fullbase::synthetic {

/// Every order of every customer, in time order, with its lines numbered through. A function of the options alone.
///
/// A customer's history follows the BG/NBD model (Fader, Hardie, Lee 2005): a first order at a time uniform over the period, then
/// orders at a rate of the customer's own (gamma distributed) until the customer drops out, which happens after each order with a
/// probability of the customer's own (beta distributed). Rates are scaled so that there are about lines / lines_per_order orders.
/// Some orders are followed by a return; one customer in 500 has nothing but a return. Orders share the lines in proportion to
/// random weights, at least one each. Memory: 20 bytes an order, twice while it is made. Cost: about 1 us a customer and 0.2 us
/// an order, by all threads.
class Purchases {
 public:
  /// Throws a usage error for options that cannot be met (fewer lines than customers, an empty period, ...).
  explicit Purchases(const Options& options);

  const Options& options() const noexcept { return options_; }
  std::int64_t orders() const noexcept { return static_cast<std::int64_t>(times_.size()); }

  /// UTC microseconds, whole seconds.
  std::int64_t time(std::int64_t order) const noexcept { return times_[static_cast<std::size_t>(order)]; }
  std::int32_t customer(std::int64_t order) const noexcept {
    return static_cast<std::int32_t>(customers_[static_cast<std::size_t>(order)] & ~return_mark);
  }
  bool is_return(std::int64_t order) const noexcept { return (customers_[static_cast<std::size_t>(order)] & return_mark) != 0; }
  /// The order's lines are rows [first_line(order), first_line(order + 1)).
  std::int64_t first_line(std::int64_t order) const noexcept { return first_lines_[static_cast<std::size_t>(order)]; }
  std::int64_t order_of_line(std::int64_t line) const noexcept;

  /// The time of a customer's first order.
  std::int64_t joined(std::int64_t customer) const noexcept;

 private:
  static constexpr std::uint32_t return_mark = 0x80000000;
  struct Order {
    std::int64_t time;
    std::uint32_t customer;  ///< with return_mark for a return
    std::uint32_t number;    ///< of the customer's orders, from 0
  };

  void history(std::int64_t customer, double rate, std::vector<Order>& orders) const;
  double calibrated_rate() const;
  void number_lines(const std::vector<Order>& orders);

  Options options_;
  random::Generator histories_;
  random::Generator weights_;
  std::vector<std::int64_t> times_;
  std::vector<std::uint32_t> customers_;
  std::vector<std::int64_t> first_lines_;
};

}  // namespace fullbase::synthetic
