// Not a test by itself: one rank fails while the others wait in a collective. session_end.sh looks at how the job ends.
// leave_by_error throw|terminate|abort|truncate|end RANK
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "comm/launch.hpp"

namespace {

/// An MPI call that fails on one rank: what others send there is longer than what it has room for.
void receive_too_little(fullbase::comm::Communicator& world, int failing) {
  const std::vector<std::int64_t> sent(3);
  std::vector<std::int64_t> room(world.rank() == failing ? 1 : 3);
  const auto ranks = static_cast<std::size_t>(world.size());
  std::vector<std::span<const std::int64_t>> send(ranks, sent);
  std::vector<std::span<std::int64_t>> receive(ranks, room);
  const auto mine = static_cast<std::size_t>(world.rank());
  send[mine] = {};
  receive[mine] = {};
  world.all_to_all_into(send, receive);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view how = argc > 2 ? argv[1] : "end";
  const int failing = argc > 2 ? std::stoi(argv[2]) : -1;
  const auto body = [&] {
    fullbase::comm::MpiSession session(argc, argv);
    if (session.world().rank() == failing) {
      if (how == "abort") session.abort(65);
      if (how == "throw" || how == "terminate") throw std::runtime_error("injected");
    }
    if (how == "truncate") receive_too_little(session.world(), failing);
    if (how != "end") session.world().barrier();
  };
  if (how == "terminate") {
    body();  // nobody catches
    return 0;
  }
  try {
    body();
  } catch (const std::exception&) {
    return 3;  // never reached: the session has ended the job
  }
  return 0;
}
