// What a step of a job file is to the runtime: it checks itself against the schemas of its inputs, then runs on every rank.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"
#include "data/schema.hpp"
#include "data/spill.hpp"
#include "data/state.hpp"
#include "random/generator.hpp"
#include "runtime/forecast.hpp"
#include "store/table_writer.hpp"

namespace fullbase::runtime {

class PreviousOutput;

/// What the whole job file says and every step may depend on.
struct Environment {
  std::optional<std::int64_t> as_of;  ///< UTC microseconds; rows at or after it are left out
  base::TimeZone zone = {};           ///< where days begin, and what times without offset mean
  std::int64_t seed = 0;

  data::ExpressionEnvironment expressions() const { return {as_of, zone}; }
};

/// A table that a step will write. The main table has no name: it is `/<step>` in the output, the others `/<step>/<name>`.
struct TableOutline {
  std::string name;
  data::Schema schema;
};

/// What a step sees while the job file is checked: schemas, no data. Mistakes are collected, not thrown.
class CheckContext {
 public:
  virtual ~CheckContext() = default;

  virtual const std::string& step_id() const noexcept = 0;
  virtual const Environment& environment() const noexcept = 0;
  /// Slots are numbered as JobKind::inputs() lists them, or as the step's `from` does where it names them. An optional slot may
  /// be empty.
  virtual int inputs() const noexcept = 0;
  virtual const std::string& slot_name(int slot) const = 0;
  virtual bool has_input(int slot) const noexcept = 0;
  virtual const data::Schema& input(int slot = 0) const = 0;
  /// What a slot reads, as outputs name tables: "rfm", "segments/centroids"; empty where it has no input.
  virtual std::string table_name(int slot = 0) const = 0;
  /// Whether the job names the output of the night before; and that output, null if there is none or its file is not there, which
  /// makes this a first night. A first night is no mistake: steps do without, and say the same about their tables.
  virtual bool names_previous() const noexcept = 0;
  virtual const PreviousOutput* previous() const noexcept = 0;
  /// Whether a `where` may leave rows of an input out.
  virtual bool is_filtered() const noexcept { return false; }
  /// Whether it may leave rows of this one out.
  virtual bool is_filtered(int) const noexcept { return is_filtered(); }

  /// A mistake at the step's option `path` ("k", "columns.recency_days"; "" is the step itself); its file:line:column is added.
  virtual void error(std::string_view path, std::string problem, std::string advice = {}) = 0;
  /// A name at `path` that is none of `known`: adds "did you mean ...?" where one is near.
  virtual void unknown(std::string_view path, std::string problem, std::string_view name,
                       const std::vector<std::string>& known) = 0;
  /// Something that will run but is likely not meant; shown before the run and kept in the manifest.
  virtual void warn(std::string_view path, std::string problem, std::string advice = {}) = 0;

  /// The position of an input's column; if there is none, reports it at `path` with the nearest name and returns nothing.
  std::optional<int> column(std::string_view path, std::string_view name, int slot = 0);
  /// as_of, or a mistake that says that this job needs it.
  std::optional<std::int64_t> require_as_of();
};

/// A value kept for the manifest.
using Note = std::variant<bool, std::int64_t, double, std::string>;

/// What a running step has to work with. The same calls in the same order on every rank wherever a member says "collective".
class StepContext {
 public:
  virtual ~StepContext() = default;

  virtual const std::string& step_id() const noexcept = 0;
  virtual const Environment& environment() const noexcept = 0;
  virtual comm::Communicator& communicator() noexcept = 0;

  /// An input, the step's `where` applied to it, unless takes_filter() of the step says that it does that itself.
  virtual bool has_input(int slot) const noexcept = 0;
  virtual const data::BlockSource& input(int slot = 0) const = 0;
  /// The `where` of an input that takes_filter(), checked against its schema; null where there is none.
  virtual const data::BoundExpression* filter(int slot = 0) const = 0;

  /// As CheckContext::previous().
  virtual const PreviousOutput* previous() const noexcept = 0;
  /// Collective. A table of the previous output ("segments/centroids"), opened once and kept; null where there is none.
  virtual const data::BlockSource* previous_table(std::string_view table) = 0;

