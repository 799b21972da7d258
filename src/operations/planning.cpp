#include "operations/planning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include "base/size.hpp"
#include "data/column.hpp"
#include "operations/planned_sizes.hpp"
#include "operations/step_times.hpp"
#include "runtime/fingerprint.hpp"
#include "store/file.hpp"

namespace fullbase::operations {
namespace {

std::string reads(const runtime::StepEntry& step, const std::vector<runtime::Origin>& origins) {
  std::vector<std::string> names;
  for (const auto& origin : origins) {
    if (!origin.text.empty()) names.push_back(origin.text);
  }
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  for (const auto& [slot, where] : step.common.where) text += " where " + where.value;
  return text;
}

std::string writes(const runtime::StepEntry& step, const runtime::CheckedStep& checked) {
  std::vector<std::string> names;
  for (const auto& outline : checked.outlines) names.push_back(outline.name.empty() ? step.id : step.id + "/" + outline.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Bytes of a row in a file; texts, whose lengths only the data tells, count 16.
double row_bytes(const data::Schema& schema) {
  double bytes = 0;
  for (const auto& field : schema.fields) {
    const auto value = data::value_bytes(field.type);
    bytes += value > 0 ? static_cast<double>(value) : 16;
    if (field.nullable && data::has_mask(field.type)) bytes += 1;
  }
  return bytes;
}

/// A table's attributes, dictionaries and checksums, whatever its rows; in a checkpoint the histories of rounds.
constexpr double bytes_beside_rows = 16 << 10;
/// The two newest stay while one is made.
constexpr double checkpoints_there = 3;
/// Work of an import, in values: a byte of text is looked at some times before it is a value.
constexpr double values_a_byte = 0.6;

runtime::Forecast import_work(double bytes) {
  return {.values = values_a_byte * bytes};
}

class Planning {
 public:
  Planning(const runtime::LoadedJob& job, const PlanSettings& settings)
      : job_(job), checked_(job.checked), settings_(settings), sizes_(job, settings.past) {}

  Plan plan() {
    for (const auto& import : sizes_.imports()) add_import(import);
    for (const auto index : checked_.graph.order) add_step(index);
    // What needs the past's figures of every step comes after all of them.
    if (settings_.pace) tell_times(plan_.steps, work_, settings_);
    add_up();
    if (settings_.nodes > settings_.ranks)
      plan_.warnings.push_back(fmt::format("{} machines are more than {} rank{} can be spread over: some have nothing to do",
                                           settings_.nodes, settings_.ranks, settings_.ranks == 1 ? "" : "s"));
    return std::move(plan_);
  }

 private:
  void add_import(const ImportSize& import) {
    PlannedStep planned;
    planned.id = import.table;
    planned.job = "import";
    if (!import.problem.empty())
      plan_.warnings.push_back(fmt::format("import.{}: a run will fail: {}", import.table, import.problem));
    planned.reads = import.files == 0 ? "files" : fmt::format("{} file{}", import.files, import.files == 1 ? "" : "s");
    if (import.files > 0)
      planned.reads += import.new_bytes == 0 ? ", unchanged" : ", " + base::format_bytes(import.new_bytes) + " new";
    planned.writes = "the store's " + import.table;
    planned.rows_written = import.rows;
    planned.memory = runtime::Step::Memory{};
    planned.memory_certainty = runtime::Certainty::exact;
    planned.bytes_sent = 0;
    StepWork work;
    if (import.files > 0) work.now = import_work(import.new_text_bytes);
    const auto* const past = past_step(settings_.past, import.table, "import");
    if (past != nullptr && past->bytes_read > 0 && import.new_bytes > 0)
      work.then =
          import_work(static_cast<double>(past->bytes_read) * import.new_text_bytes / static_cast<double>(import.new_bytes));
    const auto* const table = store_schema(import.table);
    if (import.new_bytes == 0 && import.files > 0) {
      planned.bytes_written = 0;
    } else if (table != nullptr && import.rows.certainty != runtime::Certainty::unknown) {
      planned.bytes_written = std::llround(row_bytes(*table) * static_cast<double>(import.rows.rows));
    }
    plan_.steps.push_back(std::move(planned));
    work_.push_back(std::move(work));
  }

  const data::Schema* store_schema(const std::string& table) const {
    const auto found = job_.tables.store.find(table);
    return found == job_.tables.store.end() || !found->second ? nullptr : &*found->second;
  }

  void add_step(std::size_t index) {
    const auto& entry = checked_.file.steps[index];
    const auto& origins = checked_.graph.origins[index];
    PlannedStep planned;
    planned.id = entry.id;
    planned.job = entry.kind->name();
    planned.reads = reads(entry, origins);
    planned.writes = writes(entry, checked_.steps[index]);
    planned.is_published = entry.common.publish;
    std::vector<runtime::InputSize> inputs, then;
    std::vector<std::int64_t> rows;
    // With other options it was other work, and how much the formulas do not tell.
    const auto* const past_one = past_step(settings_.past, entry.id, entry.kind->name());
    bool is_past_known =
        past_one != nullptr && (past_one->options.empty() || past_one->options == runtime::options_fingerprint(entry));
    auto certainty = runtime::Certainty::exact;
    double filtered = 0;  // bytes of copies without the rows that a condition leaves out
    for (std::size_t slot = 0; slot < origins.size(); ++slot) {
      const auto& origin = origins[slot];
      if (origin.kind == runtime::Origin::Kind::store_table) stored_.insert(origin.name);
      auto size = sizes_.rows(origin);
      if (slot == 0) planned.rows = size;
      rows.push_back(size.rows);
      certainty = std::max(certainty, size.certainty);
      if (checked_.steps[index].filters[slot] && size.certainty < runtime::Certainty::most)
        size.certainty = runtime::Certainty::most;
      const auto* const schema = checked_.schema(origin, job_.tables);
      const int columns = schema == nullptr ? 0 : schema->columns();
      if (schema != nullptr && checked_.steps[index].filters[slot] && !entry.step->takes_filter(static_cast<int>(slot)))
        filtered += row_bytes(*schema) * static_cast<double>(size.rows);
      inputs.push_back({size, columns, sizes_.categories(origin)});
      const auto past = sizes_.past_rows(origin);
      is_past_known = is_past_known && past.has_value();
      then.push_back({{past.value_or(0), runtime::Certainty::exact}, columns, inputs.back().categories});
    }
    StepWork work;
    if (certainty != runtime::Certainty::unknown) {
      planned.memory = entry.step->memory(rows, settings_.ranks);
      planned.memory_certainty = certainty;
      work.now = entry.step->forecast(inputs, settings_.ranks);
      if (is_past_known) work.then = entry.step->forecast(then, settings_.past->ranks);
    }
    if (planned.memory)
      filtered += static_cast<double>(std::max<std::int64_t>(0, planned.memory->best - settings_.grant.memory)) * settings_.ranks;
    plan_.spilled_bytes = std::max(plan_.spilled_bytes, static_cast<std::int64_t>(filtered));
    if (work.now && work.now->state_bytes > 0)
      plan_.checkpoint_bytes = std::max<std::int64_t>(
          plan_.checkpoint_bytes, std::llround(checkpoints_there * (work.now->state_bytes + bytes_beside_rows)));
    tell_tables(index, inputs, then, work, planned);
    plan_.steps.push_back(std::move(planned));
    work_.push_back(std::move(work));
  }

  /// Rows of the step's tables, and what they take.
  void tell_tables(std::size_t index, const std::vector<runtime::InputSize>& inputs, const std::vector<runtime::InputSize>& then,
                   const StepWork& work, PlannedStep& planned) {
    const auto& entry = checked_.file.steps[index];
    const auto* const past = work.then ? past_step(settings_.past, entry.id, entry.kind->name()) : nullptr;
    const double growth = past == nullptr || then.empty() || then.front().rows.rows == 0
                              ? 1
                              : static_cast<double>(inputs.front().rows.rows) / static_cast<double>(then.front().rows.rows);
    double bytes = 0;
    bool is_known = work.now.has_value();
    for (const auto& outline : checked_.steps[index].outlines) {
      auto rows = runtime::RowForecast{};
      if (work.now) rows = table_rows(*work.now, outline.name, inputs);
      if (past != nullptr && rows.certainty > runtime::Certainty::estimate) {
        const auto name = outline.name.empty() ? entry.id : entry.id + "/" + outline.name;
        const auto found = past->rows.find(name);
        // What few rows tell (centroids, measures) does not grow with the data.
        constexpr std::int64_t few = 1000;
        if (found != past->rows.end())
          rows = {found->second < few ? found->second : std::llround(growth * static_cast<double>(found->second)),
                  runtime::Certainty::estimate};
      }
      sizes_.set(index, outline.name, rows);
      if (outline.name.empty()) planned.rows_written = rows;
      is_known = is_known && rows.certainty != runtime::Certainty::unknown;
      bytes += row_bytes(outline.schema) * static_cast<double>(rows.rows) + bytes_beside_rows;
    }
    if (past != nullptr && past->bytes_written > 0) {
      planned.bytes_written = std::llround(growth * static_cast<double>(past->bytes_written));
    } else if (is_known) {
      planned.bytes_written = std::llround(bytes);
    }
    if (!work.now) return;
    planned.bytes_sent = std::llround(work.now->bytes_sent);
    if (past != nullptr && past->seconds > 0 && settings_.past->ranks == settings_.ranks)
      planned.bytes_sent = std::llround(growth * static_cast<double>(past->bytes_sent));
  }

  static runtime::RowForecast table_rows(const runtime::Forecast& forecast, const std::string& table,
                                         const std::vector<runtime::InputSize>& inputs) {
    if (const auto found = forecast.tables.find(table); found != forecast.tables.end()) return found->second;
    if (inputs.empty()) return {};
    return {inputs.front().rows.rows, std::max(runtime::Certainty::most, inputs.front().rows.certainty)};
  }

  void add_up() {
    std::int64_t published = 0, largest = 0;
    double seconds = 0.3;  // ranks start, the job file is read
    for (const auto& step : plan_.steps) {
      plan_.is_complete = plan_.is_complete && step.memory && step.bytes_written && step.bytes_sent;
      const auto bytes = step.bytes_written.value_or(0);
      (step.job == "import" ? plan_.imported_bytes : plan_.work_folder_bytes) += bytes;
      if (step.is_published) {
        published += bytes;
        largest = std::max(largest, bytes);
      }
      plan_.bytes_sent += step.bytes_sent.value_or(0);
      seconds += step.seconds.value_or(0);
      if (!step.memory) continue;
      plan_.least_memory = std::max(plan_.least_memory, step.memory->least);
      plan_.best_memory = std::max(plan_.best_memory, step.memory->best);
    }
    plan_.output_bytes = published;
    // The largest step's file becomes the output; the others are copied into it.
    plan_.work_folder_bytes += published - largest + plan_.spilled_bytes + plan_.checkpoint_bytes;
    plan_.stored_bytes = sizes_.stored_bytes(stored_);
    if (settings_.pace && std::ranges::all_of(plan_.steps, [](const auto& step) { return step.seconds.has_value(); })) {
      const auto& pace = *settings_.pace;
      plan_.seconds = seconds + static_cast<double>(published - largest) / pace.written_bytes +
                      static_cast<double>(published) / pace.digested_bytes + 6 * pace.sync_seconds;
    }
    tell_room();
  }

  /// Whether the disk that takes the work folder has room for it.
  void tell_room() {
    if (checked_.file.output.empty()) return;
    std::filesystem::path folder = store::folder_of(checked_.file.output);
    std::error_code error;
    while (!std::filesystem::is_directory(folder, error) && folder.has_parent_path() && folder != folder.parent_path())
      folder = folder.parent_path();
    const auto space = std::filesystem::space(folder.empty() ? "." : folder, error);
    if (error) return;
    plan_.free_bytes = static_cast<std::int64_t>(std::min<std::uintmax_t>(space.available, std::uintmax_t{1} << 62U));
    if (plan_.work_folder_bytes <= *plan_.free_bytes) return;
    plan_.warnings.push_back(
        fmt::format("the work folder takes up to {}, and {} has {} free: make room, or let output.file name another disk",
                    base::format_bytes(plan_.work_folder_bytes), folder.empty() ? "." : folder.string(),
                    base::format_bytes(*plan_.free_bytes)));
  }

  const runtime::LoadedJob& job_;
  const runtime::CheckedJob& checked_;
  const PlanSettings& settings_;
  PlannedSizes sizes_;
  Plan plan_;
  std::vector<StepWork> work_;    ///< as Plan::steps
  std::set<std::string> stored_;  ///< tables of the store that steps read
};

}  // namespace

std::int64_t process_memory(int threads) {
  return (std::int64_t{128} << 20) + threads * (std::int64_t{8} << 20);
}

runtime::Grant planned_grant(int ranks, int nodes, std::optional<int> threads, std::optional<std::int64_t> memory_per_rank) {
  const auto here = runtime::Surroundings::here();
  const runtime::Neighbours neighbours{(ranks + nodes - 1) / nodes, static_cast<int>(here.cpus.size())};
  return grant(here, neighbours, threads, memory_per_rank);
}

Plan plan_job(const runtime::LoadedJob& job, const PlanSettings& settings) {
  return Planning(job, settings).plan();
}

std::string check_memory(const Plan& plan, const PlanSettings& settings) {
  std::string warning;
  for (const auto& step : plan.steps) {
    if (!step.memory || step.memory->least <= settings.grant.memory) continue;
    const auto problem =
        fmt::format("step {} needs {} a rank at least, and a rank has {} ({})", step.id, base::format_bytes(step.memory->least),
                    base::format_bytes(settings.grant.memory), settings.grant.memory_from);
    const auto advice = fmt::format(
        "set resources.memory_per_rank (--memory) to {} or more where the machine has it, or plan more "
        "ranks on more machines (--ranks, --nodes)",
        base::format_bytes(step.memory->least + step.memory->least / 20));
    if (step.memory_certainty <= runtime::Certainty::estimate) throw base::job_file_error(problem, "steps." + step.id, advice);
    if (warning.empty()) warning = problem + " if it reads as many rows as it may: " + advice;
  }
  return warning;
}

}  // namespace fullbase::operations
