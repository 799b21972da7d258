// Steps that a broken-off run of the same job has finished: the next run takes them from its work folder.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/keeping_time.hpp"
#include "runtime/manifest.hpp"
#include "runtime/progress.hpp"
#include "store/publish.hpp"

namespace fullbase::runtime {

/// Of the records of finished steps.
inline constexpr std::string_view step_format = "fullbase step 1";

/// Beside a finished step's file, `steps/<id>.json` says what the file is (store::FileSeal) and what the step was (StepRecord,
/// its fingerprint), and has a checksum of its own. A step without one is no step: the text is written last, durably, by a
/// rename; then the step's checkpoints go. Costs: once around a file for the seal, and three fsyncs, when KeepingTime finds it
/// worth it.
class FinishedSteps {
 public:
  /// Collective. Reads what an earlier run left.
  FinishedSteps(comm::Communicator& communicator, const store::WorkFolder& folder, KeepingTime& time, Progress& progress);

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
  struct Waiting {
    StepRecord step;
    std::string form;
  };
  double cost() const;
  void write_records();

  comm::Communicator& communicator_;
  const store::WorkFolder& folder_;
  KeepingTime& time_;
  Progress& progress_;
  std::map<std::string, std::string> found_;  ///< text by step, the same on every rank
  std::vector<Waiting> waiting_;
  std::vector<std::string> warnings_;
};

}  // namespace fullbase::runtime
