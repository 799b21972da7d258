#include "runtime/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "data/budget.hpp"
#include "runtime/due_checks.hpp"
#include "runtime/filtered_table.hpp"
#include "runtime/fingerprint.hpp"
#include "runtime/finished_run.hpp"
#include "runtime/finished_steps.hpp"
#include "runtime/import_run.hpp"
#include "runtime/job_tables.hpp"
#include "runtime/last_output.hpp"
#include "runtime/output_place.hpp"
#include "runtime/part.hpp"
#include "runtime/process.hpp"
#include "runtime/published_step.hpp"
#include "runtime/resources.hpp"
#include "runtime/running_step.hpp"
#include "runtime/scaffold.hpp"
#include "runtime/signals.hpp"
#include "runtime/step_checkpoints.hpp"
#include "runtime/step_choice.hpp"
#include "store/digest.hpp"
#include "store/file.hpp"
#include "store/publish.hpp"
#include "store/spill.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

using Clock = std::chrono::steady_clock;

/// One run of the steps of a job, on one rank.
class Run {
 public:
  Run(comm::Communicator& communicator, LoadedJob& job, const PartSettings& part, StepChoice choice, Progress& progress,
      RunRecord& record, Scaffold& scaffold)
      : communicator_(communicator),
        job_(job),
        file_(job.checked.file),
        part_(part),
        choice_(std::move(choice)),
        progress_(progress),
        record_(record),
        mode_(mode_of(*file_.options.output)),
        scaffold_(scaffold),
        tables_(communicator, job, scaffold.folder().spill()),
        checks_(communicator, job, tables_, record.grant.memory, progress),
        keeping_(file_.options.resources.checkpoint_share),
        finished_(communicator, scaffold.folder(), keeping_, progress) {}

  /// False where there was nothing to do. `again`: there is.
  bool run(const JobKinds& kinds, bool again) {
    tables_.check_store();
    tables_.record_inputs(record_);
    record_previous();
    if (part_.sample) tables_.sample({record_.part->by, *part_.sample, file_.environment.seed});
    fingerprints_ = fingerprints(communicator_, job_.checked, tables_, job_.tables.previous.get());
    if (!again && !record_.part && !part_.from &&
        is_finished(communicator_, scaffold_.folder().output(), file_.resolved(kinds), fingerprints_, record_.inputs)) {
      progress_.info(fmt::format("{} is what this job makes of this input already: nothing is to be done; --force repeats it",
                                 scaffold_.folder().output()));
      settle();
      return false;
    }
    if (part_.from) choose_from();
    try {
      run_steps();
      publish(kinds);
      return true;
    } catch (...) {
      keep_what_is_finished(base::current_error());
      throw;
    }
  }

 private:
  void run_steps() {
    try {
      checks_.look(record_.steps);
      int number = 0;
      for (const auto index : job_.checked.graph.order) {
        if (choice_.fates[index] == Fate::run) ++number;
        if (choice_.fates[index] == Fate::leave_out) continue;
        if (choice_.fates[index] == Fate::take_over) {
          take_over(index);
          checks_.look(record_.steps);
          continue;
        }
        if (const auto why = lacking(index); !why.empty()) {
          leave_out(index, why, true);
        } else if (go_on_from(index) || run_step(index, number)) {
          checks_.look(record_.steps);
        }
      }
    } catch (...) {
      checks_.tell();
      throw;
    }
    record_.checks = checks_.finish("its table was not made");
    if (record_.part) record_.part->sampled = tables_.sampled();
    if (const auto broken = checks_error(record_.checks)) {
      // A check is about all the data, and what is published of a sample is no night's output.
      if (!part_.sample) throw *broken;
      checks_.tell();
    }
    if (published_.empty() && first_failure_) throw *first_failure_;
  }

