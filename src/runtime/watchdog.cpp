#include "runtime/watchdog.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include "base/hash.hpp"
#include "runtime/resources.hpp"
#include "runtime/watchdog_sides.hpp"

namespace fullbase::runtime {
namespace {

constexpr int connect_milliseconds = 2000;
constexpr std::chrono::milliseconds time_for_welcome{5'000};

/// As many open descriptors as this process may have. Where that cannot be, ranks that find no place stay unwatched.
void allow_all_descriptors() noexcept {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

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
  try {
    if (communicator.is_root()) invitation = invite(settings);
  } catch (...) {
    cannot_listen_ = base::current_error().what();
  }
  invitation = communicator.broadcast_text(invitation);
  const bool watched = !invitation.empty() && (communicator.is_root() || connect(communicator.rank(), invitation, settings));
  const auto all_watched = communicator.all_gather<std::uint8_t>(watched);
  for (int rank = ranks_ - 1; rank > 0; --rank) {
    if (all_watched[static_cast<std::size_t>(rank)] != 0) continue;
    unwatched_ = rank;
    if (root_) root_->excuse(rank);
  }
}

std::string Watchdog::invite(const WatchdogSettings& settings) {
  allow_all_descriptors();
  auto listener = listen_anywhere();
  const auto token = random_token();
  const nlohmann::json content = {
      {"token", token}, {"port", listener.port}, {"machine", Surroundings::here().machine}, {"addresses", own_addresses()}};
  root_ = std::make_unique<watch::RootSide>(ranks_, token, std::move(listener), settings, end_job_);
  return content.dump();
}

bool Watchdog::connect(int rank, const std::string& invitation, const WatchdogSettings& settings) {
  try {
    const auto content = nlohmann::json::parse(invitation);
    auto addresses = content["addresses"].get<std::vector<std::string>>();
    if (content["machine"] == Surroundings::here().machine) addresses = {"127.0.0.1", "::1"};
    auto socket = connect_to(addresses, content["port"].get<std::uint16_t>(), connect_milliseconds);
    if (!socket) return false;
    guarded_ =
        std::make_unique<watch::GuardedSide>(rank, content["token"].get<std::string>(), std::move(socket), settings, end_job_);
    if (guarded_->welcomed(time_for_welcome)) return true;
  } catch (...) {
    // No descriptor, no thread: unwatched like a rank that cannot connect, and rank 0 says so.
    guarded_.reset();
    return false;
  }
  guarded_.reset();
  return false;
}

Watchdog::~Watchdog() = default;

void Watchdog::set_silence_limit(std::chrono::milliseconds limit) {
  if (root_) root_->set_silence_limit(limit);
  if (guarded_) guarded_->set_silence_limit(limit);
}

std::string Watchdog::warning() const {
  if (!root_ && !cannot_listen_.empty())
    return fmt::format("no rank is watched ({}); if one stops, nobody will notice", cannot_listen_);
  if (!root_ || unwatched_ < 0) return {};
  return fmt::format("rank {} cannot reach rank 0 over TCP; if it stops, nobody will notice", unwatched_);
}

void Watchdog::wait_for_root() {
  if (guarded_) guarded_->wait_for_root();
}

base::Error Watchdog::settle(const base::Error& mine) {
  if (root_) return root_->settle(mine);
  if (guarded_) return guarded_->settle(mine);
  if (ranks_ > 1 && !mine.is_known_to_all()) end_job_(mine);  // nobody to ask
  return mine;
}

}  // namespace fullbase::runtime
