#include "algorithms/learning/folds.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "comm/cut_positions.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::learning {
namespace {

/// Rows of each stratum in each part. A stratum's rows that are left when every part has the whole rows of its share go one by
/// one to the part that is furthest behind over all strata so far, ties to the lowest.
std::vector<std::int64_t> part_sizes(std::span<const std::int64_t> strata, std::span<const double> shares) {
  const auto parts = shares.size();
  std::vector<std::int64_t> sizes;
  std::vector<double> behind(parts, 0);
  for (const auto rows : strata) {
    const auto first = sizes.size();
    auto left = rows;
    for (std::size_t p = 0; p < parts; ++p) {
      const double due = shares[p] * static_cast<double>(rows);
      // What lies below a whole number by rounding alone is that number.
      const auto whole = static_cast<std::int64_t>(std::floor(due + 1e-9));
      sizes.push_back(std::min(whole, left));
      left -= sizes.back();
      behind[p] += due - static_cast<double>(sizes.back());
    }
    std::vector<std::uint8_t> has_more(parts, 0);
    for (; left > 0; --left) {
      std::size_t next = parts;
      for (std::size_t p = 0; p < parts; ++p) {
        if (has_more[p] == 0 && (next == parts || behind[p] > behind[next] + 1e-9)) next = p;
      }
      if (next == parts) {
        has_more.assign(parts, 0);
        next = 0;
      }
      has_more[next] = 1;
      ++sizes[first + next];
      behind[next] -= 1;
    }
  }
  return sizes;
}

}  // namespace

std::vector<std::int32_t> assign_parts(comm::Communicator& communicator, random::Key key, std::int64_t rows,
                                       std::span<const std::int32_t> strata, std::int32_t stratum_count,
                                       std::span<const double> shares, data::Budget& budget) {
  const auto local = comm::own_rows(communicator, rows);
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
  const auto sizes = part_sizes(counts, shares);
  std::vector<std::int64_t> targets;
  std::vector<std::int32_t> part_before;  // the part that ends at each cut
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    targets.push_back((targets.empty() ? 0 : targets.back()) + sizes[i]);
    part_before.push_back(static_cast<std::int32_t>(i % shares.size()));
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
