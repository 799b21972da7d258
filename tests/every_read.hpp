// What happens where reading fails, at every place where it can.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::testing {

/// Runs `work` on 3 ranks, of which one cannot read: at its first read, at its second, and so on until all of them succeed, and
/// this for each rank. Every rank has to end with the same error, which names the rank, and with all of its budget back. Returns
/// the reads that were broken.
inline int break_every_read(const data::BlockSource& source,
                            const std::function<void(comm::Communicator&, const data::BlockSource&, data::Budget&)>& work) {
  constexpr int ranks = 3;
  int reads = 0;
  for (int broken = 0; broken < ranks; ++broken) {
    for (int good = 0;; ++good) {
      const BrokenSource partly(source, base::Partition(source.rows(), ranks).rows_of(broken), std::nullopt, good);
      std::vector<std::string> messages(ranks);
      comm::run_threads(ranks, [&](comm::Communicator& communicator) {
        data::Budget budget(std::int64_t{1} << 28);
        try {
          work(communicator, partly, budget);
        } catch (const base::Error& error) {
          EXPECT_EQ(error.kind(), base::ErrorKind::io);
          messages[static_cast<std::size_t>(communicator.rank())] = error.what();
        }
        EXPECT_EQ(budget.available(), budget.limit());
      });
      if (messages == std::vector<std::string>(ranks)) break;
      ++reads;
      EXPECT_NE(messages[0].find("rank " + std::to_string(broken)), std::string::npos) << messages[0];
      EXPECT_EQ(messages[1], messages[0]);
      EXPECT_EQ(messages[2], messages[0]);
    }
  }
  return reads;
}

}  // namespace fullbase::testing
