#include "operations/supervision.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"

namespace fullbase::operations {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string signal_text(int number) {
  const char* const name = sigabbrev_np(number);
  return fmt::format("signal {} ({})", number, name == nullptr ? "?" : name);
}

std::string seconds_text(milliseconds time) {
  return base::format_duration(static_cast<double>(time.count()) / 1000);
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) return {};
  return value;
}

std::string_view file_name(std::string_view program) {
  return program.substr(program.rfind('/') + 1);
}

bool is_mpirun(std::string_view program) {
  const auto name = file_name(program);
  return name.starts_with("mpirun") || name.starts_with("mpiexec") || name == "orterun" || name == "prterun";
}

/// Looks now and then whether the ranks that a launcher has started on this machine still run.
class RanksHere {
 public:
  /// Whether there were some, and have been none for `patience`; true once.
  bool are_gone(pid_t launcher, milliseconds patience) {
    const auto now = Clock::now();
    if (now < next_look_) return false;
    next_look_ = now + std::chrono::seconds(2);
    if (runtime::ranks_started_by(launcher) > 0) {
      seen_ = true;
      last_seen_ = now;
    }
    if (!seen_ || now - last_seen_ < patience) return false;
    seen_ = false;
    return true;
  }

 private:
  bool seen_ = false;
  Clock::time_point last_seen_;
  Clock::time_point next_look_;
};

/// The tries of one command.
class Supervision {
 public:
  Supervision(std::vector<std::string> command, const SupervisionSettings& settings, runtime::Progress& progress)
      : command_(std::move(command)), settings_(settings), progress_(progress) {}

  int run() {
    for (int number = 1;; ++number) {
      const auto begun = Clock::now();
      const auto end = one_try();
      const auto told = fmt::format("try {} of {} ended with {} after {}", number, settings_.tries, describe(end),
                                    seconds_text(std::chrono::duration_cast<milliseconds>(Clock::now() - begun)));
      const auto what = verdict(end);
      if (what == Verdict::done) {
        progress_.info(told);
        return end.code;
      }
      if (asked_ != 0) {
        progress_.warn(fmt::format("{}, asked to by {}", told, signal_text(asked_)));
        return killed_ ? static_cast<int>(base::ErrorKind::stopped) : end.code;
      }
      if (what == Verdict::final) {
        progress_.warn(told + "; it would end like this again");
        return end.code;
      }
      if (number == settings_.tries) {
        progress_.warn(told + "; that was the last one");
        return end.code;
      }
      const auto pause = pause_before(number + 1, settings_);
      progress_.warn(fmt::format("{}; try {} begins in {}{}", told, number + 1, seconds_text(pause),
                                 what == Verdict::crash && !killed_ ? lessen() : ""));
      if (!paused(pause)) {
        progress_.warn(fmt::format("no try {}: stopped by {}", number + 1, signal_text(asked_)));
        return static_cast<int>(base::ErrorKind::stopped);
      }
    }
  }

