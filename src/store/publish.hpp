// From a run's work folder to a published output: the new file is complete under its name, or the old one stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "store/lock.hpp"

namespace fullbase::store {

/// What a finished step's file or a checkpoint is, stands beside it under the same name with this ending.
inline constexpr std::string_view record_ending = ".json";

/// `<output>.work/`: steps/ (finished tables of steps), checkpoints/ (within steps), spill/ (this attempt's scratch space). It
/// stands on the file system of the output and is seen by every rank. Holds the lock on the output while it lives.
class WorkFolder {
 public:
  /// Collective. Locks the output (io error that names the holder), makes what is missing, ends the publishing that a dead run
  /// had begun, removes what it left: spill files, half-written step files, steps without a record, temporary names. Steps with
  /// a record and checkpoints stay, unless `fresh`.
  WorkFolder(comm::Communicator& communicator, const std::string& output, bool fresh = false);

  const std::string& output() const noexcept { return output_; }
  const std::string& path() const noexcept { return path_; }
  /// Where a finished step's tables are.
  std::string step_file(const std::string& step) const { return path_ + "/steps/" + step + ".h5"; }
  /// Where it is written, last of all, that a finished step's file is whole and what it is.
  std::string step_record(const std::string& step) const { return (path_ + "/steps/" + step).append(record_ending); }
  /// Steps with such a record and their file, in order of their names. Not collective; where the folder is.
  std::vector<std::string> recorded_steps() const;
  /// Where they are written before finish_step().
  std::string unfinished_step_file(const std::string& step) const { return path_ + "/steps/" + step + ".h5.unfinished"; }
  /// Collective. Renames the unfinished file to its final name, durably.
  void finish_step(comm::Communicator& communicator, const std::string& step) const;
  /// Collective. Removes what a step has written, its record first, and its checkpoints; no rank has any of it open.
  void discard_step(comm::Communicator& communicator, const std::string& step) const;
  std::string checkpoints() const { return path_ + "/checkpoints"; }
  /// The folder of a step's checkpoints; it is there when there are any.
  std::string checkpoints_of(const std::string& step) const { return checkpoints() + "/" + step; }
  /// Collective. Removes them.
  void discard_checkpoints(comm::Communicator& communicator, const std::string& step) const;
  std::string spill() const { return path_ + "/spill"; }

  /// Collective. Removes the folder with all that is in it; used after publishing.
  void remove(comm::Communicator& communicator);
  /// Not collective, at root: what is left when a run ends without publishing. Steps with a record and checkpoints stay for the
  /// next; without any the folder goes. Whether they stay, or cannot be told. What cannot be removed, the next run removes.
  bool leave() const noexcept;

 private:
  std::string output_;
  std::string path_;
  std::optional<FileLock> lock_;  ///< rank 0
};

/// A file and the step whose tables in it are published: `/<step>` and what lies below it. No step: all that is in the file.
struct StepFile {
  StepFile(std::string file, std::string id = {}, bool to_take = false)
      : path(std::move(file)), step(std::move(id)), may_be_taken(to_take) {}
  std::string path;
  std::string step;
  bool may_be_taken;  ///< all that is in it is published, and nobody needs it afterwards: the output may be made of it
};

struct Publication {
  std::vector<StepFile> step_files;  ///< to the root of the output
  /// A JSON object: the dataset /_manifest of the output, and with "output": {"bytes", "sha256"} added, `<output>.run.json`. Its
  /// member "digests", an object from table names ("rfm", "segments/centroids") to digests, is what verify compares.
  std::string manifest;
  unsigned mode = 0600;
  std::optional<unsigned> group = {};  ///< number of the group that both files are given to
};

/// Collective. Assembles `<output>.new`: the largest step file that may be taken becomes it, every rank copies its blocks of the
/// others, checking them on the way; then fsyncs, writes and fsyncs `<output>.run.json.new`, then takes an existing
/// `<output>.run.json` away (it becomes `.old`), renames the output, then the manifest, each durably, and removes the `.old`.
/// Until the output's rename an existing output stays as it was; a manifest never stands beside an output that it does not
/// describe, and what a crash leaves in between the next WorkFolder settles. Errors are the same on every rank; then the
/// temporaries are removed, with what was taken. Cost: one copy of the bytes of all step files but the one taken, one SHA-256
/// over the output.
void publish(comm::Communicator& communicator, const WorkFolder& work, const Publication& publication);

/// Whether the manifest beside the output says the output's length and SHA-256. Not collective. Throws what reading throws.
bool is_as_published(const std::string& output);

/// `<output>.run.json`.
std::string run_manifest_path(const std::string& output);

}  // namespace fullbase::store
