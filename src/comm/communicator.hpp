// Ranks that work together. The interface knows no MPI: the same algorithm runs under MPI, alone, or with threads as ranks.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/exact_sum.hpp"
#include "base/int128.hpp"
#include "comm/reduction.hpp"
#include "comm/statistics.hpp"

namespace fullbase::comm {

using base::int128;

/// What all_reduce can combine. There is no floating-point sum: its result would depend on the ranks. Sums are integers.
template <class T>
concept Summable = std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> || std::same_as<T, int128>;
template <class T>
concept Comparable =
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> || std::same_as<T, double> || std::same_as<T, float>;
template <class T>
concept Plain = std::is_trivially_copyable_v<T>;

/// What every rank sent, in rank order.
template <class T>
struct Gathered {
  std::vector<T> values;
  std::vector<std::int64_t> starts;  ///< size() + 1 positions in values: rank r sent [starts[r], starts[r + 1])

  std::span<const T> from(int rank) const {
    const auto r = static_cast<std::size_t>(rank);
    return std::span(values).subspan(static_cast<std::size_t>(starts[r]), static_cast<std::size_t>(starts[r + 1] - starts[r]));
  }
};

/// Every member but rank(), size() and the settings is collective: all ranks call it in the same order with arguments that agree
/// (lengths that may differ are said to). Only a rank's main thread calls. Counts are 64-bit; a message is cut into pieces of at
/// most message_limit() bytes (and at least one element). An error inside a collective ends the job; no member throws on one rank
/// alone.
class Communicator {
 public:
  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  virtual int rank() const noexcept = 0;
  virtual int size() const noexcept = 0;
  bool is_root() const noexcept { return rank() == 0; }

  void barrier();

  /// Every rank ends with root's values; all spans have the same length. Sends bytes(values) from root.
  template <Plain T>
  void broadcast(std::span<T> values, int root = 0) {
    broadcast_bytes(std::as_writable_bytes(values), root);
  }
  template <Plain T>
  T broadcast_value(T value, int root = 0) {
    broadcast(std::span<T>(&value, 1), root);
    return value;
  }
  /// Root's text, of any length, on every rank.
  std::string broadcast_text(std::string_view text, int root = 0);
  /// Root's texts, of any number and lengths, on every rank; what other ranks pass is not looked at. Sends 8 bytes a text more.
  std::vector<std::string> broadcast_texts(std::span<const std::string> texts, int root = 0);

  /// Element-wise sum over ranks, in place; equal lengths. int64 and int128 wrap like the type's unsigned twin: callers bound
  /// them.
  template <Summable T>
  void sum(std::span<T> values) {
    reduce_bytes(std::as_writable_bytes(values), sizeof(T) == 8 ? Reduction::sum_64 : Reduction::sum_128, "sum");
  }
  /// The same of exact sums; one reduction of 8 * base::ExactSum::limb_count bytes each.
  void sum(std::span<base::ExactSum> sums);
  template <Summable T>
  T sum_value(T value) {
    sum(std::span<T>(&value, 1));
    return value;
  }
  /// Element-wise lowest and highest value over ranks, in place; equal lengths. -0 lies below 0. Callers leave NaN out: it would
  /// count as beyond the infinity of its sign.
  template <Comparable T>
  void min(std::span<T> values) {
    extreme(values, true);
  }
  template <Comparable T>
  void max(std::span<T> values) {
    extreme(values, false);
  }
  template <Comparable T>
  T min_value(T value) {
    min(std::span<T>(&value, 1));
    return value;
  }
  template <Comparable T>
  T max_value(T value) {
    max(std::span<T>(&value, 1));
    return value;
  }
  /// Element-wise lowest value with its index (index -1 counts as absent); ties (-0 and 0 are one) to the lower
  /// index. Callers leave NaN out.
  void argmin(std::span<Extreme> values);
  void argmax(std::span<Extreme> values);

  /// Sum of `value` over the ranks before this one; 0 on rank 0.
  std::int64_t exclusive_sum(std::int64_t value);

  /// One value from each rank, on every rank.
  template <Plain T>
  std::vector<T> all_gather(const T& value) {
    std::vector<T> values(static_cast<std::size_t>(size()));
    all_gather_equal(std::as_bytes(std::span(&value, 1)), std::as_writable_bytes(std::span(values)));
    return values;
  }
  /// Values of any number from each rank, on every rank. Holds all of them: for small things.
  template <Plain T>
  Gathered<T> all_gather_all(std::span<const T> values) {
    return gathered<T>([&](const Storage& storage) { return all_gather_bytes(std::as_bytes(values), storage); });
  }
  /// The same at `root` alone; empty elsewhere.
  template <Plain T>
  Gathered<T> gather(std::span<const T> values, int root = 0) {
    return gathered<T>([&](const Storage& storage) { return gather_bytes(std::as_bytes(values), root, storage); });
  }

