#include "algorithms/learning/folds.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "comm/cut_positions.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::learning {

std::vector<std::int32_t> assign_parts(comm::Communicator& communicator, random::Key key, std::int64_t rows,
                                       std::span<const std::int32_t> strata, std::int32_t stratum_count,
                                       std::span<const double> shares, data::Budget& budget) {
  const auto local = base::Partition(rows, communicator.size()).rows_of(communicator.rank());
  const auto n = static_cast<std::size_t>(local.size());
  FULLBASE_EXPECTS(!shares.empty() && (strata.empty() || strata.size() == n), "there are parts, and a stratum a row or none");
  struct Drawn {
    std::uint64_t word;
    std::int64_t row;  // counted from this rank's first
    std::int32_t stratum;
  };
  std::vector<Drawn> drawn;
  // Not by whether strata are there: a rank without rows has none to show.
  std::vector<std::int64_t> counts(static_cast<std::size_t>(std::max(1, stratum_count)), 0);
  const auto reservation = comm::collective_try(communicator, "parts", [&] {
    auto reserved = budget.require(static_cast<std::int64_t>(n * sizeof(Drawn)), "the random order of this rank's rows");
    const random::Generator generator(key);
    drawn.resize(n);
    parallel::for_each(0, base::block_count(local.size()), [&](std::int64_t block, int) {
      const auto range = base::rows_of_block(block, local.size());
      for (auto i = range.first; i < range.last; ++i) {
        const auto at = static_cast<std::size_t>(i);
        drawn[at] = {generator.word(local.first + i), i, strata.empty() ? 0 : strata[at]};
      }
    });
    for (const auto& one : drawn) ++counts[static_cast<std::size_t>(one.stratum)];
    std::ranges::sort(drawn, [](const Drawn& a, const Drawn& b) {
      return a.stratum != b.stratum ? a.stratum < b.stratum : a.word != b.word ? a.word < b.word : a.row < b.row;
    });
    return reserved;
  });
  communicator.sum(std::span(counts));

  // The cuts of all strata, counted over the whole order.
  std::vector<std::int64_t> targets;
  std::vector<std::int32_t> part_before;  // the part that ends at each cut
  std::int64_t start = 0;
  for (const auto count : counts) {
    double cumulated = 0;
    for (std::size_t p = 0; p + 1 < shares.size(); ++p) {
      cumulated += shares[p];
      const auto rows_before = std::min<std::int64_t>(count, std::llround(cumulated * static_cast<double>(count)));
      targets.push_back(std::max(targets.empty() ? 0 : targets.back(), start + rows_before));
      part_before.push_back(static_cast<std::int32_t>(p));
    }
    start += count;
    targets.push_back(start);
    part_before.push_back(static_cast<std::int32_t>(shares.size()) - 1);
  }
  const auto cuts = comm::cut_positions(
      communicator, static_cast<std::int64_t>(n),
      [&](std::int64_t position, int level) {
        const auto& one = drawn[static_cast<std::size_t>(position)];
        return level == 0 ? static_cast<std::uint64_t>(one.stratum) : one.word;
      },
      2, targets, comm::Cut::exact);
  std::vector<std::int32_t> parts(n);
  std::int64_t position = 0;
  for (std::size_t c = 0; c < cuts.size(); ++c) {
    for (; position < cuts[c]; ++position)
      parts[static_cast<std::size_t>(drawn[static_cast<std::size_t>(position)].row)] = part_before[c];
  }
  return parts;
}

}  // namespace fullbase::learning
