// Steps that a broken-off run of the same job has finished: the next run takes them from its work folder.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/manifest.hpp"
#include "runtime/progress.hpp"
#include "store/publish.hpp"

namespace fullbase::runtime {

/// Beside a finished step's file, `steps/<id>.json` says what the file is (store::FileSeal) and what the step was (StepRecord,
/// its fingerprint). A step without one is no step: the text is written last, durably, by a rename. Costs: once around a file for
/// the seal, and three fsyncs. So that this stays below share_of_time of a run, steps are kept as soon as the time since the last
/// keeping is worth it; what a run loses that is killed is at most what takes that long.
class FinishedSteps {
 public:
  /// Collective. Reads what an earlier run left.
  FinishedSteps(comm::Communicator& communicator, const store::WorkFolder& folder, Progress& progress);

  static constexpr double share_of_time = 0.03;

  /// Collective. The record of a step that is there, whole, and of this fingerprint, else nothing; then what there is of it is
  /// removed. Says why a step that was there does not count.
  std::optional<StepRecord> take(const std::string& id, const Fingerprint& now);

  /// Collective. A step was finished by this run.
  void add(const StepRecord& step);
  /// Collective. Keeps what is not kept yet, whatever it costs.
  void keep();

 private:
  using Clock = std::chrono::steady_clock;
  bool is_worth_it() const;

  comm::Communicator& communicator_;
  const store::WorkFolder& folder_;
  Progress& progress_;
  std::map<std::string, std::string> found_;  ///< text by step, the same on every rank
  std::vector<StepRecord> waiting_;
  Clock::time_point kept_ = Clock::now();
};

}  // namespace fullbase::runtime
