// The two sides of the watchdog: rank 0, which hears every rank, and a guarded rank, which hears rank 0. Each runs one thread.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/connection.hpp"
#include "runtime/watchdog.hpp"

namespace fullbase::runtime::watch {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Frame types.
inline constexpr char hello = 'h';    ///< token, then the rank in decimal digits
inline constexpr char beat = 'b';     ///< I am alive
inline constexpr char failure = 'f';  ///< an encoded error that this rank ended with
inline constexpr char stop = 's';     ///< a signal's number: its sender was asked to stop (parallel/stop.hpp), so all are
inline constexpr char verdict = 'v';  ///< rank 0 to all: the error that the job ends with
inline constexpr char leave = 'l';    ///< from here on my silence means nothing

/// Wakes a thread that sleeps in poll().
class WakeUp {
 public:
  WakeUp();
  int descriptor() const noexcept { return reading_.number(); }
  void ring() noexcept;
  void quiet() noexcept;

 private:
  Descriptor reading_;
  Descriptor writing_;
};

/// Does what a frame `stop` says in this process; `told` becomes its signal.
void obey(const std::string& stop_body, int& told) noexcept;

/// A thread that calls this leaves every signal to the main thread.
void block_signals() noexcept;

/// How often to beat: several times within the limit, and at least every five seconds.
milliseconds interval(milliseconds silence_limit);

/// When the next beat is due. What arrives wakes a thread too, and must not make it send: two sides that answer each other's
/// beats never sleep.
class Beats {
 public:
  /// True once an interval of the limit as it is now has passed since it was last true.
  bool due(Clock::time_point now, milliseconds silence_limit);
  /// How long poll() may sleep: to the next beat, and a second at most, after which a request to stop is looked for.
  int sleep(Clock::time_point now) const;

 private:
  Clock::time_point next_ = Clock::time_point::min();
};

/// Rank 0: listens, hears, judges.
class RootSide {
 public:
  RootSide(int ranks, std::string token, Listener listener, const WatchdogSettings& settings, const Watchdog::EndJob& end_job);
  ~RootSide();
  base::Error settle(const base::Error& mine);
  void set_silence_limit(milliseconds limit);
  /// Rank `rank` could not connect: its silence means nothing.
  void excuse(int rank);

 private:
  struct Peer {
    Connection connection;
    Clock::time_point heard;
    bool left = false;  ///< said goodbye, or was excused
    bool lost = false;  ///< the connection broke without goodbye
    std::optional<base::Error> failed;
  };

  void loop();
  std::vector<std::size_t> hear(const Beats& beats);
  void greet(Clock::time_point now);
  void accept_all(Clock::time_point now);
  void take(Peer& peer, const std::vector<Frame>& frames, Clock::time_point now);
  void spread_stop();
  void judge(Clock::time_point now);
  void settle_failures(Clock::time_point now);
  void end(const base::Error& error);

  const std::string token_;
  WatchdogSettings settings_;
  const Watchdog::EndJob& end_job_;
  Listener listener_;
  WakeUp wake_;
  std::mutex mutex_;
  std::condition_variable settled_;
  std::vector<Peer> peers_;  ///< by rank; peers_[0] is this one, without a connection
  std::vector<std::pair<Connection, Clock::time_point>> strangers_;
  Clock::time_point accept_again_;  ///< not before: the last try failed
  Clock::time_point judges_from_;   ///< silence before is none: peers beat for a longer limit until they know of the new one
  int stop_told_ = 0;               ///< the signal that all peers were told of
  std::optional<Clock::time_point> first_failure_;
  std::optional<base::Error> verdict_;
  bool ended_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

/// Every other rank: beats, and hears rank 0.
class GuardedSide {
 public:
  GuardedSide(int rank, const std::string& token, Descriptor socket, const WatchdogSettings& settings,
              const Watchdog::EndJob& end_job);
  ~GuardedSide();
  /// Whether rank 0 has answered, after at most `patience`: until then the connection may be one that only the kernel knows of.
  bool welcomed(milliseconds patience);
  base::Error settle(const base::Error& mine);
  void wait_for_root();
  void set_silence_limit(milliseconds limit);

 private:
  void loop();
  void take(const std::vector<Frame>& frames, Clock::time_point now);
  void judge(Clock::time_point now);

  const int rank_;
  WatchdogSettings settings_;
  const Watchdog::EndJob& end_job_;
  WakeUp wake_;
  std::mutex mutex_;
  std::condition_variable settled_;
  Connection connection_;
  Clock::time_point heard_;
  bool welcome_ = false;           ///< rank 0 has spoken
  Clock::time_point judges_from_;  ///< silence before is none: rank 0 beats for a longer limit until it knows of the new one
  int stop_told_ = 0;              ///< the signal that rank 0 was told of, or told of
  bool root_left_ = false;
  bool waits_ = false;  ///< for rank 0 to leave, and nothing else: the end of its connection says so too
  std::optional<base::Error> verdict_;
  bool ended_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace fullbase::runtime::watch
