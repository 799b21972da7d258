#include "algorithms/prepare/text_widths.hpp"

#include <algorithm>

#include "base/block.hpp"
#include "base/checked.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {

std::vector<std::int32_t> longest_texts(comm::Communicator& communicator, const data::BlockSource& source,
                                        std::span<const int> columns) {
  if (columns.empty()) return {};
  const auto rows = comm::own_rows(communicator, source.rows());
  std::vector<std::int64_t> longest(columns.size(), 0);
  comm::collective_try(communicator, "text widths", [&] {
    std::vector<std::vector<std::int64_t>> by_thread(static_cast<std::size_t>(parallel::thread_count()), longest);
    parallel::scan(source, rows, columns, [&](data::Batch&& batch, int thread) {
      auto& mine = by_thread[static_cast<std::size_t>(thread)];
      for (std::size_t c = 0; c < mine.size(); ++c) {
        const auto& offsets = batch[c].strings().offsets();
        for (std::size_t i = 1; i < offsets.size(); ++i) mine[c] = std::max(mine[c], offsets[i] - offsets[i - 1]);
      }
    });
    for (const auto& mine : by_thread) {
      for (std::size_t c = 0; c < mine.size(); ++c) longest[c] = std::max(longest[c], mine[c]);
    }
  });
  communicator.max(std::span(longest));
  std::vector<std::int32_t> widths;
  for (const auto bytes : longest) widths.push_back(base::checked_cast<std::int32_t>(bytes));
  return widths;
}

}  // namespace fullbase::prepare
