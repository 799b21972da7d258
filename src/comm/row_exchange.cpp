#include "comm/row_exchange.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/contract.hpp"

namespace fullbase::comm {
namespace {

/// Round `round` of `rounds` handles items [first, last) of [begin, end): both sides cut alike.
std::pair<std::int64_t, std::int64_t> slice(std::int64_t begin, std::int64_t end, std::int64_t round, std::int64_t rounds) {
  const std::int64_t length = end - begin;
  return {begin + length * round / rounds, begin + length * (round + 1) / rounds};
}

std::int64_t rounds_for(std::int64_t bytes, std::int64_t round_bytes) {
  return std::max<std::int64_t>(1, (bytes + round_bytes - 1) / round_bytes);
}

template <class Byte>
std::span<Byte> part(std::span<Byte> bytes, std::int64_t first, std::int64_t last) {
  return bytes.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

/// Appends one value; the usual widths as single moves.
void pack(std::byte* into, const std::byte* from, std::size_t width) {
  switch (width) {
    case 8:
      std::memcpy(into, from, 8);
      return;
    case 4:
      std::memcpy(into, from, 4);
      return;
    case 1:
      *into = *from;
      return;
    default:
      std::memcpy(into, from, width);
  }
}

}  // namespace

RowExchange::RowExchange(Communicator& communicator, std::span<const std::int64_t> order, std::vector<std::int64_t> starts,
                         std::int64_t round_bytes)
    : communicator_(communicator), order_(order), send_starts_(std::move(starts)), round_bytes_(round_bytes) {
  const auto ranks = static_cast<std::size_t>(communicator.size());
  FULLBASE_EXPECTS(send_starts_.size() == ranks + 1 && std::ranges::is_sorted(send_starts_) && round_bytes > 0,
                   "rows are cut into one run a rank");
  std::vector<std::int64_t> sent(ranks);
  std::vector<std::int64_t> counts(ranks);
  std::vector<std::span<const std::int64_t>> send;
  std::vector<std::span<std::int64_t>> receive;
  for (std::size_t r = 0; r < ranks; ++r) {
    sent[r] = send_starts_[r + 1] - send_starts_[r];
    send.emplace_back(&sent[r], 1);
    receive.emplace_back(&counts[r], 1);
  }
  communicator.all_to_all_into(send, receive);
  receive_starts_.assign(ranks + 1, 0);
  std::partial_sum(counts.begin(), counts.end(), receive_starts_.begin() + 1);
  most_rows_ = communicator.max_value(order.empty() ? 0 : send_starts_.back() - send_starts_.front());
}

void RowExchange::move(std::span<const std::byte> from, std::size_t width, std::span<std::byte> into,
                       std::span<const std::int64_t> order, std::int64_t origin) {
  const auto ranks = static_cast<std::size_t>(communicator_.size());
  const auto bytes = static_cast<std::int64_t>(width);
  const std::int64_t rounds = rounds_for(most_rows_ * bytes, round_bytes_);
  std::vector<std::byte> packed;
  std::vector<std::span<const std::byte>> send(ranks);
  std::vector<std::span<std::byte>> receive(ranks);
  for (std::int64_t round = 0; round < rounds; ++round) {
    std::int64_t rows = 0;
    for (std::size_t r = 0; r < ranks && !order.empty(); ++r) {
      const auto [first, last] = slice(send_starts_[r], send_starts_[r + 1], round, rounds);
      rows += last - first;
    }
    packed.resize(static_cast<std::size_t>(rows * bytes));
    auto* next = packed.data();
    for (std::size_t r = 0; r < ranks; ++r) {
      const auto [first, last] = slice(send_starts_[r], send_starts_[r + 1], round, rounds);
      if (order.empty()) {
        send[r] = part(from, (first - origin) * bytes, (last - origin) * bytes);
      } else {
        const auto* begin = next;
        for (auto i = first; i < last; ++i, next += width)
          pack(next, from.data() + order[static_cast<std::size_t>(i)] * bytes, width);
        send[r] = {begin, static_cast<std::size_t>((last - first) * bytes)};
      }
      const auto [to, end] = slice(receive_starts_[r], receive_starts_[r + 1], round, rounds);
      receive[r] = part(into, to * bytes, end * bytes);
    }
    communicator_.all_to_all_into(send, receive);
  }
}

// Lengths first, so that every text is received where it will lie.
data::Strings RowExchange::strings(const data::Strings& from) {
  const auto ranks = static_cast<std::size_t>(communicator_.size());
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(received()) + 1);
  std::int64_t longest = 0;
  {
    std::vector<std::int64_t> lengths;
    lengths.reserve(static_cast<std::size_t>(send_starts_.back() - send_starts_.front()));
    for (auto i = send_starts_.front(); i < send_starts_.back(); ++i) {
      lengths.push_back(static_cast<std::int64_t>(from[row(i)].size()));
      longest += lengths.back();
    }
    const auto arrived = values_in_order(lengths);
    std::partial_sum(arrived.begin(), arrived.end(), offsets.begin() + 1);
  }
  std::vector<char> bytes(static_cast<std::size_t>(offsets.back()));
  const std::int64_t rounds = rounds_for(communicator_.max_value(longest), round_bytes_);

  std::vector<char> packed;
  std::vector<std::span<const char>> send(ranks);
  std::vector<std::span<char>> receive(ranks);
  for (std::int64_t round = 0; round < rounds; ++round) {
    packed.clear();
    std::vector<std::size_t> borders = {0};
    for (std::size_t r = 0; r < ranks; ++r) {
      const auto [first, last] = slice(send_starts_[r], send_starts_[r + 1], round, rounds);
      for (auto i = first; i < last; ++i) {
        const auto text = from[row(i)];
        packed.insert(packed.end(), text.begin(), text.end());
      }
      borders.push_back(packed.size());
      const auto [to, end] = slice(receive_starts_[r], receive_starts_[r + 1], round, rounds);
      receive[r] = part(std::span(bytes), offsets[static_cast<std::size_t>(to)], offsets[static_cast<std::size_t>(end)]);
    }
    for (std::size_t r = 0; r < ranks; ++r)
      send[r] = std::span<const char>(packed).subspan(borders[r], borders[r + 1] - borders[r]);
    communicator_.all_to_all_into(send, receive);
  }
  return {std::move(offsets), std::move(bytes)};
}

data::Column RowExchange::column(const data::Column& from) {
  const bool masked = communicator_.max_value(std::int64_t{!from.mask().empty()}) != 0;
  auto moved = std::visit(
      [&](const auto& v) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(v)>, data::Strings>) {
          return data::Column::Values(strings(v));
        } else {
          return data::Column::Values(values(std::span(v)));
        }
      },
      from.values());
  std::vector<std::uint8_t> mask;
  if (masked) {
    const auto sent = static_cast<std::size_t>(send_starts_.back() - send_starts_.front());
    mask = from.mask().empty() ? values_in_order(std::vector<std::uint8_t>(sent, 0)) : values(std::span(from.mask()));
    if (std::ranges::all_of(mask, [](std::uint8_t m) { return m == 0; })) mask.clear();
  }
  return {from.field(), std::move(moved), std::move(mask), from.dictionary()};
}

}  // namespace fullbase::comm
