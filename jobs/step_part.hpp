// Parts of a step that takes long, each with its share of the step's checkpoints: a step that trains several times goes on in the
// training where a run was broken off.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "comm/agreement.hpp"
#include "data/state.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// What end_round() says of a round.
struct Round {
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::string detail = {};
};

/// A part lies within another, or is the step itself. Parts end in the reverse order of their beginning. All members are called
/// on every rank alike; those that say so are collective.
class StepPart {
 public:
  /// The step. Collective: takes up what a run that was broken off has left.
  explicit StepPart(runtime::StepContext& context);
  /// Within `whole`, which stays longer. The name, with those of the parts around it, is unique in the step.
  StepPart(StepPart& whole, std::string_view name);
  ~StepPart();
  StepPart(const StepPart&) = delete;
  StepPart& operator=(const StepPart&) = delete;

  runtime::StepContext& context() const noexcept { return step_.context; }
  /// What the names of this part's arrays begin with: "fold 3/machine/".
  const std::string& prefix() const noexcept { return prefix_; }

  /// Whether a run that was broken off has left this array of the part.
  bool has_left(std::string_view name) const { return step_.left && step_.left->has(prefix_ + std::string(name)); }
  /// Collective. What read(reader, prefix) makes of what was left; reading may fail. Only after has_left().
  template <class Read>
  auto read_left(const Read& read) const {
    return comm::collective_try(context().communicator(), "a checkpoint", [&] { return read(*step_.left, prefix_); });
  }

  using Save = std::function<void(data::StateWriter& writer, const std::string& prefix)>;
  /// What checkpoints hold of this part from here on, until it ends: what it has brought.
  void keep(Save save) { kept_ = std::move(save); }

  /// Collective: StepContext::end_round() of the step, whose checkpoint holds what all parts keep; of this one `running`, where
  /// it is given, in place of that.
  void end_round(const Round& round, const Save& running = {}) const;

 private:
  struct Whole {
    runtime::StepContext& context;
    std::unique_ptr<data::StateReader> left;
    std::vector<const StepPart*> parts;  ///< from the outermost in
  };

  std::unique_ptr<Whole> own_;  ///< of the step itself
  Whole& step_;
  std::string prefix_;
  Save kept_;
};

}  // namespace fullbase::jobs