  /// send[r] goes to rank r; returns what each rank sent here. Lengths may differ.
  template <Plain T>
  Gathered<T> all_to_all(const std::vector<std::span<const T>>& send) {
    std::vector<std::span<const std::byte>> bytes;
    for (const auto part : send) bytes.push_back(std::as_bytes(part));
    return gathered<T>([&](const Storage& storage) { return all_to_all_bytes(bytes, storage); });
  }
  /// The same where both sides know the lengths: what rank r sent here ends in receive[r]. receive[r] here is as long as send[me]
  /// on rank r.
  template <Plain T>
  void all_to_all_into(const std::vector<std::span<const T>>& send, const std::vector<std::span<T>>& receive) {
    std::vector<std::span<const std::byte>> out;
    std::vector<std::span<std::byte>> in;
    for (const auto part : send) out.push_back(std::as_bytes(part));
    for (const auto part : receive) in.push_back(std::as_writable_bytes(part));
    all_to_all_known(out, in);
  }

  /// Largest message handed to the transport; at most 1 GiB. Tests set a tiny one.
  std::int64_t message_limit() const noexcept { return message_limit_; }
  void set_message_limit(std::int64_t bytes);

  const Statistics& statistics() const noexcept { return statistics_; }
  Statistics& statistics() noexcept { return statistics_; }

 protected:
  Communicator() = default;

  // What a transport implements; each call moves at most message_limit() bytes a rank pair, or one element. Spans of what is
  // received are one a rank, and as long as what that rank sends here.
  virtual void do_barrier() = 0;
  virtual void do_broadcast(std::span<std::byte> bytes, int root) = 0;
  virtual void do_reduce(std::span<std::byte> values, std::int64_t count, Reduction reduction) = 0;
  virtual void do_all_gather(std::span<const std::byte> send, std::span<const std::span<std::byte>> receive) = 0;
  /// `receive` is empty on every rank but root.
  virtual void do_gather(std::span<const std::byte> send, std::span<const std::span<std::byte>> receive, int root) = 0;
  virtual void do_all_to_all(std::span<const std::span<const std::byte>> send, std::span<const std::span<std::byte>> receive) = 0;
  virtual std::int64_t do_exclusive_sum(std::int64_t value) = 0;

 private:
  /// Makes room for so many bytes in the caller's vector.
  using Storage = std::function<std::span<std::byte>(std::int64_t bytes)>;

  /// Receives straight into the vector that the caller gets; `receive` returns starts in bytes.
  template <class T, class F>
  static Gathered<T> gathered(F&& receive) {
    Gathered<T> result;
    result.starts = receive([&](std::int64_t bytes) {
      result.values.resize(static_cast<std::size_t>(bytes) / sizeof(T));
      return std::as_writable_bytes(std::span(result.values));
    });
    for (auto& start : result.starts) start /= static_cast<std::int64_t>(sizeof(T));
    return result;
  }

  template <class T>
  void extreme(std::span<T> values, bool lowest) {
    if constexpr (std::is_integral_v<T>) {
      const auto reduction = std::is_signed_v<T> ? (lowest ? Reduction::min_int64 : Reduction::max_int64)
                                                 : (lowest ? Reduction::min_uint64 : Reduction::max_uint64);
      reduce_bytes(std::as_writable_bytes(values), reduction, lowest ? "min" : "max");
    } else {
      std::vector<std::uint64_t> bits;
      bits.reserve(values.size());
      for (const T value : values) bits.push_back(ordered_bits(static_cast<double>(value)));
      extreme(std::span<std::uint64_t>(bits), lowest);
      for (std::size_t i = 0; i < bits.size(); ++i) values[i] = static_cast<T>(double_of_ordered_bits(bits[i]));
    }
  }

  void broadcast_bytes(std::span<std::byte> bytes, int root);
  void send_pieces(std::span<std::byte> bytes, int root);
  void reduce_bytes(std::span<std::byte> bytes, Reduction reduction, std::string_view name);
  void all_gather_equal(std::span<const std::byte> send, std::span<std::byte> receive);
  std::vector<std::int64_t> all_gather_bytes(std::span<const std::byte> bytes, const Storage& storage);
  std::vector<std::int64_t> gather_bytes(std::span<const std::byte> bytes, int root, const Storage& storage);
  std::vector<std::int64_t> all_to_all_bytes(std::span<const std::span<const std::byte>> send, const Storage& storage);
  void all_to_all_known(std::span<const std::span<const std::byte>> send, std::span<const std::span<std::byte>> receive);
  std::vector<std::int64_t> starts_of_lengths(std::int64_t length);

  std::int64_t message_limit_ = std::int64_t{1} << 30;
  Statistics statistics_;
};

}  // namespace fullbase::comm