 private:
  runtime::ProcessEnd one_try() {
    const auto child = start_command(command_, signals_);
    runtime::ProcessEnd end;
    RanksHere ranks;
    killed_ = false;
    for (bool runs = true; runs;) {
      const int number = signals_.wait(milliseconds(1'000));
      int status = 0;
      if (waitpid(child, &status, WNOHANG) == child) {
        end = runtime::ProcessEnd::of_status(status);
        runs = false;
      }
      note(number);
      if (runs && is_request(number)) kill(child, signal_for(runtime::program_of(child), number, times_));
      if (runs && ranks.are_gone(child, settings_.launcher)) {
        progress_.warn("the ranks have ended and their launcher has not: it is killed");
        kill(child, SIGKILL);
        killed_ = true;
      }
    }
    if (const auto left = runtime::end_leftovers(settings_.leftovers, others_); !left.empty())
      progress_.warn(fmt::format("these processes do not end: {}", fmt::join(left, ", ")));
    return end;
  }

  static bool is_request(int number) { return number != 0 && number != SIGCHLD; }

  void note(int number) {
    if (!is_request(number)) return;
    asked_ = number;
    ++times_;
  }

  /// False: a signal ended the pause.
  bool paused(milliseconds time) {
    const auto until = Clock::now() + time;
    for (auto left = time; left.count() > 0; left = std::chrono::duration_cast<milliseconds>(until - Clock::now())) {
      note(signals_.wait(left));
      if (asked_ != 0) return false;
    }
    return true;
  }

  /// Fewer ranks for the next try, if that is wanted and can be; what to say of it.
  std::string lessen() {
    if (!settings_.fewer_ranks) return {};
    const auto word = find_ranks(command_);
    if (word->ranks == 1) return {};
    const int ranks = (word->ranks + 1) / 2;
    command_ = with_ranks(std::move(command_), ranks);
    return fmt::format(", on {} rank{}", ranks, ranks == 1 ? "" : "s");
  }

  std::vector<std::string> command_;
  const SupervisionSettings& settings_;
  runtime::Progress& progress_;
  runtime::HeldSignals signals_;
  const std::vector<pid_t> others_ = runtime::own_children();  ///< were there before: they are not of a try
  bool killed_ =
      false;       ///< the try's launcher was, by us: how its ranks ended, it can tell no more, and may not have been a crash
  int asked_ = 0;  ///< the last signal that asked for an end
  int times_ = 0;  ///< how many have
};

}  // namespace

Verdict verdict(const runtime::ProcessEnd& end) {
  if (end.signal != 0) return Verdict::crash;
  switch (end.code) {
    case 0:
    case 3:
      return Verdict::done;
    case static_cast<int>(base::ErrorKind::usage):
    case static_cast<int>(base::ErrorKind::input_data):
    case static_cast<int>(base::ErrorKind::job_file):
    case 126:
    case 127:
      return Verdict::final;
    case static_cast<int>(base::ErrorKind::stopped):
      return Verdict::stop;
    default:
      return Verdict::crash;
  }
}

std::string describe(const runtime::ProcessEnd& end) {
  if (end.signal != 0) return signal_text(end.signal);
  if (end.code > 128 && end.code <= 128 + SIGRTMAX)
    return fmt::format("exit code {} (a process was ended by {})", end.code, signal_text(end.code - 128));
  return fmt::format("exit code {}", end.code);
}

milliseconds pause_before(int next, const SupervisionSettings& settings) {
  auto pause = settings.pause;
  for (int number = 2; number < next && pause < settings.longest; ++number) pause = std::min(pause * 2, settings.longest);
  return pause;
}

std::optional<RanksWord> find_ranks(const std::vector<std::string>& command) {
  constexpr std::array<std::string_view, 5> before_a_word = {"-n", "-np", "--n", "--np", "--ntasks"};
  constexpr std::array<std::string_view, 3> in_one_word = {"--ntasks=", "--np=", "-n"};
  auto launcher = std::ranges::find_if(command, [](const auto& word) { return is_mpirun(word) || file_name(word) == "srun"; });
  if (launcher == command.end()) launcher = command.begin();  // one by another name, or none
  for (auto i = static_cast<std::size_t>(launcher - command.begin()) + 1; i < command.size(); ++i) {
    const std::string_view word = command[i];
    if (!word.starts_with('-') || word == "--") return {};
    if (std::ranges::find(before_a_word, word) != before_a_word.end() && i + 1 < command.size()) {
      if (const auto ranks = whole_number(command[i + 1])) return RanksWord{i + 1, {}, *ranks};
    }
    for (const auto before : in_one_word) {
      if (!word.starts_with(before)) continue;
      if (const auto ranks = whole_number(word.substr(before.size()))) return RanksWord{i, std::string(before), *ranks};
    }
  }
  return {};
}

std::vector<std::string> with_ranks(std::vector<std::string> command, int ranks) {
  if (const auto word = find_ranks(command)) command[word->index] = word->before + std::to_string(ranks);
  return command;
}

int signal_for(const std::string& program, int signal, int times) {
  return is_mpirun(program) && times == 1 ? SIGUSR1 : signal;
}

int supervise(std::vector<std::string> command, const SupervisionSettings& settings, runtime::Progress& progress) {
  if (settings.fewer_ranks && !find_ranks(command))
    throw base::usage_error(
        "the command does not say on how many ranks", "--fewer-ranks",
        "start it by mpirun -n 4 or srun --ntasks=4, with this before options that have a value of their own");
  runtime::adopt_orphans();
  // A node that is cut off is noticed after 10 + 3 * 5 seconds of silence, instead of 300 + 9 * 20.
  setenv("OMPI_MCA_oob_tcp_keepalive_time", "10", 0);
  setenv("OMPI_MCA_oob_tcp_keepalive_intvl", "5", 0);
  setenv("OMPI_MCA_oob_tcp_keepalive_probes", "3", 0);
  return Supervision(std::move(command), settings, progress).run();
}

}  // namespace fullbase::operations
