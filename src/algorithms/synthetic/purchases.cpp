#include "algorithms/synthetic/purchases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/int128.hpp"
#include "parallel/for_each.hpp"
#include "random/distributions.hpp"

namespace fullbase::synthetic {
namespace {

// BG/NBD parameters near those of the CDNOW customers (r = .243, a = .793, b = 2.43), with fewer who never come back.
constexpr double rate_shape = 0.6;
constexpr double dropout_a = 0.8;
constexpr double dropout_b = 4.0;
constexpr std::int64_t most_orders_of_a_customer = 100'000;
constexpr std::uint64_t one_in_return_only = 500;
constexpr std::int64_t calibration_customers = 4'096;
constexpr std::int64_t customers_at_a_time = 1'024;

void expect(bool met, const char* problem) {
  if (!met) throw base::usage_error(problem, "generate");
}

std::int64_t whole_seconds(double seconds) {
  return static_cast<std::int64_t>(seconds) * base::microseconds_per_second;
}

}  // namespace

Purchases::Purchases(const Options& options)
    : options_(options),
      histories_(random::make_key(options.seed, "generate", "purchase histories")),
      weights_(random::make_key(options.seed, "generate", "lines of orders")) {
  expect(options.customers >= 1 && options.customers < std::numeric_limits<std::int32_t>::max(), "customers are 1 to 2^31 - 2");
  expect(options.lines >= options.customers, "every customer has at least one line: ask for more lines or fewer customers");
  expect(options.items >= 1 && options.items <= 10'000'000, "items are 1 to 10,000,000");
  expect(options.last_day > options.first_day, "the last day lies after the first");
  expect(options.lines_per_order >= 1, "an order has at least one line");
  expect(options.return_share >= 0 && options.return_share <= 0.5, "the share of returns is 0 to 0.5");

  const double rate = calibrated_rate();
  const std::int64_t groups = (options.customers + customers_at_a_time - 1) / customers_at_a_time;
  std::vector<std::vector<Order>> parts(static_cast<std::size_t>(groups));
  parallel::for_each(0, groups, [&](std::int64_t group, int) {
    auto& part = parts[static_cast<std::size_t>(group)];
    const std::int64_t end = std::min(options_.customers, (group + 1) * customers_at_a_time);
    for (std::int64_t customer = group * customers_at_a_time; customer < end; ++customer) history(customer, rate, part);
  });
  std::vector<Order> orders;
  for (auto& part : parts) {
    orders.insert(orders.end(), part.begin(), part.end());
    part = {};
  }
  // Each order has a line: where there are too few lines, repeat orders go, those of the highest customers first.
  auto surplus = static_cast<std::int64_t>(orders.size()) - options_.lines;
  for (std::size_t i = orders.size(); i-- > 0 && surplus > 0;) {
    if (orders[i].number == 0) continue;
    orders[i].number = std::numeric_limits<std::uint32_t>::max();
    --surplus;
  }
  std::erase_if(orders, [](const Order& order) { return order.number == std::numeric_limits<std::uint32_t>::max(); });
  std::sort(orders.begin(), orders.end(), [](const Order& a, const Order& b) {
    if (a.time != b.time) return a.time < b.time;
    const auto customer_a = a.customer & ~return_mark;
    const auto customer_b = b.customer & ~return_mark;
    return customer_a != customer_b ? customer_a < customer_b : a.number < b.number;
  });
  number_lines(orders);
}

void Purchases::history(std::int64_t customer, double rate, std::vector<Order>& orders) const {
  random::Stream stream(histories_, customer);
  const double period = static_cast<double>(options_.last_day - options_.first_day) * 86'400;
  const std::int64_t start = options_.first_day * base::microseconds_per_day;
  double time = stream.uniform() * period;
  const bool only_a_return = stream.below(one_in_return_only) == 0;
  const double own_rate = random::gamma(stream, rate_shape) * rate / period;
  const double leaving = random::gamma(stream, dropout_a);
  const double dropout = leaving / (leaving + random::gamma(stream, dropout_b));

  std::uint32_t number = 0;
  const auto append = [&](double at, bool is_return) {
    orders.push_back({start + whole_seconds(at), static_cast<std::uint32_t>(customer) | (is_return ? return_mark : 0), number++});
  };
  append(time, only_a_return);
  if (only_a_return) return;
  for (std::int64_t order = 1; order < most_orders_of_a_customer; ++order) {
    if (stream.uniform() < options_.return_share) {
      const double back = time + 86'400 * (1 + 13 * stream.uniform());
      if (back < period) append(back, true);
    }
    if (stream.uniform() < dropout || own_rate <= 0) return;
    time += random::exponential(stream) / own_rate;
    if (!(time < period)) return;
    append(time, false);
  }
}

/// The rate at which the first customers have as many orders as they should, by bisection.
double Purchases::calibrated_rate() const {
  const std::int64_t sample = std::min(options_.customers, calibration_customers);
  const double wanted = static_cast<double>(options_.lines) / options_.lines_per_order / static_cast<double>(options_.customers) *
                        static_cast<double>(sample);
  const auto orders_at = [&](double rate) {
    std::vector<Order> orders;
    for (std::int64_t customer = 0; customer < sample; ++customer) history(customer, rate, orders);
    return static_cast<double>(orders.size());
  };
  double low = 0;
  double high = 1;
  while (high < 1e6 && orders_at(high) < wanted) {
    low = high;
    high *= 4;
  }
  for (int step = 0; step < 8; ++step) {
    const double middle = (low + high) / 2;
    (orders_at(middle) < wanted ? low : high) = middle;
  }
  return (low + high) / 2;
}

void Purchases::number_lines(const std::vector<Order>& orders) {
  const std::size_t count = orders.size();
  times_.resize(count);
  customers_.resize(count);
  first_lines_.resize(count + 1);
  // Skewed weights: most orders have a few lines, some have many.
  parallel::for_each(
      0, static_cast<std::int64_t>(count),
      [&](std::int64_t i, int) {
        const auto order = static_cast<std::size_t>(i);
        times_[order] = orders[order].time;
        customers_[order] = orders[order].customer;
        const auto words = weights_.words(i);
        first_lines_[order] = static_cast<std::int64_t>(((words[0] >> 40) * (words[1] >> 40)) >> 24);
      },
      4096);
  base::int128 total = 0;
  for (const std::int64_t weight : first_lines_) total += weight;
  const std::int64_t spare = options_.lines - static_cast<std::int64_t>(count);
  base::int128 before = 0;
  for (std::size_t order = 0; order <= count; ++order) {
    const std::int64_t weight = first_lines_[order];
    const auto share = order == count || total == 0 ? base::int128{spare} : before * spare / total;
    first_lines_[order] = static_cast<std::int64_t>(order) + static_cast<std::int64_t>(total == 0 && order < count ? 0 : share);
    before += weight;
  }
}

std::int64_t Purchases::order_of_line(std::int64_t line) const noexcept {
  return std::upper_bound(first_lines_.begin(), first_lines_.end(), line) - first_lines_.begin() - 1;
}

std::int64_t Purchases::joined(std::int64_t customer) const noexcept {
  random::Stream stream(histories_, customer);
  const double period = static_cast<double>(options_.last_day - options_.first_day) * 86'400;
  return options_.first_day * base::microseconds_per_day + whole_seconds(stream.uniform() * period);
}

}  // namespace fullbase::synthetic
