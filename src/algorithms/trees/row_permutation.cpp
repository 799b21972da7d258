#include "algorithms/trees/row_permutation.hpp"

#include <algorithm>
#include <bit>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"

namespace fullbase::trees {
namespace {

constexpr int rounds = 6;

}  // namespace

RowPermutation::RowPermutation(random::Key key, std::int64_t round, std::int64_t rows)
    : generator_(key), round_(round), rows_(rows) {
  FULLBASE_EXPECTS(rows > 0, "there are rows to permute");
  half_bits_ = (std::max(2, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(rows - 1)))) + 1) / 2;
}

std::int64_t RowPermutation::operator()(std::int64_t row) const noexcept {
  const auto mask = (std::uint64_t{1} << half_bits_) - 1;
  auto value = static_cast<std::uint64_t>(row);
  do {
    auto left = value >> half_bits_;
    auto right = value & mask;
    for (int i = 0; i < rounds; ++i) {
      const auto mixed = left ^ (generator_.word(static_cast<std::int64_t>(right), i, round_) & mask);
      left = right;
      right = mixed;
    }
    value = left << half_bits_ | right;
  } while (value >= static_cast<std::uint64_t>(rows_));
  return static_cast<std::int64_t>(value);
}

PermutedBytes::PermutedBytes(comm::Communicator& communicator, const RowPermutation& permutation, std::int64_t rows,
                             data::Budget& budget)
    : communicator_(communicator), places_(static_cast<std::size_t>(communicator.size())) {
  const base::Partition partition(rows, communicator.size());
  const auto local = partition.rows_of(communicator.rank());
  std::vector<std::vector<std::int64_t>> wanted(places_.size());
  comm::collective_try(communicator, "permute rows", [&] {
    reservation_ = budget.require(16 * local.size(), "the places of permuted rows");
    for (auto row = local.first; row < local.last; ++row) {
      const auto from = permutation(row);
      const auto owner = partition.owner_of_row(from);
      wanted[static_cast<std::size_t>(owner)].push_back(from - partition.rows_of(owner).first);
      places_[static_cast<std::size_t>(owner)].push_back(row - local.first);
    }
  });
  std::vector<std::span<const std::int64_t>> send(wanted.begin(), wanted.end());
  asked_ = communicator.all_to_all<std::int64_t>(send);
}

std::vector<std::uint8_t> PermutedBytes::permuted(std::span<const std::uint8_t> values) const {
  std::vector<std::uint8_t> answers;
  answers.reserve(asked_.values.size());
  for (const auto row : asked_.values) answers.push_back(values[static_cast<std::size_t>(row)]);
  std::vector<std::span<const std::uint8_t>> send;
  for (int r = 0; r < communicator_.size(); ++r) {
    const auto first = asked_.starts[static_cast<std::size_t>(r)];
    send.push_back(std::span<const std::uint8_t>(answers).subspan(
        static_cast<std::size_t>(first), static_cast<std::size_t>(asked_.starts[static_cast<std::size_t>(r) + 1] - first)));
  }
  const auto received = communicator_.all_to_all<std::uint8_t>(send);
  std::vector<std::uint8_t> result(values.size());
  for (int r = 0; r < communicator_.size(); ++r) {
    const auto from = received.from(r);
    const auto& places = places_[static_cast<std::size_t>(r)];
    for (std::size_t i = 0; i < places.size(); ++i) result[static_cast<std::size_t>(places[i])] = from[i];
  }
  return result;
}

}  // namespace fullbase::trees
