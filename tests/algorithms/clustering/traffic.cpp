#include "algorithms/clustering/traffic_truths.hpp"

namespace fullbase::clustering {
namespace {

TEST(Traffic, IsWhatTheFormulaSays) {
  for (const int ranks : {1, 3}) comm::run_threads(ranks, fullbase::testing::traffic_of_all_stages);
}

}  // namespace
}  // namespace fullbase::clustering
