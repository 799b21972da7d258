#include "jobs/held_out.hpp"

#include <algorithm>

#include "algorithms/learning/features.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::jobs {
namespace {

/// Scores the rows of `held` that are rows `within` of the batch, which begins at local row `origin`; the others' values make
/// room for theirs.
void score_block(const learning::Scorer& scorer, const learning::FeatureReader& reader, const data::Batch& batch,
                 base::RowRange within, std::int64_t origin, HeldOut& held, double* values) {
  const auto first = origin + within.first;
  const auto begin = std::ranges::lower_bound(held.rows, first);
  const auto end = std::lower_bound(begin, held.rows.end(), first + within.size());
  if (begin == end) return;
  reader.read(batch, within.first, within.last, values, base::block_rows);
  for (std::size_t f = 0; f < scorer.head().features.size(); ++f) {
    double* const feature = values + static_cast<std::ptrdiff_t>(f) * base::block_rows;
    for (auto row = begin; row != end; ++row) feature[row - begin] = feature[*row - first];
  }
  scorer.score(values, base::block_rows, end - begin, held.outputs.data() + (begin - held.rows.begin()) * scorer.head().outputs(),
               nullptr);
}

}  // namespace

HeldOut score_held_out(comm::Communicator& communicator, const learning::Scorer& scorer, const data::BlockSource& source,
                       std::span<const std::uint8_t> used, data::Budget& budget) {
  return comm::collective_try(communicator, "score the rows left out", [&] {
    HeldOut held;
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (used[i] == 0) held.rows.push_back(static_cast<std::int64_t>(i));
    }
    const auto outputs = static_cast<std::int64_t>(scorer.head().outputs());
    held.reservation = budget.require(std::ssize(held.rows) * (8 * outputs + 20), "the scores of rows left out");
    held.outputs.resize(held.rows.size() * static_cast<std::size_t>(outputs));
    const auto& features = scorer.head().features;
    const learning::FeatureReader reader(source, features);
    const auto local = comm::own_rows(communicator, source.rows());
    std::vector<std::vector<double>> values(static_cast<std::size_t>(parallel::thread_count()));
    parallel::scan(source, local, reader.columns(), [&](data::Batch&& batch, int thread) {
      auto& mine = values[static_cast<std::size_t>(thread)];
      mine.resize(features.size() * static_cast<std::size_t>(base::block_rows));
      for (std::int64_t first = 0; first < batch.rows.size(); first += base::block_rows) {
        const auto last = std::min(batch.rows.size(), first + base::block_rows);
        score_block(scorer, reader, batch, {first, last}, batch.rows.first - local.first, held, mine.data());
      }
    });
    return held;
  });
}

}  // namespace fullbase::jobs
