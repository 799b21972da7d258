#include "runtime/fingerprint.hpp"

#include <fmt/format.h>

#include <array>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"
#include "config/echo.hpp"
#include "runtime/process.hpp"

namespace fullbase::runtime {
namespace {

std::string sha256_text(const std::string& text) {
  const auto value = base::sha256(text);
  return base::hex(value);
}

std::string environment_text(const Environment& environment, const std::string& sample) {
  return fmt::format("{} {} {} {} {}", environment.as_of ? base::format_timestamp(*environment.as_of) : "none",
                     environment.zone.name(), environment.seed, base::time_zone_database_version(), sample);
}

}  // namespace

std::string Fingerprint::whole() const {
  return sha256_text(fmt::format("{}\n{}\n{}\n{}\n", options, environment, inputs, program));
}

std::string options_fingerprint(const StepEntry& step) {
  // What decides whether a result is shown or missed, not what it is; the moment stands in the environment.
  const std::array<std::string, 4> aside = {"publish", "required", "like", "as_of"};
  return sha256_text(step.id + "\n" + config::to_document(step.resolved.without(aside)));
}

std::vector<Fingerprint> fingerprints(comm::Communicator& communicator, const CheckedJob& job, const JobTables& tables,
                                      const PreviousOutput* previous) {
  const auto program = communicator.broadcast_text(comm::collective_try(
      communicator, "fingerprint", [&] { return communicator.is_root() ? executable_sha256() : std::string(); }));
  std::vector<Fingerprint> all(job.file.steps.size());
  for (const auto index : job.graph.order) {
    const auto& step = job.file.steps[index];
    auto& fingerprint = all[index];
    fingerprint.options = options_fingerprint(step);
    fingerprint.environment = sha256_text(environment_text(step.environment, tables.sample_text()));
    fingerprint.program = program;
    std::string inputs;
    for (const auto& origin : job.graph.origins[index]) {
      if (origin.kind == Origin::Kind::step)
        inputs += fmt::format("step {} {}\n", all[origin.step].whole(), origin.table);
      else if (origin.kind != Origin::Kind::none)
        inputs += fmt::format("table {}\n", sha256_text(tables.identity(origin)));
      else
        inputs += "none\n";
    }
    if (job.steps[index].reads_previous)
      inputs += fmt::format("previous {}\n", previous == nullptr ? std::string("none") : previous->digest());
    fingerprint.inputs = sha256_text(inputs);
  }
  return all;
}

std::string difference(const Fingerprint& before, const Fingerprint& now) {
  if (before.program != now.program) return "the program is another one";
  if (before.options != now.options) return "its options are not what they were";
  if (before.environment != now.environment) return "its as_of, time zone, seed or sample is another one";
  return "what it reads is not what it was";
}

}  // namespace fullbase::runtime
