// A part of a job, or of its data: what `run --only`, `--from` and `--sample` ask for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/step_choice.hpp"

namespace fullbase::runtime {

struct PartSettings {
  std::vector<std::string> only = {};         ///< steps: they and what they need
  std::optional<std::string> from = {};       ///< a step: it and all after it; what is before is taken from the last output
  std::optional<double> sample = {};          ///< a share of the keys, in (0, 1)
  std::optional<std::string> sample_by = {};  ///< their column; nothing: the job's sample.by
};

/// The steps that can be chosen before any data is looked at: all of them, or those of `only`. Throws a usage error for a step,
/// of `from` too, that there is not.
StepChoice first_choice(const CheckedJob& job, const PartSettings& part);

/// What a run leaves out, if it does. Throws a usage error for a sample without a column.
std::optional<PartRecord> part_record(const CheckedJob& job, const PartSettings& part, const StepChoice& choice);

/// Where the output of a part goes, which never stands for the whole job's: "out/nightly.only.h5", "out/nightly.sample.h5",
/// "out/nightly.only.sample.h5" for out/nightly.h5; that itself where nothing is left out.
std::string part_output(const std::string& file, const PartSettings& part, const StepChoice& choice);

}  // namespace fullbase::runtime
