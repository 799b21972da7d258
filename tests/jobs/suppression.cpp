// What a job demands of all its aggregates, and what a step is told.
#include <gtest/gtest.h>

#include "algorithms/tables/aggregate.hpp"
#include "runtime/job_file.hpp"

namespace fullbase::jobs {
namespace {

// `privacy.suppress` is written into steps as it stands: a number that it leaves out is the step's.
TEST(Suppression, ADemandLeavesOutTheSameNumberAsAStep) {
  EXPECT_EQ(tables::Suppression{}.below, runtime::SuppressionDefault{}.below);
}

}  // namespace
}  // namespace fullbase::jobs
