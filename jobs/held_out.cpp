#include "jobs/held_out.hpp"

#include <algorithm>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "base/block.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::jobs {
namespace {

/// Scores rows of a block, for one thread.
class BlockScorer {
 public:
  BlockScorer(const learning::Scorer& scorer, const learning::FeatureReader& reader)
      : scorer_(scorer),
        reader_(reader),
        values_(scorer.head().features.size() * static_cast<std::size_t>(base::block_rows)),
        scores_(static_cast<std::size_t>(scorer.head().outputs() * base::block_rows)) {}

  /// Those of the rows `within` of the batch whose `used` is 0; `outputs` begins with the first of these rows.
  void score(const data::Batch& batch, base::RowRange within, const std::uint8_t* used, double* outputs) {
    rows_.clear();
    for (std::int64_t i = 0; i < within.size(); ++i)
      if (used[i] == 0) rows_.push_back(i);
    if (rows_.empty()) return;
    reader_.read(batch, within.first, within.last, values_.data(), base::block_rows);
    // The others' values make room for theirs.
    for (std::size_t f = 0; f < scorer_.head().features.size(); ++f) {
      double* const feature = values_.data() + static_cast<std::ptrdiff_t>(f) * base::block_rows;
      for (std::size_t j = 0; j < rows_.size(); ++j) feature[j] = feature[rows_[j]];
    }
    scorer_.score(values_.data(), base::block_rows, std::ssize(rows_), scores_.data(), nullptr);
    const auto width = scorer_.head().outputs();
    for (std::size_t j = 0; j < rows_.size(); ++j)
      std::copy_n(scores_.data() + static_cast<std::ptrdiff_t>(j) * width, width, outputs + rows_[j] * width);
  }

 private:
  const learning::Scorer& scorer_;
  const learning::FeatureReader& reader_;
  std::vector<std::int64_t> rows_;
  std::vector<double> values_;
  std::vector<double> scores_;
};

}  // namespace

void score_held_out(comm::Communicator& communicator, const learning::Scorer& scorer, const data::BlockSource& source,
                    std::span<const std::uint8_t> used, std::span<double> outputs) {
  comm::collective_try(communicator, "score the rows left out", [&] {
    const auto width = scorer.head().outputs();
    FULLBASE_EXPECTS(outputs.size() == used.size() * static_cast<std::size_t>(width), "each local row has room for its outputs");
    const learning::FeatureReader reader(source, scorer.head().features);
    const auto local = comm::own_rows(communicator, source.rows());
    std::vector<BlockScorer> scorers(static_cast<std::size_t>(parallel::thread_count()), BlockScorer(scorer, reader));
    parallel::scan(source, local, reader.columns(), [&](data::Batch&& batch, int thread) {
      auto& own = scorers[static_cast<std::size_t>(thread)];
      for (std::int64_t first = 0; first < batch.rows.size(); first += base::block_rows) {
        const auto last = std::min(batch.rows.size(), first + base::block_rows);
        const auto row = batch.rows.first - local.first + first;
        own.score(batch, {first, last}, used.data() + row, outputs.data() + row * width);
      }
    });
  });
}

}  // namespace fullbase::jobs
