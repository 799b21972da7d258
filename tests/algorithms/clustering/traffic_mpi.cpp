#include "algorithms/clustering/traffic_truths.hpp"
#include "mpi_world.hpp"

namespace fullbase::clustering {
namespace {

TEST(Traffic, IsWhatTheFormulaSays) {
  fullbase::testing::traffic_of_all_stages(fullbase::testing::world());
}

}  // namespace
}  // namespace fullbase::clustering