  /// Collective. What of the last output still holds.
  void choose_from() {
    last_ = last_output(communicator_, scaffold_.folder().output(), file_.options.output->latest);
    choice_ = from_step(job_.checked, *part_.from, fingerprints_, last_);
    for (std::size_t step = 0; step < choice_.reasons.size(); ++step) {
      if (!choice_.reasons[step].empty())
        progress_.info(fmt::format("step {} runs, for {}", file_.steps[step].id, choice_.reasons[step]));
    }
  }

  void take_over(std::size_t index) {
    const auto& entry = file_.steps[index];
    record_.steps.push_back(last_.steps.at(entry.id));
    record_.steps.back().fingerprint = fingerprints_[index];
    if (!entry.common.publish) return;
    tables_.made(index, last_.path);
    published_.emplace_back(last_.path, entry.id);
    progress_.info(fmt::format("step {} is taken over from {}", entry.id, last_.path));
  }

  /// Collective. Whether a run that was broken off has finished the step already.
  bool go_on_from(std::size_t index) {
    const auto& entry = file_.steps[index];
    auto step = finished_.take(entry.id, fingerprints_[index], form_of_step(job_.checked, index));
    if (!step) return false;
    tables_.made(index, scaffold_.folder().step_file(entry.id));
    if (entry.common.publish) add_published(entry, *step);
    step->resumed = true;
    record_.steps.push_back(std::move(*step));
    progress_.info(fmt::format("step {} was finished by the run that was broken off", entry.id));
    return true;
  }

  /// Collective where every rank knows the error, and so is here too.
  void keep_what_is_finished(const base::Error& error) {
    if (communicator_.size() > 1 && !error.is_known_to_all()) return;
    try {
      finished_.keep();
      tell_of_lost_steps();
      const auto kept = communicator_.is_root() ? scaffold_.folder().recorded_steps().size() : 0;
      // Data or a job at fault would end the same command as they have ended this one.
      const bool fails_again = error.kind() == base::ErrorKind::input_data || error.kind() == base::ErrorKind::job_file;
      if (kept > 0)
        progress_.info(fmt::format("{} finished step{} kept in {}: {} to go on from there, with --fresh to start over", kept,
                                   kept == 1 ? " is" : "s are", scaffold_.folder().path(),
                                   fails_again ? "once what is wrong is mended, run it again" : "run the same command again"));
    } catch (const base::Error& second) {
      progress_.warn(second.what());  // the first is the one to be told
    }
  }

  /// For an error that came while the output was assembled: it may have been made of a step's own file (store::publish).
  void tell_of_lost_steps() {
    if (!communicator_.is_root() || is_published_) return;
    for (const auto& step : record_.steps) {
      const bool was_there = step.job != "import" && !step.reused;
      if (was_there && !store::is_present(scaffold_.folder().step_file(step.id)))
        progress_.warn(
            fmt::format("step {} is not kept: its file was becoming the output; the next run computes it again", step.id));
    }
  }

  /// Why the step cannot run: something that it reads failed. Empty: it can.
  std::string lacking(std::size_t index) const {
    for (const auto& origin : job_.checked.graph.origins[index]) {
      if (!tables_.is_there(origin)) return fmt::format("it reads {}, which is left out", file_.steps[origin.step].id);
    }
    return {};
  }

  /// The output of the night before is an input like any other. Its digest is the one in its manifest: every block that is read
  /// is held to its checksum.
  void record_previous() {
    const auto* const previous = job_.tables.previous.get();
    if (previous == nullptr) return;
    const auto bytes = comm::collective_try(communicator_, "previous", [&]() -> std::int64_t {
      if (!communicator_.is_root()) return 0;
      previous->require_unchanged();
      return store::File::open_read(previous->path()).size();
    });
    progress_.info(fmt::format("the night before is {}", previous->path()));
    record_.inputs.push_back({"previous", previous->path(), previous->digest(), bytes, 0});
  }

  void leave_out(std::size_t index, const std::string& why, bool skipped) {
    const auto& id = file_.steps[index].id;
    progress_.warn(fmt::format("step {} is left out: {}", id, why));
    record_.failed_steps.push_back({id, why, skipped});
  }

