// Steps that a broken-off run of the same job has finished: the next run takes them from its work folder.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/manifest.hpp"
#include "runtime/progress.hpp"
#include "store/publish.hpp"

namespace fullbase::runtime {

/// Beside a finished step's file, `steps/<id>.json` says what the file is (store::FileSeal) and what the step was (StepRecord,
/// its fingerprint), and has a checksum of its own. A step without one is no step: the text is written last, durably, by a
/// rename. Costs: once around a file for the seal, and three fsyncs. So that this stays below share_of_time of a run, steps are
/// kept as soon as the time that the run has taken is worth it, by what keeping has taken so far; what a run loses that is
/// killed is at most what takes that long.
class FinishedSteps {
 public:
  /// Collective. Reads what an earlier run left.
  FinishedSteps(comm::Communicator& communicator, const store::WorkFolder& folder, Progress& progress);

  static constexpr double share_of_time = 0.02;
  /// Of a step's time: what publishing may take for copying its file, so that a run that is killed then does not lose it.
  static constexpr double share_of_copying = 0.01;
  static bool is_cheap_to_copy(const StepRecord& step);

  /// Collective. The record of a step that is there, whole, of this fingerprint, and in this form (what its file holds that the
  /// fingerprint does not tell), else nothing; then what there is of it is removed. Says why a step that was there does not
  /// count. Of its figures only the time and the bytes written are those of the run that made it. A requested stop is an error,
  /// and removes nothing.
  std::optional<StepRecord> take(const std::string& id, const Fingerprint& now, std::string_view form);

  /// Collective. A step was finished by this run. Where its data does not get to the disk, an error: the output may be made of
  /// it, and nobody would be told a second time. Where only the record cannot be made, a warning, and a later try.
  void add(const StepRecord& step, std::string_view form);
  /// Collective. Keeps what is not kept yet and is still there, whatever it costs; no requested stop ends it. Throws like add().
  void keep();

  /// The same on every rank.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    StepRecord step;
    std::string form;
  };
  double cost() const;
  bool is_worth_it() const;
  void write_records();

  comm::Communicator& communicator_;
  const store::WorkFolder& folder_;
  Progress& progress_;
  std::map<std::string, std::string> found_;  ///< text by step, the same on every rank
  std::vector<Waiting> waiting_;
  std::vector<std::string> warnings_;
  Clock::time_point begun_ = Clock::now();
  double spent_ = 0;     ///< seconds on keeping
  double slowness_ = 1;  ///< what keeping took the last time, over what cost() had said
};

}  // namespace fullbase::runtime
