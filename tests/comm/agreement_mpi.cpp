#include "comm/agreement_truths.hpp"
#include "mpi_world.hpp"

namespace fullbase::testing {
namespace {

TEST(MpiAgreement, OneErrorOnAllRanks) {
  agreement_holds(world());
}

TEST(MpiAgreement, HoldsInTinyMessages) {
  world().set_message_limit(8);
  agreement_holds(world());
  world().set_message_limit(std::int64_t{1} << 30);
}

}  // namespace
}  // namespace fullbase::testing
