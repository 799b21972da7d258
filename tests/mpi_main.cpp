// The main of every test binary that runs under mpirun. Rank 0 reports; other ranks report what fails. One rank's failure fails
// the run, and so does a run in which no test ran.
#include "mpi_world.hpp"

#include <gmock/gmock.h>

#include <cstdio>
#include <string>

#include "comm/launch.hpp"

namespace fullbase::testing {
namespace {

comm::MpiSession* session = nullptr;

/// Prints failures of ranks that are otherwise silent. After a fatal one this rank leaves the test and may not come to the
/// collectives in which others wait, so the job ends.
class FailureListener : public ::testing::EmptyTestEventListener {
  // gtest must not be asked for the current test while it reports a result.
  void OnTestStart(const ::testing::TestInfo& test) override { test_ = std::string(test.test_suite_name()) + "." + test.name(); }

  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    if (world().rank() != 0) {
      std::fprintf(stderr, "rank %d: %s: %s:%d: %s\n", world().rank(), test_.c_str(),
                   result.file_name() != nullptr ? result.file_name() : "", result.line_number(), result.message());
    }
    if (result.fatally_failed() && world().size() > 1) session->abort(1);
  }

  std::string test_;
};

}  // namespace

comm::Communicator& world() {
  return session->world();
}

}  // namespace fullbase::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  fullbase::comm::MpiSession mpi(argc, argv);
  fullbase::testing::session = &mpi;
  auto& world = mpi.world();
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  if (world.rank() != 0) delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new fullbase::testing::FailureListener);

  const int failed = RUN_ALL_TESTS();
  const bool none = !::testing::GTEST_FLAG(list_tests) && ::testing::UnitTest::GetInstance()->test_to_run_count() == 0;
  if (none && world.is_root()) std::fputs("no test ran\n", stderr);
  return world.max_value(std::int64_t{failed != 0 || none}) != 0 ? 1 : 0;
}
