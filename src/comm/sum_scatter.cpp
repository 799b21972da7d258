#include "comm/sum_scatter.hpp"

#include "base/contract.hpp"

namespace fullbase::comm {

std::vector<std::uint64_t> sum_scatter(Communicator& communicator, std::span<const std::uint64_t> values,
                                       std::span<const std::int64_t> starts) {
  const auto ranks = static_cast<std::size_t>(communicator.size());
  FULLBASE_EXPECTS(starts.size() == ranks + 1 && starts.front() == 0 && starts.back() == std::ssize(values),
                   "each rank has a part of the values");
  const auto own_first = static_cast<std::size_t>(starts[static_cast<std::size_t>(communicator.rank())]);
  const auto own = static_cast<std::size_t>(starts[static_cast<std::size_t>(communicator.rank()) + 1]) - own_first;
  const auto mine = values.subspan(own_first, own);
  std::vector<std::uint64_t> sums(mine.begin(), mine.end());
  if (ranks == 1) return sums;
  std::vector<std::uint64_t> received(own * (ranks - 1));
  std::vector<std::span<const std::uint64_t>> send(ranks);
  std::vector<std::span<std::uint64_t>> receive(ranks);
  std::size_t at = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    if (r == static_cast<std::size_t>(communicator.rank())) continue;
    send[r] = values.subspan(static_cast<std::size_t>(starts[r]), static_cast<std::size_t>(starts[r + 1] - starts[r]));
    receive[r] = std::span(received).subspan(at, own);
    at += own;
  }
  communicator.all_to_all_into(send, receive);
  for (const auto part : receive) {
    for (std::size_t i = 0; i < part.size(); ++i) sums[i] += part[i];
  }
  return sums;
}

}  // namespace fullbase::comm
