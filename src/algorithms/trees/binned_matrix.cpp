#include "algorithms/trees/binned_matrix.hpp"

#include <algorithm>
#include <vector>

#include "algorithms/trees/binner.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "parallel/scan.hpp"

namespace fullbase::trees {
namespace {

/// Of the columns that one thread reads at a time.
constexpr std::int64_t read_bytes = std::int64_t{2} << 20;

}  // namespace

std::unique_ptr<data::ByteBlocks> bin_rows(comm::Communicator& communicator, const data::BlockSource& source,
                                           std::span<const learning::Feature> features, std::span<const FeatureBins> bins,
                                           std::int64_t beside, data::Budget& budget, data::Spill& spill) {
  FULLBASE_EXPECTS(features.size() == bins.size() && !features.empty(), "every feature has its bins");
  const learning::FeatureReader reader(source, features);
  const std::vector<Binner> binners(bins.begin(), bins.end());
  const auto columns = static_cast<int>(std::ssize(features));
  const base::Partition partition(source.rows(), communicator.size());
  return comm::collective_try(communicator, "bins", [&] {
    // Where both fit, nothing has to be kept from the matrix.
    const auto local = partition.blocks_of(communicator.rank());
    data::Reservation left_free;
    const auto available = budget.available();
    if (available < data::ByteBlocks::bytes(local.size(), columns) + beside)
      left_free = budget.reserve_up_to(
          std::clamp<std::int64_t>(available - data::ByteBlocks::least_bytes(local.size(), columns), 0, beside));
    auto matrix = std::make_unique<data::ByteBlocks>(source.rows(), columns, local, budget, spill);
    left_free = {};
    // Of wide tables fewer rows at a time, so that what the threads have read is small beside the matrix.
    const auto group = std::clamp<std::int64_t>(read_bytes / (8 * base::block_rows * columns), 4, parallel::scan_group_blocks);
    parallel::scan(
        source, partition.rows_of(communicator.rank()), reader.columns(),
        [&](data::Batch&& batch, int) {
          std::vector<double> values(features.size() * static_cast<std::size_t>(base::block_rows));
          std::vector<std::uint8_t> block(values.size());
          for (std::int64_t first = 0; first < batch.rows.size(); first += base::block_rows) {
            const auto count = std::min(base::block_rows, batch.rows.size() - first);
            reader.read(batch, first, first + count, values.data(), base::block_rows);
            for (std::size_t f = 0; f < features.size(); ++f)
              binners[f].bin({values.data() + f * static_cast<std::size_t>(base::block_rows), static_cast<std::size_t>(count)},
                             block.data() + f, columns);
            matrix->write(base::block_of_row(batch.rows.first + first), {block.data(), count, columns});
          }
        },
        group);
    return matrix;
  });
}

}  // namespace fullbase::trees
