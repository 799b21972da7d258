#include "runtime/step_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "runtime/published_step.hpp"

namespace fullbase::runtime {
namespace {

std::size_t step_of(const CheckedJob& job, const std::string& id, const char* option) {
  std::vector<std::string> known;
  for (std::size_t step = 0; step < job.file.steps.size(); ++step) {
    if (job.file.steps[step].id == id) return step;
    known.push_back(job.file.steps[step].id);
  }
  throw base::usage_error(fmt::format("there is no step '{}'", id), option, base::suggestion(id, known)).known_to_all();
}

/// Why the last output cannot stand for the step; empty: it can.
std::string outdated(const StepEntry& step, const Fingerprint& now, const LastOutput& last) {
  if (last.path.empty()) return "there is no last output";
  const auto found = last.steps.find(step.id);
  if (found == last.steps.end()) return "the last output has no such step";
  if (!found->second.fingerprint) return "the last output has no fingerprint of it";
  if (*found->second.fingerprint != now) return difference(*found->second.fingerprint, now);
  if (step.common.publish != found->second.published) return "it was published, or not, otherwise";
  return {};
}

/// Why a step that reads it, or a check, cannot read the last output instead; empty: it can.
std::string unreadable(const StepEntry& step, const CheckedStep& checked) {
  if (!step.common.publish) return "it is read, and is not published";
  return is_shown_exactly(checked) ? "" : "it is read, and outputs do not hold its decimals exactly";
}

}  // namespace

bool StepChoice::is_complete() const {
  return std::find(fates.begin(), fates.end(), Fate::leave_out) == fates.end();
}

StepChoice all_steps(const CheckedJob& job) {
  const auto steps = job.file.steps.size();
  return {std::vector<Fate>(steps, Fate::run), std::vector<std::string>(steps)};
}

StepChoice only_steps(const CheckedJob& job, const std::vector<std::string>& ids) {
  auto choice = all_steps(job);
  std::fill(choice.fates.begin(), choice.fates.end(), Fate::leave_out);
  for (const auto& id : ids) choice.fates[step_of(job, id, "--only")] = Fate::run;
  for (auto step = job.graph.order.rbegin(); step != job.graph.order.rend(); ++step) {
    if (choice.fates[*step] != Fate::run) continue;
    for (const auto& origin : job.graph.origins[*step]) {
      if (origin.kind == Origin::Kind::step) choice.fates[origin.step] = Fate::run;
    }
  }
  return choice;
}

StepChoice from_step(const CheckedJob& job, const std::string& id, const std::vector<Fingerprint>& now, const LastOutput& last) {
  auto choice = all_steps(job);
  std::fill(choice.fates.begin(), choice.fates.end(), Fate::take_over);
  choice.fates[step_of(job, id, "--from")] = Fate::run;
  for (const auto step : job.graph.order) {
    for (const auto& origin : job.graph.origins[step]) {
      if (origin.kind == Origin::Kind::step && choice.fates[origin.step] == Fate::run) choice.fates[step] = Fate::run;
    }
  }
  std::vector<bool> is_read(job.file.steps.size());
  for (const auto& check : job.checks) {
    for (const auto* const origin : {&check.origin, &check.reference}) {
      if (origin->kind == Origin::Kind::step) is_read[origin->step] = true;
    }
  }
  // Readers come before what they read: only then is it known who needs the tables themselves.
  for (auto step = job.graph.order.rbegin(); step != job.graph.order.rend(); ++step) {
    const auto& entry = job.file.steps[*step];
    if (choice.fates[*step] == Fate::take_over) {
      auto why = outdated(entry, now[*step], last);
      if (why.empty() && is_read[*step]) why = unreadable(entry, job.steps[*step]);
      if (!why.empty()) choice.fates[*step] = Fate::run;
      choice.reasons[*step] = std::move(why);
    }
    if (choice.fates[*step] != Fate::run) continue;
    for (const auto& origin : job.graph.origins[*step]) {
      if (origin.kind == Origin::Kind::step) is_read[origin.step] = true;
    }
  }
  return choice;
}

}  // namespace fullbase::runtime
