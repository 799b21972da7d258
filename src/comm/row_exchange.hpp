// Rows that move between ranks, a column at a time: what shuffles, redistribution and gathering share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/column.hpp"

namespace fullbase::comm {

/// Bytes that a rank packs before it sends them, unless a caller says otherwise.
inline constexpr std::int64_t usual_round_bytes = std::int64_t{64} << 20;

/// Which row goes where. Every rank makes one, then passes the same columns in the same order: each call is collective.
///
/// Rows arrive in the order (sending rank, position in its order). Memory of a call: the received column and, where rows are sent
/// in another order than they lie, at most round_bytes (and at least one row a rank) of packed values. Sends the rows that leave
/// the rank, once; 8 bytes a string for its length, 1 byte a row for a mask where a rank has one.
class RowExchange {
 public:
  /// Rank r gets the rows order[starts[r]], ..., order[starts[r + 1] - 1]; an empty order stands for 0, 1, 2, ...
  /// `starts` has size() + 1 ascending positions. `order` is kept by reference. Collective.
  RowExchange(Communicator& communicator, std::span<const std::int64_t> order, std::vector<std::int64_t> starts,
              std::int64_t round_bytes = usual_round_bytes);

  /// Rows that this rank receives, its own included.
  std::int64_t received() const noexcept { return receive_starts_.back(); }
  /// size() + 1 positions: what rank r sent lies in [r, r + 1).
  const std::vector<std::int64_t>& received_starts() const noexcept { return receive_starts_; }

  /// Fields and dictionaries are equal on all ranks.
  data::Column column(const data::Column& from);
  /// `width` values a row.
  template <Plain T>
  std::vector<T> values(std::span<const T> from, std::int64_t width = 1) {
    const auto count = static_cast<std::size_t>(width);
    std::vector<T> result(static_cast<std::size_t>(received()) * count);
    move(std::as_bytes(from), sizeof(T) * count, std::as_writable_bytes(std::span(result)), order_, 0);
    return result;
  }

 private:
  /// Position i of what is sent is value order[i] of `from`, or value i - origin where order is empty.
  void move(std::span<const std::byte> from, std::size_t width, std::span<std::byte> into, std::span<const std::int64_t> order,
            std::int64_t origin);
  /// One value for each position that is sent, already in order.
  template <Plain T>
  std::vector<T> values_in_order(const std::vector<T>& from) {
    std::vector<T> result(static_cast<std::size_t>(received()));
    move(std::as_bytes(std::span(from)), sizeof(T), std::as_writable_bytes(std::span(result)), {}, send_starts_.front());
    return result;
  }
  data::Strings strings(const data::Strings& from);
  std::int64_t row(std::int64_t position) const noexcept {
    return order_.empty() ? position : order_[static_cast<std::size_t>(position)];
  }

  Communicator& communicator_;
  std::span<const std::int64_t> order_;
  std::vector<std::int64_t> send_starts_;
  std::vector<std::int64_t> receive_starts_;
  std::int64_t round_bytes_;
  std::int64_t most_rows_ = 0;  ///< that any rank packs; 0 where none has an order
};

}  // namespace fullbase::comm
