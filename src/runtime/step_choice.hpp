// Which steps of a job run, where the command line asks for a part of them.
#pragma once

#include <string>
#include <vector>

#include "runtime/fingerprint.hpp"
#include "runtime/last_output.hpp"

namespace fullbase::runtime {

enum class Fate {
  run,
  take_over,  ///< from the last output; of a step that is not published, what the manifest says of it
  leave_out,
};

struct StepChoice {
  std::vector<Fate> fates;           ///< by step
  std::vector<std::string> reasons;  ///< by step: why one runs that was to be taken over; empty for others

  bool is_complete() const;
};

/// All of them.
StepChoice all_steps(const CheckedJob& job);
/// `--only`: these steps and what they need. Throws a usage error for a name that is no step's.
StepChoice only_steps(const CheckedJob& job, const std::vector<std::string>& ids);
/// `--from`: the step and all that depend on it run; every other one is taken over from the last output if its fingerprint there
/// is the one that it has now, else it runs too. So does one that is read by a step or check at work, where the output does not
/// hold its tables as they are between steps: it is not published, or has decimals. Throws as above.
StepChoice from_step(const CheckedJob& job, const std::string& id, const std::vector<Fingerprint>& now, const LastOutput& last);

}  // namespace fullbase::runtime
