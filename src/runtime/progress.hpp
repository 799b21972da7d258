// What a person or a machine is told while a job runs: a bar with the time to go on a terminal, lines in a log, or JSON lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "runtime/terminal.hpp"

namespace spdlog {
class logger;
}

namespace fullbase::runtime {

enum class LogFormat {
  text,  ///< "2026-01-31T02:00:00Z info ..." lines; on a terminal the bare text
  json,  ///< an object a line: time, level, event, and the event's members
};

/// How an error that ends a command is told: "fullbase: ...", or an object with its parts, both one line at least.
std::string error_line(const base::Error& error, LogFormat format);
/// A warning where there is no Progress yet.
std::string warning_line(std::string_view text, LogFormat format);

struct ProgressSettings {
  LogFormat format = LogFormat::text;
  bool quiet = false;   ///< warnings and errors only
  bool silent = false;  ///< nothing: every rank but rank 0
  bool bar = true;      ///< draw one if there is a terminal
  std::chrono::milliseconds line_interval{20'000};
  std::chrono::milliseconds bar_interval{100};
};

/// Thread-safe; no member communicates.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// Lines go to `log` (standard error), which must outlive this.
  Progress(const ProgressSettings& settings, std::ostream& log, std::function<Clock::time_point()> now = Clock::now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void info(std::string_view text);
  void warn(std::string_view text);

  /// Step `number` (from 1) of `steps` begins.
  void begin_step(std::string_view id, std::string_view job, int number, int steps);
  /// `done` of `total` units of the current step's work (total 0: unknown). Cheap to call often: what is shown is throttled.
  void update(std::int64_t done, std::int64_t total, std::string_view detail = {});
  /// The current step is over; `summary` says what it made ("4,372 rows").
  void end_step(double seconds, std::string_view summary);

 private:
  void clear_bar();
  void draw_bar(std::int64_t done, std::int64_t total, std::string_view detail, Clock::time_point now);
  std::string time_to_go(std::int64_t done, std::int64_t total, Clock::time_point now) const;

  std::mutex mutex_;
  ProgressSettings settings_;
  std::function<Clock::time_point()> now_;
  std::optional<Terminal> terminal_;
  std::shared_ptr<spdlog::logger> logger_;
  bool is_bare_ = false;  ///< lines say neither when nor how grave
  bool bar_drawn_ = false;
  std::string step_;
  std::string job_;
  int number_ = 0;
  int steps_ = 0;
  Clock::time_point step_began_;
  Clock::time_point last_bar_;
  Clock::time_point last_line_;
};

}  // namespace fullbase::runtime
