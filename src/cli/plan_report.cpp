#include "cli/plan_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/size.hpp"
#include "cli/json_value.hpp"
#include "cli/text_table.hpp"

namespace fullbase::cli {
namespace {

using nlohmann::ordered_json;
using runtime::Certainty;

const char* mark(Certainty certainty) {
  return certainty == Certainty::estimate ? "~" : certainty == Certainty::most ? "<=" : "";
}

std::string rows_text(const runtime::RowForecast& rows) {
  if (rows.certainty == Certainty::unknown) return "not known yet";
  return mark(rows.certainty) + base::format_count(rows.rows);
}

std::string bytes_text(const std::optional<std::int64_t>& bytes) {
  return bytes ? base::format_bytes(*bytes) : "-";
}

/// "0.3 s", "12 s", "3 min 20 s", "2 h 5 min": no more digits than a forecast is worth.
std::string duration_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = std::llround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string time_text(const operations::PlannedStep& step) {
  if (!step.seconds) return "-";
  // A time by the pace alone is an order of magnitude.
  return (step.time_source == operations::TimeSource::same_step ? "" : "~") + duration_text(*step.seconds);
}

std::string times_rest_on(const operations::Plan& plan, const operations::PlanSettings& settings) {
  const auto counted = std::ranges::count(plan.steps, operations::TimeSource::same_step, &operations::PlannedStep::time_source);
  if (!settings.past || counted == 0)
    return fmt::format("by the measured pace of {} alone: right within a factor of three or so, too high where rows are bounds",
                       settings.pace->host);
  auto text = fmt::format("as in the last run ({}, {} rank{} of {} thread{})", settings.past->path, settings.past->ranks,
                          settings.past->ranks == 1 ? "" : "s", settings.past->threads, settings.past->threads == 1 ? "" : "s");
  if (settings.past->host != settings.pace->host) text += ", which ran on another machine, " + settings.past->host;
  const auto is_guessed = [](const auto& step) {
    return step.job != "import" && step.time_source != operations::TimeSource::same_step;
  };
  if (std::ranges::any_of(plan.steps, is_guessed))
    text +=
        "; times with ~, of steps that are new or have other options now, by the measured pace: right within a factor of three "
        "or so";
  return text;
}

const char* source_name(operations::TimeSource source) {
  switch (source) {
    case operations::TimeSource::same_step:
      return "same step";
    case operations::TimeSource::same_job:
      return "same job";
    case operations::TimeSource::machine:
      break;
  }
  return "machine";
}

ordered_json rows_json(const runtime::RowForecast& rows) {
  constexpr const char* names[] = {"exact", "estimate", "most", "unknown"};
  const bool is_known = rows.certainty != Certainty::unknown;
  return {{"rows", is_known ? ordered_json(rows.rows) : ordered_json()},
          {"certainty", names[static_cast<std::size_t>(rows.certainty)]}};
}

template <class T>
ordered_json optional_json(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

}  // namespace

void print_plan_text(const operations::Plan& plan, const operations::PlanSettings& settings, std::ostream& out) {
  TextTable table;
  for (const char* const title : {"step", "job", "reads", "writes"}) table.add_column(title);
  for (const char* const title :
       {"rows read", "least memory a rank", "best", "rows written", "bytes written", "bytes sent", "time"})
    table.add_column(title, TextTable::Align::right);
  for (const auto& step : plan.steps) {
    const auto memory = [&](std::int64_t bytes) {
      return bytes > 0 ? mark(step.memory_certainty) + base::format_bytes(bytes) : std::string("small");
    };
    const bool is_import = step.job == "import";
    table.add_row({(is_import ? "import." : "") + step.id, step.job, step.reads, step.writes,
                   is_import ? "-" : rows_text(step.rows), step.memory ? memory(step.memory->least) : "-",
                   step.memory ? memory(step.memory->best) : "-", rows_text(step.rows_written), bytes_text(step.bytes_written),
                   bytes_text(step.bytes_sent), time_text(step)});
  }
  table.print(out);
  if (plan.stored_bytes > 0) out << "tables that are read: " << base::format_bytes(plan.stored_bytes) << " on disk\n";
  const auto grant = base::format_bytes(settings.grant.memory);
  out << fmt::format("memory: {} a rank, {}; least {}, best {}; a process takes some {} besides\n", grant,
                     settings.grant.memory_from, base::format_bytes(plan.least_memory), base::format_bytes(plan.best_memory),
                     base::format_bytes(operations::process_memory(settings.grant.threads)));
  out << fmt::format("disk: {} in the work folder at most, {} published", base::format_bytes(plan.work_folder_bytes),
                     base::format_bytes(plan.output_bytes));
  if (plan.imported_bytes > 0) out << fmt::format(", {} imported", base::format_bytes(plan.imported_bytes));
  if (plan.free_bytes) out << fmt::format("; {} free", base::format_bytes(*plan.free_bytes));
  out << fmt::format("\nnetwork: {} sent by {} rank{}\n", base::format_bytes(plan.bytes_sent), settings.ranks,
                     settings.ranks == 1 ? "" : "s");
  if (plan.seconds) {
    out << fmt::format("time: {} on {} rank{} of {} thread{}, {}\n", duration_text(*plan.seconds), settings.ranks,
                       settings.ranks == 1 ? "" : "s", settings.grant.threads, settings.grant.threads == 1 ? "" : "s",
                       times_rest_on(plan, settings));
  } else if (settings.pace) {
    out << "time: not known yet\n";
  }
  if (!plan.is_complete)
    out << "some steps' sizes are not known before files are imported or sets are found; the sums are without them\n";
}

void print_plan_json(const operations::Plan& plan, const operations::PlanSettings& settings, std::ostream& out) {
  ordered_json steps = ordered_json::array();
  for (const auto& step : plan.steps) {
    steps.push_back({{"step", step.id},
                     {"job", step.job},
                     {"reads", step.reads},
                     {"writes", step.writes},
                     {"rows_read", rows_json(step.rows)},
                     {"rows_written", rows_json(step.rows_written)},
                     {"least_memory_bytes", step.memory ? ordered_json(step.memory->least) : ordered_json()},
                     {"best_memory_bytes", step.memory ? ordered_json(step.memory->best) : ordered_json()},
                     {"bytes_written", optional_json(step.bytes_written)},
                     {"bytes_sent", optional_json(step.bytes_sent)},
                     {"seconds", optional_json(step.seconds)},
                     {"seconds_from", step.seconds ? ordered_json(source_name(step.time_source)) : ordered_json()}});
  }
  print_json({{"ranks", settings.ranks},
              {"nodes", settings.nodes},
              {"threads", settings.grant.threads},
              {"memory_per_rank_bytes", settings.grant.memory},
              {"memory_from", settings.grant.memory_from},
              {"complete", plan.is_complete},
              {"least_memory_bytes", plan.least_memory},
              {"best_memory_bytes", plan.best_memory},
              {"process_memory_bytes", operations::process_memory(settings.grant.threads)},
              {"stored_bytes", plan.stored_bytes},
              {"imported_bytes", plan.imported_bytes},
              {"work_folder_bytes", plan.work_folder_bytes},
              {"spilled_bytes", plan.spilled_bytes},
              {"checkpoint_bytes", plan.checkpoint_bytes},
              {"output_bytes", plan.output_bytes},
              {"free_bytes", optional_json(plan.free_bytes)},
              {"bytes_sent", plan.bytes_sent},
              {"seconds", optional_json(plan.seconds)},
              {"last_run", settings.past ? ordered_json(settings.past->path) : ordered_json()},
              {"warnings", plan.warnings},
              {"steps", steps}},
             out);
}

}  // namespace fullbase::cli
