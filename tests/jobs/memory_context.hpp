// A step that runs in memory.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "memory_spill.hpp"
#include "memory_state.hpp"
#include "runtime/step.hpp"

namespace fullbase::testing {

/// What parts of a step ask of it: a key, memory, a place for tables, and one for checkpoints.
class MemoryContext final : public runtime::StepContext {
 public:
  explicit MemoryContext(comm::Communicator& communicator, const Interruption& interruption = {}, std::int64_t bytes = 1 << 26)
      : communicator_(communicator), interruption_(interruption), budget_(bytes) {}

  const std::string& step_id() const noexcept override { return id_; }
  const runtime::Environment& environment() const noexcept override { return environment_; }
  comm::Communicator& communicator() noexcept override { return communicator_; }
  bool has_input(int) const noexcept override { return false; }
  const data::BlockSource& input(int) const override { throw base::internal_error("there is no input"); }
  const data::BoundExpression* filter(int) const override { return nullptr; }
  const runtime::PreviousOutput* previous() const noexcept override { return nullptr; }
  const data::BlockSource* previous_table(std::string_view) override { return nullptr; }
  data::Budget& budget() noexcept override { return budget_; }
  data::Spill& spill() noexcept override { return spill_; }
  std::unique_ptr<store::TableWriter> create(std::string_view, std::int64_t, const std::vector<data::DictionaryPointer>&,
                                             const std::vector<std::int32_t>&) override {
    throw base::internal_error("there is no file");
  }
  void write_local(std::string_view, const data::Batch&) override {}
  void write_small(std::string_view table, const data::Batch& root) override { tables[std::string(table)] = root; }
  /// Keeps every state.
  void end_round(std::int64_t, std::int64_t, std::string_view, const data::SaveState& save) override {
    ++rounds;
    if (save && interruption_.states != nullptr) keep_state(communicator_, *interruption_.states, save);
  }
  std::unique_ptr<data::StateReader> saved_state() override {
    if (interruption_.resume == nullptr) return nullptr;
    return std::make_unique<BorrowedState>(*interruption_.resume);
  }
  void progress(std::int64_t, std::int64_t, std::string_view) override {}
  void warn(std::string) override {}
  void note(std::string_view, runtime::Note) override {}
  void left_out(std::string_view, std::int64_t) override {}

  std::map<std::string, data::Batch> tables;
  int rounds = 0;

 private:
  std::string id_ = "churn";
  runtime::Environment environment_;
  comm::Communicator& communicator_;
  Interruption interruption_;
  data::Budget budget_;
  MemorySpill spill_;
};

}  // namespace fullbase::testing
