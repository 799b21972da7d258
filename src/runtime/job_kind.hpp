// A job kind: what `job: kmeans` in a job file names. jobs/<kind>.cpp has one page a kind; jobs/registry.hpp lists them all.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/description.hpp"
#include "runtime/step.hpp"

namespace fullbase::runtime {

/// An input of a job. With one slot a job file writes `from: sales`; with several `from: {lines: sales, customers: rfm}`, and
/// `where` likewise.
struct InputSlot {
  std::string name;
  std::string doc;
  bool required = true;
  /// The one slot of a kind whose inputs the job file names itself: `from: {customers: customers, rfm: rfm}`; slots are in its
  /// order.
  bool named_by_job = false;
  /// The table of a step that its id alone stands for in this slot, as `model: churn` for `model: churn.model`; "": the main one.
  std::string default_table = {};
};

/// A step as its options make it, and the options with their defaults filled in, as the manifest shows them.
struct ParsedStep {
  std::unique_ptr<Step> step;
  config::Node resolved;
};

class JobKind {
 public:
  virtual ~JobKind() = default;

  /// The job's own keys; the keys that every step has (job, from, where, ...) are the runtime's. The description's name is what
  /// `job:` says, the first line of its doc the summary: "Recency, frequency and monetary value of each customer".
  virtual const config::AnyDescription& options() const noexcept = 0;
  virtual const std::vector<InputSlot>& inputs() const noexcept = 0;
  /// Whether a step has as many inputs as its `from` names, under those names.
  bool names_inputs() const noexcept { return inputs().size() == 1 && inputs().front().named_by_job; }
  /// A step from its mapping in the job file, which holds the job's own keys alone. Mistakes go to `diagnostics`; after one the
  /// step is made of what was right and the defaults of the rest, so that the steps after it are checked too.
  virtual ParsedStep parse(const config::Node& node, config::Diagnostics& diagnostics) const = 0;

  const std::string& name() const noexcept { return options().name(); }
  std::string summary() const { return options().doc().substr(0, options().doc().find('\n')); }

 protected:
  JobKind() = default;
  JobKind(const JobKind&) = delete;
  JobKind& operator=(const JobKind&) = delete;
};

using JobKinds = std::vector<std::shared_ptr<const JobKind>>;

/// The kind whose steps are `StepOf(Options)`, its options described by `describe(config::Type<Options>)` or by `description`.
template <class Options, class StepOf>
std::shared_ptr<const JobKind> make_job_kind(config::Description<Options> description,
                                             std::vector<InputSlot> inputs = {{"table", "The table to work on.", true}}) {
  class Described final : public JobKind {
   public:
    Described(config::Description<Options> description, std::vector<InputSlot> inputs)
        : description_(std::move(description)), inputs_(std::move(inputs)) {}
    const config::AnyDescription& options() const noexcept override { return description_; }
    const std::vector<InputSlot>& inputs() const noexcept override { return inputs_; }
    ParsedStep parse(const config::Node& node, config::Diagnostics& diagnostics) const override {
      // Unknown keys were reported when the job file was read as a whole.
      Options options = description_.parse_own(node, diagnostics);
      config::Node resolved = description_.show(options);
      return {std::make_unique<StepOf>(std::move(options)), std::move(resolved)};
    }

   private:
    config::Description<Options> description_;
    std::vector<InputSlot> inputs_;
  };
  return std::make_shared<const Described>(std::move(description), std::move(inputs));
}
template <config::Described Options, class StepOf>
std::shared_ptr<const JobKind> make_job_kind(std::vector<InputSlot> inputs = {{"table", "The table to work on.", true}}) {
  return make_job_kind<Options, StepOf>(describe(config::Type<Options>{}), std::move(inputs));
}

}  // namespace fullbase::runtime