  /// Whether the rest of the job can go on after a step's error: a fault of the data that every rank knows of, so that all of
  /// them are at the same place. A full disk, a lost rank or a stop would meet the next step too, and a fault of ours may have
  /// left anything behind.
  bool is_bearable(const base::Error& error) const {
    return error.kind() == base::ErrorKind::input_data && (error.is_known_to_all() || communicator_.size() == 1);
  }

  /// False for a step that failed and may be left out.
  bool run_step(std::size_t index, int number) {
    const auto& entry = file_.steps[index];
    const comm::StageScope stage(communicator_.statistics(), entry.id);
    progress_.begin_step(entry.id, entry.kind->name(), number, static_cast<int>(std::ranges::count(choice_.fates, Fate::run)));
    try {
      auto step = work(index);
      progress_.end_step(step.seconds, summary(step));
      record_.steps.push_back(std::move(step));
      return true;
    } catch (...) {
      const auto error = base::current_error();
      if (!entry.common.required && is_bearable(error)) {
        if (!first_failure_) first_failure_ = error.within("step " + entry.id);
        tables_.made(index, {});
        std::erase_if(published_, [&](const auto& published) { return published.step == entry.id; });
        scaffold_.folder().discard_step(communicator_, entry.id);
        leave_out(index, error.what(), false);
        return false;
      }
      // A stop is nobody's mistake, so it has no place.
      if (error.kind() == base::ErrorKind::stopped) throw error;
      throw error.within("step " + entry.id);
    }
  }

  StepRecord work(std::size_t index) {
    const auto& entry = file_.steps[index];
    const auto& checked = job_.checked.steps[index];
    const auto& folder = scaffold_.folder();
    const auto start = Clock::now();
    const auto traffic_before = communicator_.statistics().table();
    StepRecord step;
    {
      // All that the step holds is gone before the next one starts.
      data::Budget budget(record_.grant.memory);
      store::FileSpill spill(folder.spill());
      StepCheckpoints checkpoints(communicator_, folder, entry.id, fingerprints_[index], keeping_, progress_);
      const StepSurroundings surroundings{communicator_,
                                          entry.environment,
                                          progress_,
                                          budget,
                                          spill,
                                          checkpoints,
                                          job_.tables.previous.get(),
                                          folder.unfinished_step_file(entry.id),
                                          mode_,
                                          std::chrono::microseconds(file_.options.resources.stop_patience),
                                          entry.common.publish && !is_read(job_.checked, index)};
      std::vector<FilteredTable> filtered;
      RunningStep running(entry, checked, surroundings, open_inputs(index, filtered));
      for (const auto& table : filtered) running.left_out("where", table.left_out);
      entry.step->run(running);
      step = running.finish();
      for (const auto& table : filtered) step.bytes_read += table.bytes_read;
    }
    step.fingerprint = fingerprints_[index];
    folder.finish_step(communicator_, entry.id);
    tables_.made(index, folder.step_file(entry.id));
    step.bytes_written = comm::collective_try(communicator_, "step size", [&] {
      return communicator_.is_root() ? store::File::open_read(folder.step_file(entry.id)).size() : 0;
    });
    step.seconds = base::seconds_since(start);
    if (entry.common.publish) add_digests(entry, step);
    step.seconds = base::seconds_since(start);
    step.peak_memory = peak_memory();
    step.traffic = difference(communicator_.statistics().table(), traffic_before);
    gather_figures(communicator_, step);
    finished_.add(step, form_of_step(job_.checked, index));
    stop_if_asked(communicator_);
    return step;
  }

