// Checkpoints within a step: its state at the end of a round, from which another run goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "data/state.hpp"
#include "runtime/keeping_time.hpp"
#include "runtime/manifest.hpp"
#include "runtime/progress.hpp"
#include "store/file_seal.hpp"
#include "store/publish.hpp"
#include "store/state_file.hpp"

namespace fullbase::runtime {

/// Of the records of checkpoints.
inline constexpr std::string_view checkpoint_format = "fullbase checkpoint 1";
/// Of their files of arrays, beside which the records stand.
inline constexpr std::string_view state_ending = ".state";

/// What `<generation>.json` says of `<generation>.state` beside it.
struct CheckpointRecord {
  std::string step;
  std::int64_t generation = 0;
  Fingerprint fingerprint;
  store::FileSeal seal;
  store::StateLayout layout;
};

std::string checkpoint_text(const CheckpointRecord& record);
/// Nothing for a text that is no such record, was changed, or tells of what cannot be. Throws nothing.
std::optional<CheckpointRecord> parse_checkpoint(const std::string& text) noexcept;

/// Checkpoints of one step while it runs, in `checkpoints/<step>/` of the work folder. A checkpoint is a file of arrays and,
/// written last and durably, its record: one without record is none. The two newest stay. They go with the work folder, or when
/// the finished step is kept.
///
/// Costs, each time: the state's bytes written, brought to disk and hashed, three fsyncs more; only when KeepingTime finds it
/// worth it, or when a stop is asked for.
class StepCheckpoints {
 public:
  StepCheckpoints(comm::Communicator& communicator, const store::WorkFolder& folder, std::string step, Fingerprint fingerprint,
                  KeepingTime& time, Progress& progress);

  /// Collective. The newest state that is whole and was saved by the same step of the same inputs, options and program; null if
  /// there is none. Says, once, which one is gone on from and what was passed over: a damaged one with a warning. States of
  /// another job are removed.
  std::unique_ptr<data::StateReader> newest();

  /// Collective: the end of a round. Keeps the state where it is worth the time; if any rank was asked to stop, keeps it in any
  /// case and throws an error of kind `stopped` on all. Where it cannot be kept, a warning. One 8-byte reduction, and the
  /// checkpoint.
  void end_round(const data::SaveState& save);

  /// How many were made, and the generation that newest() gave; 0: none.
  std::int64_t made() const noexcept { return made_; }
  std::int64_t gone_on_from() const noexcept { return gone_on_from_; }
  /// What they took, and finding out whether they would be worth it, in seconds; rank 0 knows.
  double seconds() const noexcept { return seconds_; }
  /// The same on every rank.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  std::string path(std::int64_t generation, std::string_view ending) const;
  /// At root: whether the state is worth the time that a checkpoint takes. Throws nothing.
  bool is_due(const data::SaveState& save);
  void keep(const data::SaveState& save);
  void write(const data::SaveState& save);
  void remove_all_but(std::int64_t newest, std::int64_t before);
  void warn(const std::string& text);

  comm::Communicator& communicator_;
  const store::WorkFolder& folder_;
  std::string step_;
  Fingerprint fingerprint_;
  KeepingTime& time_;
  Progress& progress_;
  std::int64_t next_ = 1;    ///< generation; the same on every rank
  std::int64_t before_ = 0;  ///< the newest that is there and whole
  std::int64_t bytes_ = 0;   ///< of the last state, or what it may have grown to when it is counted again; rank 0
  std::int64_t made_ = 0;
  std::int64_t gone_on_from_ = 0;
  double seconds_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace fullbase::runtime
