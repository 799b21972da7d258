#include "runtime/watchdog.hpp"

#include <sys/random.h>

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include "base/hash.hpp"
#include "comm/agreement.hpp"
#include "runtime/resources.hpp"
#include "runtime/watchdog_sides.hpp"

namespace fullbase::runtime {
namespace {

constexpr int connect_milliseconds = 2000;

std::string random_token() {
  std::array<std::byte, 32> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw base::system_error("get random bytes for the watchdog's token", errno);
  return base::hex(bytes);
}

}  // namespace

Watchdog::Watchdog(comm::Communicator& communicator, const WatchdogSettings& settings, EndJob end_job)
    : end_job_(std::move(end_job)), ranks_(communicator.size()) {
  if (ranks_ == 1) return;
  comm::StageScope stage(communicator.statistics(), "watchdog");
  std::string invitation;
  comm::collective_try(communicator, "watchdog", [&] {
    if (!communicator.is_root()) return;
    auto listener = listen_anywhere();
    const nlohmann::json content = {{"token", random_token()},
                                    {"port", listener.port},
                                    {"machine", Surroundings::here().machine},
                                    {"addresses", own_addresses()}};
    invitation = content.dump();
    root_ =
        std::make_unique<watch::RootSide>(ranks_, content["token"].get<std::string>(), std::move(listener), settings, end_job_);
  });
  const auto content = nlohmann::json::parse(communicator.broadcast_text(invitation));
  bool connected = true;
  if (!communicator.is_root()) {
    auto addresses = content["addresses"].get<std::vector<std::string>>();
    if (content["machine"] == Surroundings::here().machine) addresses = {"127.0.0.1", "::1"};
    auto socket = connect_to(addresses, content["port"].get<std::uint16_t>(), connect_milliseconds);
    connected = static_cast<bool>(socket);
    if (connected)
      guarded_ = std::make_unique<watch::GuardedSide>(communicator.rank(), content["token"].get<std::string>(), std::move(socket),
                                                      settings, end_job_);
  }
  const auto all_connected = communicator.all_gather<std::uint8_t>(connected);
  for (int rank = ranks_ - 1; rank >= 0; --rank) {
    if (all_connected[static_cast<std::size_t>(rank)] != 0) continue;
    unwatched_ = rank;
    if (root_) root_->excuse(rank);
  }
}

Watchdog::~Watchdog() = default;

void Watchdog::set_silence_limit(std::chrono::milliseconds limit) {
  if (root_) root_->set_silence_limit(limit);
  if (guarded_) guarded_->set_silence_limit(limit);
}

base::Error Watchdog::settle(const base::Error& mine) {
  if (root_) return root_->settle(mine);
  if (guarded_) return guarded_->settle(mine);
  if (ranks_ > 1) end_job_(mine);  // nobody to ask
  return mine;
}

}  // namespace fullbase::runtime
