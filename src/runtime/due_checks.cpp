#include "runtime/due_checks.hpp"

#include <algorithm>
#include <utility>

#include "runtime/signals.hpp"

namespace fullbase::runtime {

DueChecks::DueChecks(comm::Communicator& communicator, const LoadedJob& job, JobTables& tables, std::int64_t memory,
                     Progress& progress)
    : communicator_(communicator),
      job_(job),
      tables_(tables),
      memory_(memory),
      progress_(progress),
      records_(job.checked.checks.size()) {}

void DueChecks::look(const std::vector<StepRecord>& steps) {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const auto& check = job_.checked.checks[i];
    if (records_[i] || !tables_.is_there(check.origin) || !tables_.is_there(check.reference)) continue;
    const StepRecord* step = nullptr;
    if (check.origin.kind == Origin::Kind::step) {
      const auto& id = job_.checked.file.steps[check.origin.step].id;
      const auto made =
          std::find_if(steps.begin(), steps.end(), [&](const auto& one) { return one.id == id && one.job != "import"; });
      if (made != steps.end()) step = &*made;
    }
    try {
      const auto table = tables_.open(check.origin);
      const auto reference = tables_.open(check.reference);
      data::Budget budget(memory_);
      records_[i] = run_check(communicator_, check, *table, reference.get(), step, budget);
    } catch (...) {
      const auto error = base::current_error();
      if (error.kind() == base::ErrorKind::stopped) throw error;
      throw error.within("check " + check.table + ": " + check.name);
    }
    if (!records_[i]->passed && records_[i]->severity == "warn") progress_.warn("check " + check_text(*records_[i]));
    stop_if_asked(communicator_);
  }
}

void DueChecks::tell() {
  for (const auto& record : records_) {
    if (record && !record->passed && record->severity == "error") progress_.warn("check " + check_text(*record));
  }
}

std::vector<CheckRecord> DueChecks::finish(const std::string& why_skipped) const {
  std::vector<CheckRecord> records;
  for (std::size_t i = 0; i < records_.size(); ++i)
    records.push_back(records_[i] ? *records_[i] : skipped_check(job_.checked.checks[i], why_skipped));
  return records;
}

}  // namespace fullbase::runtime
