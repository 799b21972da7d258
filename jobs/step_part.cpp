#include "jobs/step_part.hpp"

#include <algorithm>

namespace fullbase::jobs {

StepPart::StepPart(runtime::StepContext& context)
    : own_(std::make_unique<Whole>(Whole{context, context.saved_state(), {}})), step_(*own_) {
  step_.parts.push_back(this);
}

StepPart::StepPart(StepPart& whole, std::string_view name)
    : step_(whole.step_), prefix_(whole.prefix_ + std::string(name) + "/") {
  step_.parts.push_back(this);
}

StepPart::~StepPart() {
  std::erase(step_.parts, this);
}

void StepPart::end_round(const Round& round, const Save& running) const {
  step_.context.end_round(round.done, round.total, round.detail, [&](data::StateWriter& writer) {
    for (const auto* const part : step_.parts) {
      const auto& save = part == this && running ? running : part->kept_;
      if (save) save(writer, part->prefix_);
    }
  });
}

}  // namespace fullbase::jobs
