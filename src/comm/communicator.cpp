#include "comm/communicator.hpp"

#include <algorithm>
#include <cstring>

#include "base/contract.hpp"

namespace fullbase::comm {
namespace {

std::int64_t length_of(std::span<const std::byte> bytes) noexcept {
  return static_cast<std::int64_t>(bytes.size());
}

/// Piece number `piece` of bytes cut every `limit`; empty beyond the end.
template <class Byte>
std::span<Byte> piece_of(std::span<Byte> bytes, std::int64_t piece, std::int64_t limit) {
  const auto first = std::min(bytes.size(), static_cast<std::size_t>(piece * limit));
  return bytes.subspan(first, std::min(bytes.size() - first, static_cast<std::size_t>(limit)));
}

template <class Byte>
std::vector<std::span<Byte>> pieces_of(std::span<const std::span<Byte>> parts, std::int64_t piece, std::int64_t limit) {
  std::vector<std::span<Byte>> result;
  result.reserve(parts.size());
  for (const auto part : parts) result.push_back(piece_of(part, piece, limit));
  return result;
}

std::int64_t pieces_in(std::int64_t bytes, std::int64_t limit) {
  return (bytes + limit - 1) / limit;
}

/// The whole of `bytes` as one part a rank; `starts` has one position more than there are ranks.
std::vector<std::span<std::byte>> parts_at(std::span<std::byte> bytes, std::span<const std::int64_t> starts) {
  std::vector<std::span<std::byte>> parts;
  for (std::size_t r = 0; r + 1 < starts.size(); ++r)
    parts.push_back(bytes.subspan(static_cast<std::size_t>(starts[r]), static_cast<std::size_t>(starts[r + 1] - starts[r])));
  return parts;
}

std::vector<std::int64_t> starts_of(std::span<const std::int64_t> lengths) {
  std::vector<std::int64_t> starts(lengths.size() + 1, 0);
  for (std::size_t r = 0; r < lengths.size(); ++r) starts[r + 1] = starts[r] + lengths[r];
  return starts;
}

}  // namespace

void Communicator::set_message_limit(std::int64_t bytes) {
  FULLBASE_EXPECTS(0 < bytes && bytes <= std::int64_t{1} << 30, "a message has between 1 byte and 1 GiB");
  message_limit_ = bytes;
}

void Communicator::barrier() {
  statistics_.count("barrier", 0);
  do_barrier();
}

void Communicator::broadcast_bytes(std::span<std::byte> bytes, int root) {
  statistics_.count("broadcast", rank() == root ? length_of(bytes) : 0);
  send_pieces(bytes, root);
}

void Communicator::send_pieces(std::span<std::byte> bytes, int root) {
  FULLBASE_EXPECTS(0 <= root && root < size(), "a broadcast comes from one of the ranks");
  for (std::int64_t piece = 0; piece < pieces_in(length_of(bytes), message_limit_); ++piece)
    do_broadcast(piece_of(bytes, piece, message_limit_), root);
}

std::string Communicator::broadcast_text(std::string_view text, int root) {
  statistics_.count("broadcast", rank() == root ? static_cast<std::int64_t>(text.size()) : 0);
  auto length = static_cast<std::int64_t>(text.size());
  do_broadcast(std::as_writable_bytes(std::span(&length, 1)), root);
  std::string result(rank() == root ? text : std::string_view{});
  result.resize(static_cast<std::size_t>(length));
  send_pieces(std::as_writable_bytes(std::span(result)), root);
  return result;
}

std::vector<std::string> Communicator::broadcast_texts(std::span<const std::string> texts, int root) {
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(broadcast_value(std::ssize(texts), root)));
  std::string all;
  for (std::size_t i = 0; rank() == root && i < texts.size(); ++i) {
    lengths[i] = std::ssize(texts[i]);
    all += texts[i];
  }
  broadcast(std::span(lengths), root);
  all = broadcast_text(all, root);
  std::vector<std::string> result;
  std::size_t at = 0;
  for (const auto length : lengths) {
    result.push_back(all.substr(at, static_cast<std::size_t>(length)));
    at += result.back().size();
  }
  return result;
}

void Communicator::reduce_bytes(std::span<std::byte> bytes, Reduction reduction, std::string_view name) {
  statistics_.count(name, length_of(bytes));
  const auto element = static_cast<std::int64_t>(element_bytes(reduction));
  const std::int64_t limit = std::max(element, message_limit_ / element * element);
  for (std::int64_t piece = 0; piece < pieces_in(length_of(bytes), limit); ++piece) {
    const auto part = piece_of(bytes, piece, limit);
    do_reduce(part, length_of(part) / element, reduction);
  }
}

void Communicator::sum(std::span<base::ExactSum> sums) {
  std::vector<std::int64_t> limbs;
  limbs.reserve(sums.size() * base::ExactSum::limb_count);
  for (auto& one : sums) limbs.insert(limbs.end(), one.limbs().begin(), one.limbs().end());
  sum(std::span(limbs));
  auto next = limbs.begin();
  for (auto& one : sums) {
    std::copy_n(next, base::ExactSum::limb_count, one.limbs().begin());
    next += base::ExactSum::limb_count;
  }
}

