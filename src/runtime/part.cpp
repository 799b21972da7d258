#include "runtime/part.hpp"

#include <filesystem>

#include "base/error.hpp"

namespace fullbase::runtime {
namespace {

std::string with_part(const std::string& file, const std::string& part) {
  const std::filesystem::path path(file);
  return (path.parent_path() / (path.stem().string() + "." + part + path.extension().string())).string();
}

}  // namespace

StepChoice first_choice(const CheckedJob& job, const PartSettings& part) {
  // What --from takes over is known once the tables are; that the step is there, now.
  if (part.from) from_step(job, *part.from, std::vector<Fingerprint>(job.file.steps.size()), {});
  return part.only.empty() ? all_steps(job) : only_steps(job, part.only);
}

std::optional<PartRecord> part_record(const CheckedJob& job, const PartSettings& part, const StepChoice& choice) {
  if (choice.is_complete() && !part.sample) return {};
  PartRecord record;
  if (!choice.is_complete()) record.only = part.only;
  if (!part.sample) return record;
  const auto& options = job.file.options;
  if (!part.sample_by && !options.sample)
    throw base::usage_error("the job file does not say by which column to sample", "--sample",
                            "add --sample-by customer, or sample: {by: customer} to the job")
        .known_to_all();
  record.by = part.sample_by ? *part.sample_by : options.sample->by;
  record.share = *part.sample;
  return record;
}

std::string part_output(const std::string& file, const PartSettings& part, const StepChoice& choice) {
  auto output = file;
  if (!choice.is_complete()) output = with_part(output, "only");
  if (part.sample) output = with_part(output, "sample");
  return output;
}

}  // namespace fullbase::runtime
