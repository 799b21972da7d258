// The main of every test binary that runs without mpirun. A run in which no test ran is a failure, not a success.
#include <gmock/gmock.h>

#include <cstdio>

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  const int failed = RUN_ALL_TESTS();
  if (failed == 0 && !::testing::GTEST_FLAG(list_tests) && ::testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
    std::fputs("no test ran\n", stderr);
    return 1;
  }
  return failed;
}