  /// Collective. The step's inputs by slot, filtered unless the step does that itself.
  std::vector<std::unique_ptr<data::BlockSource>> open_inputs(std::size_t index, std::vector<FilteredTable>& filtered) {
    const auto& entry = file_.steps[index];
    std::vector<std::unique_ptr<data::BlockSource>> inputs;
    for (std::size_t slot = 0; slot < job_.checked.graph.origins[index].size(); ++slot) {
      auto source = tables_.open(job_.checked.graph.origins[index][slot]);
      const auto& filter = job_.checked.steps[index].filters[slot];
      if (filter && !entry.step->takes_filter(static_cast<int>(slot))) {
        const auto path = fmt::format("{}/{}.{}.h5", scaffold_.folder().spill(), entry.id, slot);
        filtered.push_back(filter_table(communicator_, *source, *filter, path));
        source = comm::collective_try(communicator_, "open", [&] { return open_filtered(filtered.back(), source->name()); });
      }
      inputs.push_back(std::move(source));
    }
    return inputs;
  }

  /// Collective. The step's file as the output will show its tables. A file that is cheap to copy beside the time that its step
  /// took stays where it is, so that a run that is killed while it publishes does not lose it.
  void add_published(const StepEntry& entry, const StepRecord& step) {
    const auto& folder = scaffold_.folder();
    std::vector<std::string> names;
    for (const auto& table : step.tables) names.push_back(table.name);
    const auto file = folder.step_file(entry.id);
    const auto form =
        published_form(communicator_, file, names, fmt::format("{}/{}.published.h5", folder.spill(), entry.id), mode_);
    const bool stays = communicator_.broadcast_value(FinishedSteps::is_cheap_to_copy(step));
    published_.push_back({form, entry.id, form != file || !stays});
  }

  /// Collective. Digests are those of the tables as the output will show them.
  void add_digests(const StepEntry& entry, StepRecord& step) {
    const comm::StageScope stage(communicator_.statistics(), "digest");
    add_published(entry, step);
    for (auto& table : step.tables) {
      const auto source = comm::collective_try(communicator_, "open",
                                               [&] { return store::open_table(published_.back().path, "/" + table.name); });
      table.digest = store::table_digest(communicator_, *source);
    }
  }

  static std::string summary(const StepRecord& step) {
    const auto main = std::ranges::find(step.tables, step.id, &TableRecord::name);
    const auto rows = main == step.tables.end() ? 0 : main->rows;
    return fmt::format("{} row{}", base::format_count(rows), rows == 1 ? "" : "s");
  }

  void publish(const JobKinds& kinds) {
    const comm::StageScope stage(communicator_.statistics(), "publish");
    store::Publication publication;
    publication.step_files = published_;
    publication.mode = mode_;
    if (communicator_.is_root() && file_.options.output->group) publication.group = group_number(*file_.options.output->group);
    for (const auto& warning : finished_.warnings()) record_.warnings.push_back(warning);
    record_.finished = base::now();
    record_.job = file_.resolved(kinds);
    publication.manifest = comm::collective_try(communicator_, "manifest",
                                                [&] { return communicator_.is_root() ? manifest_text(record_) : std::string(); });
    stop_if_asked(communicator_);
    store::publish(communicator_, scaffold_.folder(), publication);
    is_published_ = true;
    settle();
  }

  /// Collective. What stands beside an output, once that is there.
  void settle() {
    comm::collective_try(communicator_, "output", [&] {
      if (communicator_.is_root() && !record_.part)
        settle_places(*file_.options.output, file_.output, file_.environment, progress_);
    });
    try {
      scaffold_.remove();
    } catch (const base::Error& error) {
      // The output is there and whole: what is left beside it is no failure of the run.
      progress_.warn(error.what());
    }
  }

  comm::Communicator& communicator_;
  LoadedJob& job_;
  const JobFile& file_;
  const PartSettings& part_;
  StepChoice choice_;
  std::vector<Fingerprint> fingerprints_;  ///< by step
  LastOutput last_;                        ///< what --from takes over
  Progress& progress_;
  RunRecord& record_;
  unsigned mode_;
  Scaffold& scaffold_;
  JobTables tables_;
  DueChecks checks_;
  KeepingTime keeping_;
  FinishedSteps finished_;
  std::vector<store::StepFile> published_;  ///< what makes the output
  bool is_published_ = false;
  std::optional<base::Error> first_failure_;  ///< of a step that may be left out
};

