#include "operations/step_times.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace fullbase::operations {
namespace {

/// How many cores ranks and threads really have.
double workers(int ranks, int threads, int nodes, const MachinePace& pace) {
  return std::min<double>(ranks * static_cast<double>(threads), nodes * static_cast<double>(pace.cpus));
}

/// Seconds that an amount of work takes at a machine's pace.
double model_seconds(const runtime::Forecast& work, double bytes_written, double cores, int nodes, const MachinePace& pace) {
  const double computing = work.values * pace.value_seconds + work.keyed_rows * pace.keyed_row_seconds +
                           work.multiply_adds * pace.multiply_add_seconds + bytes_written / pace.digested_bytes;
  // A step's tables are made safe, its record is, and both folders are.
  constexpr int syncs = 5;
  return computing / cores + bytes_written / (pace.written_bytes * nodes) + work.bytes_sent / (pace.sent_bytes * nodes) +
         syncs * pace.sync_seconds;
}

}  // namespace

void tell_times(std::vector<PlannedStep>& steps, const std::vector<StepWork>& work, const PlanSettings& settings) {
  const auto& pace = *settings.pace;
  const double cores = workers(settings.ranks, settings.grant.threads, settings.nodes, pace);
  // By how much the pace's times missed those of the past run: of each step, and of each kind as logarithms.
  std::vector<std::optional<double>> of_step(steps.size());
  std::map<std::string, std::pair<double, int>> of_kind;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto* const past = work[i].then ? past_step(settings.past, steps[i].id, steps[i].job) : nullptr;
    if (past == nullptr || past->seconds <= 0) continue;
    const double then_cores = workers(settings.past->ranks, settings.past->threads, 1, pace);
    const double modelled = model_seconds(*work[i].then, static_cast<double>(past->bytes_written), then_cores, 1, pace);
    of_step[i] = past->seconds / modelled;
    auto& [logarithms, count] = of_kind[steps[i].job];
    logarithms += std::log(*of_step[i]);
    ++count;
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto& step = steps[i];
    if (!work[i].now) continue;
    const auto written = static_cast<double>(step.bytes_written.value_or(0));
    const double modelled = model_seconds(*work[i].now, written, cores, settings.nodes, pace);
    const auto kind = of_kind.find(step.job);
    if (step.job == "import" && work[i].now->values == 0) {
      step.seconds = pace.sync_seconds;  // nothing is new
    } else if (of_step[i]) {
      step.seconds = *of_step[i] * modelled;
      step.time_source = TimeSource::same_step;
    } else if (kind != of_kind.end()) {
      step.seconds = std::exp(kind->second.first / kind->second.second) * modelled;
      step.time_source = TimeSource::same_job;
    } else {
      step.seconds = modelled;
    }
  }
}

}  // namespace fullbase::operations
