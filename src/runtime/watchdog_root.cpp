#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

#include "parallel/stop.hpp"
#include "runtime/watchdog_sides.hpp"

namespace fullbase::runtime::watch {
namespace {

constexpr milliseconds time_for_hello{5'000};
/// A rank whose connection broke has most likely died, which the launcher reports better than we do, if it does.
constexpr milliseconds time_for_launcher{3'000};
constexpr std::size_t most_strangers = 64;
/// Without a free descriptor a waiting connection wakes poll() again and again.
constexpr milliseconds pause_of_accept{200};

std::string seconds(milliseconds time) {
  return fmt::format("{:.3g} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

milliseconds interval(milliseconds silence_limit) {
  return std::clamp(silence_limit / 6, milliseconds(1), milliseconds(5'000));
}

RootSide::RootSide(int ranks, std::string token, Listener listener, const WatchdogSettings& settings,
                   const Watchdog::EndJob& end_job)
    : token_(std::move(token)), settings_(settings), end_job_(end_job), listener_(std::move(listener)) {
  peers_.resize(static_cast<std::size_t>(ranks));
  for (auto& peer : peers_) peer.heard = Clock::now();
  thread_ = std::thread([this] { loop(); });
}

RootSide::~RootSide() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.ring();
  thread_.join();
}

void RootSide::excuse(int rank) {
  const std::lock_guard lock(mutex_);
  peers_.at(static_cast<std::size_t>(rank)).left = true;
}

void RootSide::set_silence_limit(milliseconds limit) {
  const std::lock_guard lock(mutex_);
  judges_from_ = Clock::now() + interval(settings_.silence_limit);
  settings_.silence_limit = limit;
  wake_.ring();
}

base::Error RootSide::settle(const base::Error& mine) {
  std::unique_lock lock(mutex_);
  peers_[0].failed = mine;
  wake_.ring();
  settled_.wait(lock, [&] { return verdict_ || ended_; });
  return verdict_.value_or(mine);
}

void RootSide::loop() {
  block_signals();
  auto last_turn = Clock::now();
  Beats beats;
  for (;;) {
    const auto speaking = hear(beats);
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    // If this very thread was stopped (a suspended job, a sleeping laptop), the others' silence is our own.
    if (now - last_turn > settings_.silence_limit / 2) {
      for (auto& peer : peers_) peer.heard = now;
    }
    last_turn = now;
    for (const auto rank : speaking) take(peers_[rank], peers_[rank].connection.receive(), now);
    greet(now);
    spread_stop();
    const bool due = beats.due(now, settings_.silence_limit);
    for (auto& peer : peers_) {
      if (!peer.connection.open()) continue;
      if (stopping_)
        peer.connection.send(leave);
      else if (due && !peer.connection.wants_to_write())
        peer.connection.send(beat);
      peer.connection.flush();
    }
    judge(now);
    if (stopping_) return;
  }
}

/// Waits for something to happen; returns the ranks that have sent something. Of thousands of ranks a few speak at a time.
std::vector<std::size_t> RootSide::hear(const Beats& beats) {
  const auto now = Clock::now();
  std::vector<pollfd> waiting;
  std::vector<std::size_t> ranks;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t rank = 0; rank < peers_.size(); ++rank) {
      if (!peers_[rank].connection.open()) continue;
      waiting.push_back({peers_[rank].connection.descriptor(), POLLIN, 0});
      ranks.push_back(rank);
    }
    for (const auto& [connection, since] : strangers_) waiting.push_back({connection.descriptor(), POLLIN, 0});
    // poll() skips a negative descriptor.
    const bool accepts = now >= accept_again_ && strangers_.size() < most_strangers;
    waiting.push_back({accepts ? listener_.socket.number() : -1, POLLIN, 0});
    waiting.push_back({wake_.descriptor(), POLLIN, 0});
  }
  int timeout = beats.sleep(now);
  if (accept_again_ > now) timeout = std::min(timeout, static_cast<int>(pause_of_accept.count()));
  ::poll(waiting.data(), waiting.size(), timeout);
  wake_.quiet();
  std::vector<std::size_t> speaking;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (waiting[i].revents != 0) speaking.push_back(ranks[i]);
  }
  return speaking;
}

void RootSide::accept_all(Clock::time_point now) {
  while (now >= accept_again_ && strangers_.size() < most_strangers) {
    Descriptor socket(::accept4(listener_.socket.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket) {
      strangers_.emplace_back(Connection(std::move(socket)), now);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    // A rank that is not let in soon gives up, and is said to be unwatched.
    if (errno != EAGAIN && errno != EWOULDBLOCK) accept_again_ = now + pause_of_accept;
    return;
  }
}

void RootSide::greet(Clock::time_point now) {
  accept_all(now);
  for (auto& [connection, since] : strangers_) {
    auto frames = connection.receive();
    if (frames.empty()) {
      if (now - since > time_for_hello) connection.close();
      continue;
    }
    const auto& first = frames.front();
    std::size_t rank = 0;
    const bool known =
        first.type == hello && first.body.starts_with(token_) &&
        std::from_chars(first.body.data() + token_.size(), first.body.data() + first.body.size(), rank).ec == std::errc() &&
        rank > 0 && rank < peers_.size() && !peers_[rank].connection.open();
    if (known) {
      frames.erase(frames.begin());
      peers_[rank].connection = std::move(connection);
      peers_[rank].connection.send(beat);
      take(peers_[rank], frames, now);
      if (stop_told_ != 0) peers_[rank].connection.send(stop, std::to_string(stop_told_));
    } else {
      connection.close();
    }
  }
  std::erase_if(strangers_, [](const auto& stranger) { return !stranger.first.open(); });
}

void RootSide::take(Peer& peer, const std::vector<Frame>& frames, Clock::time_point now) {
  for (const auto& frame : frames) {
    peer.heard = now;
    if (frame.type == leave) peer.left = true;
    if (frame.type == failure) peer.failed = base::Error::decode(frame.body);
    // Told on by spread_stop().
    int told = 0;
    if (frame.type == stop) obey(frame.body, told);
  }
  if (!peer.connection.open() && !peer.left && !peer.lost) {
    peer.lost = true;
    peer.heard = now;
  }
}

/// One rank that is asked to stop stops all: the others may be in a pass over their rows that takes long.
void RootSide::spread_stop() {
  const int signal = parallel::requested_stop();
  if (signal == 0 || stop_told_ != 0) return;
  stop_told_ = signal;
  for (auto& peer : peers_) {
    if (peer.connection.open()) peer.connection.send(stop, std::to_string(signal));
  }
}

void RootSide::judge(Clock::time_point now) {
  settle_failures(now);
  if (stopping_ || verdict_ || ended_) return;
  for (std::size_t rank = 1; rank < peers_.size(); ++rank) {
    const auto& peer = peers_[rank];
    if (peer.left) continue;
    const auto silent = now - std::max(peer.heard, judges_from_);
    if (peer.lost && silent > std::min(time_for_launcher, settings_.silence_limit)) {
      end(base::io_error("the process has ended without a word", fmt::format("rank {}", rank),
                         "look for the reason (out of memory, a kill) in the system's and the scheduler's logs of its node"));
    } else if (!peer.lost && silent > settings_.silence_limit) {
      end(base::io_error(fmt::format("no sign of life for {}", seconds(settings_.silence_limit)), fmt::format("rank {}", rank),
                         "it was stopped, its node is down or cut off; resources.silence_limit sets how long to wait"));
    }
  }
}

void RootSide::settle_failures(Clock::time_point now) {
  if (verdict_ || ended_) return;
  const base::Error* lowest = nullptr;
  std::size_t lowest_rank = 0;
  bool all = true;
  for (std::size_t rank = peers_.size(); rank-- > 0;) {
    if (peers_[rank].failed) {
      lowest = &*peers_[rank].failed;
      lowest_rank = rank;
    } else if (!peers_[rank].left) {
      all = false;
    }
  }
  if (lowest == nullptr) return;
  if (!first_failure_) first_failure_ = now;
  if (all) {
    verdict_ = *lowest;
    for (auto& peer : peers_) {
      if (peer.connection.open()) peer.connection.send(verdict, verdict_->encode());
    }
    settled_.notify_all();
  } else if (now - *first_failure_ > settings_.failure_grace) {
    end(lowest->within(fmt::format("rank {}", lowest_rank)));
  }
}

void RootSide::end(const base::Error& error) {
  if (ended_) return;
  ended_ = true;
  end_job_(error);
  settled_.notify_all();
}

}  // namespace fullbase::runtime::watch