void Communicator::argmin(std::span<Extreme> values) {
  reduce_bytes(std::as_writable_bytes(values), Reduction::argmin, "argmin");
}

void Communicator::argmax(std::span<Extreme> values) {
  reduce_bytes(std::as_writable_bytes(values), Reduction::argmax, "argmax");
}

std::int64_t Communicator::exclusive_sum(std::int64_t value) {
  statistics_.count("exclusive_sum", sizeof(value));
  return do_exclusive_sum(value);
}

void Communicator::all_gather_equal(std::span<const std::byte> send, std::span<std::byte> receive) {
  statistics_.count("all_gather", length_of(send));
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(size()), length_of(send));
  const auto parts = parts_at(receive, starts_of(lengths));
  for (std::int64_t piece = 0; piece < pieces_in(length_of(send), message_limit_); ++piece)
    do_all_gather(piece_of(send, piece, message_limit_), pieces_of<std::byte>(parts, piece, message_limit_));
}

std::vector<std::int64_t> Communicator::starts_of_lengths(std::int64_t length) {
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(size()));
  std::vector<std::span<std::byte>> slots;
  for (auto& slot : lengths) slots.push_back(std::as_writable_bytes(std::span(&slot, 1)));
  do_all_gather(std::as_bytes(std::span(&length, 1)), slots);
  return starts_of(lengths);
}

std::vector<std::int64_t> Communicator::all_gather_bytes(std::span<const std::byte> bytes, const Storage& storage) {
  statistics_.count("all_gather", length_of(bytes));
  auto starts = starts_of_lengths(length_of(bytes));
  const auto parts = parts_at(storage(starts.back()), starts);
  std::int64_t longest = 0;
  for (const auto& part : parts) longest = std::max(longest, length_of(part));
  for (std::int64_t piece = 0; piece < pieces_in(longest, message_limit_); ++piece)
    do_all_gather(piece_of(bytes, piece, message_limit_), pieces_of<std::byte>(parts, piece, message_limit_));
  return starts;
}

std::vector<std::int64_t> Communicator::gather_bytes(std::span<const std::byte> bytes, int root, const Storage& storage) {
  FULLBASE_EXPECTS(0 <= root && root < size(), "one of the ranks gathers");
  statistics_.count("gather", rank() == root ? 0 : length_of(bytes));
  auto starts = starts_of_lengths(length_of(bytes));
  std::int64_t longest = 0;
  for (std::size_t r = 0; r + 1 < starts.size(); ++r) longest = std::max(longest, starts[r + 1] - starts[r]);
  std::vector<std::span<std::byte>> parts;
  if (rank() == root) parts = parts_at(storage(starts.back()), starts);
  for (std::int64_t piece = 0; piece < pieces_in(longest, message_limit_); ++piece)
    do_gather(piece_of(bytes, piece, message_limit_), pieces_of<std::byte>(parts, piece, message_limit_), root);
  if (rank() != root) std::ranges::fill(starts, 0);
  return starts;
}

std::vector<std::int64_t> Communicator::all_to_all_bytes(std::span<const std::span<const std::byte>> send,
                                                         const Storage& storage) {
  FULLBASE_EXPECTS(send.size() == static_cast<std::size_t>(size()), "an all-to-all has one part a rank");
  std::vector<std::int64_t> sent;
  std::vector<std::int64_t> lengths(send.size());
  std::vector<std::span<const std::byte>> out;
  std::vector<std::span<std::byte>> in;
  for (const auto part : send) sent.push_back(length_of(part));
  for (std::size_t r = 0; r < send.size(); ++r) {
    out.push_back(std::as_bytes(std::span(&sent[r], 1)));
    in.push_back(std::as_writable_bytes(std::span(&lengths[r], 1)));
  }
  do_all_to_all(out, in);
  auto starts = starts_of(lengths);
  all_to_all_known(send, parts_at(storage(starts.back()), starts));
  return starts;
}

void Communicator::all_to_all_known(std::span<const std::span<const std::byte>> send,
                                    std::span<const std::span<std::byte>> receive) {
  const auto ranks = static_cast<std::size_t>(size());
  FULLBASE_EXPECTS(send.size() == ranks && receive.size() == ranks, "an all-to-all has one part a rank");
  std::int64_t bytes = 0;
  std::int64_t longest = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    longest = std::max({longest, length_of(send[r]), length_of(receive[r])});
    if (static_cast<int>(r) != rank()) bytes += length_of(send[r]);
  }
  statistics_.count("all_to_all", bytes);
  // Transports may meet in every piece, so all ranks go through as many as the longest part anywhere has.
  do_reduce(std::as_writable_bytes(std::span(&longest, 1)), 1, Reduction::max_int64);
  for (std::int64_t piece = 0; piece < pieces_in(longest, message_limit_); ++piece)
    do_all_to_all(pieces_of<const std::byte>(send, piece, message_limit_), pieces_of<std::byte>(receive, piece, message_limit_));
}

}  // namespace fullbase::comm
