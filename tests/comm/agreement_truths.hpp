// What is true of agree() and collective_try() on every communicator.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "comm/agreement.hpp"

namespace fullbase::testing {

/// A failure on each rank in turn, and on that rank and all higher ones, is the same error everywhere.
inline void agreement_holds(comm::Communicator& world) {
  EXPECT_NO_THROW(comm::agree(world, std::nullopt));
  EXPECT_EQ(comm::collective_try(world, "fine", [] { return std::string("result"); }), "result");
  for (int failing = 0; failing < world.size(); ++failing) {
    for (const bool others_too : {false, true}) {
      const bool fails = world.rank() == failing || (others_too && world.rank() > failing);
      try {
        comm::collective_try(world, "read lines", [&] {
          if (fails) throw base::input_error("no number: 'x" + std::to_string(world.rank()) + "'", "lines.csv:3:4", "fix it");
        });
        ADD_FAILURE() << "rank " << world.rank() << " went on";
      } catch (const base::Error& error) {
        const std::string number = std::to_string(failing);
        EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
        EXPECT_EQ(error.problem(), "no number: 'x" + number + "'");
        EXPECT_EQ(error.where(), world.size() == 1 ? "lines.csv:3:4" : "rank " + number + ": lines.csv:3:4");
        EXPECT_EQ(error.advice(), "fix it");
      }
    }
  }
  // and the communicator is as good as before
  EXPECT_EQ(world.sum_value(std::int64_t{1}), world.size());
}

}  // namespace fullbase::testing