/// What import and run have in common before they begin.
RunRecord begin(comm::Communicator& communicator, const LoadedJob& job, Progress& progress) {
  RunRecord record;
  record.started = base::now();
  record.job_file = job.path;
  record.ranks = communicator.size();
  const auto& resources = job.checked.file.options.resources;
  record.grant = take_grant(communicator, resources.threads, resources.memory_per_rank);
  record.warnings = job.warnings;
  if (!record.grant.warning.empty()) record.warnings.push_back(record.grant.warning);
  for (const auto& warning : record.warnings) progress.warn(warning);
  progress.info(fmt::format("{} rank{} x {} thread{} ({}), {} a rank ({})", record.ranks, record.ranks == 1 ? "" : "s",
                            record.grant.threads, record.grant.threads == 1 ? "" : "s", record.grant.threads_from,
                            base::format_bytes(record.grant.memory), record.grant.memory_from));
  return record;
}

/// How many steps the output has: "1 step", "2 of 3 steps" where some failed.
std::string steps_text(const RunRecord& record) {
  const auto made = std::ranges::count_if(record.steps, [](const auto& step) { return step.job != "import"; });
  const auto wanted = made + std::ssize(record.failed_steps);
  return fmt::format("{}{} step{}", made == wanted ? "" : fmt::format("{} of ", made), wanted, wanted == 1 ? "" : "s");
}

}  // namespace

RunRecord run_job(comm::Communicator& communicator, LoadedJob& job, const JobKinds& kinds, const RunSettings& settings,
                  Progress& progress) {
  const auto& options = job.checked.file.options;
  if (options.steps.empty())
    throw base::job_file_error("there are no steps", job.path, "add steps, or use `fullbase import`").known_to_all();
  const auto start = Clock::now();
  auto record = begin(communicator, job, progress);
  // First of all: an output that cannot be written, or that another run is writing, is known before hours of import.
  const auto& part = settings.part;
  auto choice = first_choice(job.checked, part);
  record.part = part_record(job.checked, part, choice);
  const auto output = part_output(job.checked.file.output, part, choice);
  comm::collective_try(communicator, "output", [&] {
    if (!communicator.is_root()) return;
    check_places(*options.output);
    make_places(*options.output, output);
  });
  Scaffold scaffold(communicator, output, settings.fresh);
  try {
    import_tables(communicator, job.checked.file, record.grant, {settings.import_again, settings.key_descriptor}, progress,
                  record);
    if (!Run(communicator, job, part, std::move(choice), progress, record, scaffold).run(kinds, settings.fresh || settings.again))
      return record;
  } catch (...) {
    // Rank 0 speaks and listens before it removes what may be terabytes.
    const auto error = base::current_error();
    tell_of_imports(job.checked.file, record, progress);
    throw settings.settle ? settings.settle(error) : error;
  }
  progress.info(fmt::format("{}: {} in {:.1f} s", output, steps_text(record), base::seconds_since(start)));
  return record;
}

RunRecord run_import(comm::Communicator& communicator, LoadedJob& job, const JobKinds& kinds, const RunSettings& settings,
                     Progress& progress) {
  if (job.checked.file.options.import.empty())
    throw base::job_file_error("there is nothing to import", job.path, "add an import section").known_to_all();
  auto record = begin(communicator, job, progress);
  try {
    import_tables(communicator, job.checked.file, record.grant, {settings.import_again, settings.key_descriptor}, progress,
                  record);
  } catch (...) {
    tell_of_imports(job.checked.file, record, progress);
    throw;
  }
  record.finished = base::now();
  record.job = job.checked.file.resolved(kinds);
  return record;
}

}  // namespace fullbase::runtime
