#include "runtime/progress.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::json;

/// A log line of one event for machines.
std::string line(std::string_view level, std::string_view event, json members) {
  json object = {{"time", base::format_timestamp(base::now())}, {"level", level}, {"event", event}};
  object.update(members);
  // Text of a user's data may not be valid UTF-8; a log line always is.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

double share(std::int64_t done, std::int64_t total) {
  return total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0) : 0.0;
}

}  // namespace

std::string error_line(const base::Error& error, LogFormat format) {
  if (format == LogFormat::text) return fmt::format("fullbase: {}", base::printable(error.what()));
  return line("error", "failed",
              {{"exit_code", error.exit_code()},
               {"where", error.where()},
               {"problem", error.problem()},
               {"advice", error.advice()},
               {"text", error.what()}});
}

std::string warning_line(std::string_view text, LogFormat format) {
  if (format == LogFormat::json) return line("warning", "message", {{"text", text}});
  return fmt::format("fullbase: warning: {}", base::printable(text));
}

Progress::Progress(const ProgressSettings& settings, std::ostream& log, std::function<Clock::time_point()> now)
    : settings_(settings), now_(std::move(now)) {
  logger_ = std::make_shared<spdlog::logger>("fullbase", std::make_shared<spdlog::sinks::ostream_sink_mt>(log, true));
  if (settings_.bar && !settings_.quiet && !settings_.silent && settings_.format == LogFormat::text) terminal_.emplace();
  is_bare_ = settings_.format == LogFormat::json || isatty(STDERR_FILENO) == 1 || (terminal_ && terminal_->visible());
  logger_->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(is_bare_ ? "%v" : "%Y-%m-%dT%H:%M:%SZ %l %v", spdlog::pattern_time_type::utc));
  logger_->set_level(settings_.silent ? spdlog::level::off : settings_.quiet ? spdlog::level::warn : spdlog::level::info);
  step_began_ = last_bar_ = last_line_ = now_();
}

Progress::~Progress() {
  clear_bar();
}

void Progress::info(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear_bar();
  if (settings_.format == LogFormat::json)
    logger_->info(line("info", "message", {{"text", text}}));
  else
    logger_->info(base::printable(text));
}

void Progress::warn(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear_bar();
  if (settings_.format == LogFormat::json)
    logger_->warn(warning_line(text, settings_.format));
  else
    logger_->warn("{}{}", is_bare_ ? "warning: " : "", base::printable(text));
}

void Progress::begin_step(std::string_view id, std::string_view job, int number, int steps) {
  const std::lock_guard lock(mutex_);
  clear_bar();
  step_ = id;
  job_ = job;
  number_ = number;
  steps_ = steps;
  step_began_ = last_line_ = now_();
  last_bar_ = step_began_ - settings_.bar_interval;
  if (settings_.format == LogFormat::json)
    logger_->info(line("info", "step_started", {{"step", id}, {"job", job}, {"number", number}, {"steps", steps}}));
  else if (!terminal_ || !terminal_->visible())
    logger_->info("[{}/{}] {} ({})", number, steps, id, job);
}

void Progress::update(std::int64_t done, std::int64_t total, std::string_view detail) {
  const std::lock_guard lock(mutex_);
  if (settings_.silent || settings_.quiet) return;
  const auto now = now_();
  if (terminal_ && terminal_->visible()) {
    if (now - last_bar_ >= settings_.bar_interval) draw_bar(done, total, detail, now);
    return;
  }
  if (now - last_line_ < settings_.line_interval) return;
  last_line_ = now;
  if (settings_.format == LogFormat::json) {
    logger_->info(line("info", "progress", {{"step", step_}, {"done", done}, {"total", total}, {"detail", detail}}));
    return;
  }
  std::string text = fmt::format("[{}/{}] {}:", number_, steps_, step_);
  if (total > 0) text += fmt::format(" {:.0f} %", 100 * share(done, total));
  if (!detail.empty()) text += fmt::format(" {}", detail);
  logger_->info("{}{}", text, time_to_go(done, total, now));
}

void Progress::end_step(double seconds, std::string_view summary) {
  const std::lock_guard lock(mutex_);
  clear_bar();
  if (settings_.format == LogFormat::json)
    logger_->info(line("info", "step_finished", {{"step", step_}, {"job", job_}, {"seconds", seconds}, {"summary", summary}}));
  else
    logger_->info("[{}/{}] {}: {} in {}", number_, steps_, step_, summary, base::format_duration(seconds));
}

void Progress::clear_bar() {
  if (!bar_drawn_) return;
  terminal_->write("\r\033[K");
  bar_drawn_ = false;
}

void Progress::draw_bar(std::int64_t done, std::int64_t total, std::string_view detail, Clock::time_point now) {
  last_bar_ = now;
  std::string text = fmt::format("[{}/{}] {} ", number_, steps_, step_);
  if (total > 0) {
    constexpr int cells = 20;
    const int full = static_cast<int>(share(done, total) * cells);
    text +=
        '|' + std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(cells - full), '.') + '|';
    text += fmt::format(" {:3.0f} %{}", 100 * share(done, total), time_to_go(done, total, now));
  }
  if (!detail.empty()) text += fmt::format("  {}", detail);
  const auto room = static_cast<std::size_t>(std::max(10, terminal_->width() - 1));
  if (text.size() > room) text.resize(room);
  terminal_->write("\r" + text + "\033[K");
  bar_drawn_ = true;
}

std::string Progress::time_to_go(std::int64_t done, std::int64_t total, Clock::time_point now) const {
  const double part = share(done, total);
  const double elapsed = std::chrono::duration<double>(now - step_began_).count();
  if (part <= 0 || part >= 1 || elapsed < 1) return {};
  return fmt::format(", {} to go", base::format_duration(elapsed * (1 - part) / part));
}

}  // namespace fullbase::runtime
