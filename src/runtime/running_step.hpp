// A step while it runs: its inputs opened and filtered, its tables written into the work folder, what it says kept for the
// manifest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/budget.hpp"
#include "data/spill.hpp"
#include "parallel/unstoppable.hpp"
#include "runtime/job_check.hpp"
#include "runtime/manifest.hpp"
#include "runtime/progress.hpp"
#include "runtime/step_checkpoints.hpp"

namespace fullbase::runtime {

/// What a step is given by its run.
struct StepSurroundings {
  comm::Communicator& communicator;
  const Environment& environment;
  Progress& progress;
  data::Budget& budget;
  data::Spill& spill;
  StepCheckpoints& checkpoints;
  const PreviousOutput* previous;
  std::string file;  ///< HDF5 file that its tables are written to
  unsigned mode = 0600;
  parallel::Patience patience = {};  ///< once a stop is asked for, of a step that ends rounds
  bool for_output_alone = false;  ///< nothing else reads its tables: they are written as the output shows them, and last with it
};

class RunningStep final : public StepContext {
 public:
  /// `inputs` by slot, null where an optional one was left out; `filters` for slots that the step filters itself.
  RunningStep(const StepEntry& entry, const CheckedStep& checked, const StepSurroundings& surroundings,
              std::vector<std::unique_ptr<data::BlockSource>> inputs);

  const std::string& step_id() const noexcept override { return entry_.id; }
  const Environment& environment() const noexcept override { return surroundings_.environment; }
  comm::Communicator& communicator() noexcept override { return surroundings_.communicator; }
  bool has_input(int slot) const noexcept override;
  const data::BlockSource& input(int slot) const override;
  const data::BoundExpression* filter(int slot) const override;
  const PreviousOutput* previous() const noexcept override { return surroundings_.previous; }
  const data::BlockSource* previous_table(std::string_view table) override;
  data::Budget& budget() noexcept override { return surroundings_.budget; }
  data::Spill& spill() noexcept override { return surroundings_.spill; }

  std::unique_ptr<store::TableWriter> create(std::string_view table, std::int64_t rows,
                                             const std::vector<data::DictionaryPointer>& dictionaries,
                                             const std::vector<std::int32_t>& string_widths) override;
  void write_local(std::string_view table, const data::Batch& local) override;
  void write_small(std::string_view table, const data::Batch& root) override;

  void end_round(std::int64_t done, std::int64_t total, std::string_view detail, const data::SaveState& save) override;
  std::unique_ptr<data::StateReader> saved_state() override { return surroundings_.checkpoints.newest(); }
  void progress(std::int64_t done, std::int64_t total, std::string_view detail) override;
  void warn(std::string message) override;
  void note(std::string_view key, Note value) override;
  void left_out(std::string_view reason, std::int64_t rows) override;

  /// What it wrote and said. An internal error if a table that check() announced is missing.
  StepRecord finish();

 private:
  const data::Schema& begin_table(std::string_view table, std::int64_t rows);
  std::string group(std::string_view table) const;
  store::TableOptions table_options(std::vector<std::int32_t> string_widths = {}) const;

  const StepEntry& entry_;
  const CheckedStep& checked_;
  StepSurroundings surroundings_;
  std::vector<std::unique_ptr<data::BlockSource>> inputs_;
  std::map<std::string, std::unique_ptr<data::BlockSource>, std::less<>> previous_;
  std::optional<parallel::Unstoppable> between_rounds_;  ///< once a round was ended whose state can be kept
  StepRecord record_;
};

}  // namespace fullbase::runtime