  virtual data::Budget& budget() noexcept = 0;
  virtual data::Spill& spill() noexcept = 0;
  /// The key of random draws for one purpose of this step: a function of seed, step id and purpose.
  random::Key key(std::string_view purpose) const { return random::make_key(environment().seed, step_id(), purpose); }

  /// Collective. The writer of one of the tables that check() announced, of `rows` rows over all ranks, its other arguments as
  /// store::TableWriter::create takes them. The caller writes every row once and calls finish().
  virtual std::unique_ptr<store::TableWriter> create(std::string_view table, std::int64_t rows,
                                                     const std::vector<data::DictionaryPointer>& dictionaries = {},
                                                     const std::vector<std::int32_t>& string_widths = {}) = 0;
  /// Collective. Writes a whole table of which every rank holds a run of rows in `local` (base::Partition's rows).
  virtual void write_local(std::string_view table, const data::Batch& local) = 0;
  /// Collective. Writes a whole table that rank 0 holds; what other ranks pass is not looked at.
  virtual void write_small(std::string_view table, const data::Batch& root) = 0;

  /// Collective: the end of a round of work. Shows progress ("iteration 3 of at most 100, inertia 1.2e6"; total 0: unknown) and,
  /// if any rank was asked to stop, throws an error of kind `stopped` on all. One 8-byte reduction.
  ///
  /// With `save`, which puts all that the rounds so far have brought, the state is kept as a checkpoint when a stop was asked
  /// for, and now and then besides, so that it takes a small share of the time; and from here to the end of the step a request
  /// to stop is first looked for in end_round() alone. Where resources.stop_patience brings no end of a round, the work ends
  /// without its state, as elsewhere. `save` puts by what it is given, not collectively, the same each time it is called.
  virtual void end_round(std::int64_t done, std::int64_t total, std::string_view detail = {},
                         const data::SaveState& save = {}) = 0;
  /// Collective; once, before the first round. The state that a run that was broken off kept last at an end_round() of this very
  /// step: same options, inputs and program, on any ranks; null where there is none. Reading it is local work that may fail
  /// (comm::collective_try).
  virtual std::unique_ptr<data::StateReader> saved_state() = 0;
  /// Shows progress; not collective, cheap, rank 0's is shown.
  virtual void progress(std::int64_t done, std::int64_t total, std::string_view detail = {}) = 0;

  // What the manifest keeps. Values are those of the whole job, equal on every rank; rank 0's are written.
  virtual void warn(std::string message) = 0;
  virtual void note(std::string_view key, Note value) = 0;
  /// `rows` rows of the input did not take part, and why ("customer missing"); 0 rows are kept too.
  virtual void left_out(std::string_view reason, std::int64_t rows) = 0;

 protected:
  StepContext() = default;
  StepContext(const StepContext&) = delete;
  StepContext& operator=(const StepContext&) = delete;
};

/// One step of a job file, made by its JobKind from its options.
class Step {
 public:
  virtual ~Step() = default;

  /// Checks the options against the inputs' schemas and says which tables run() will write, main table first. Called once, before
  /// any data is read. After a mistake was reported the outline is still given as well as it can be, so that later steps are
  /// checked.
  virtual std::vector<TableOutline> check(CheckContext& context) = 0;

  /// True for a job that applies `where` of this slot itself, because it reads every row once anyway.
  virtual bool takes_filter(int slot) const {
    (void)slot;
    return false;
  }

  /// Bytes that a rank needs at least and would like at best to hold, for `plan`; rows by slot. {0, 0}: small.
  struct Memory {
    std::int64_t least = 0;
    std::int64_t best = 0;
  };
  virtual Memory memory(const std::vector<std::int64_t>& rows, int ranks) const {
    (void)rows, (void)ranks;
    return {};
  }

  /// What a run on so many ranks comes to, for `plan`; inputs by slot. Unless said otherwise, one pass over every input.
  virtual Forecast forecast(const std::vector<InputSize>& inputs, int ranks) const {
    (void)ranks;
    return passes_over(inputs);
  }

  /// Collective. Reads the inputs, writes every table that check() announced. Throws the same error on every rank: from an
  /// agreement, or worked out from what all ranks have and then marked so (base::Error::known_to_all), since a job goes on after
  /// an error of the data in a step that is not required only where it is certain that every rank has it.
  virtual void run(StepContext& context) = 0;

 protected:
  Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
};

}  // namespace fullbase::runtime
