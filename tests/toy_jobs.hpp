// Job kinds for tests of the runtime: one copies a column and can fail, one joins the sizes of two tables, one takes any number.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "comm/agreement.hpp"
#include "config/document.hpp"
#include "runtime/job_kind.hpp"

namespace fullbase::runtime::testing {

struct CopyOptions {
  std::string column;
  std::int64_t add = 0;
  int fail_on_rank = -1;
  bool agreed = true;
  int signal_on_rank = -1;
  bool needs_as_of = false;
  bool twice = false;
};

inline config::Description<CopyOptions> describe(config::Type<CopyOptions>) {
  return config::Description<CopyOptions>("copy", "Copies an integer column and adds to it.")
      .required("column", &CopyOptions::column, "The column.")
      .option("add", &CopyOptions::add, "What is added.", config::between(-1000, 1000))
      .option("fail_on_rank", &CopyOptions::fail_on_rank, "A rank whose work fails.")
      .option("agreed", &CopyOptions::agreed, "Whether the failure is agreed on.")
      .option("signal_on_rank", &CopyOptions::signal_on_rank, "A rank that is told to stop.")
      .option("needs_as_of", &CopyOptions::needs_as_of, "Whether as_of has to be there.")
      .option("twice", &CopyOptions::twice, "Whether the result has its column twice.");
}

class CopyStep final : public Step {
 public:
  explicit CopyStep(CopyOptions options) : options_(std::move(options)) {}

  std::vector<TableOutline> check(CheckContext& context) override {
    const auto column = context.column("column", options_.column);
    if (options_.needs_as_of) context.require_as_of();
    data::Field field{options_.column, data::Type::int64, false, 0, {}};
    if (column) {
      field = context.input()[*column];
      if (field.type != data::Type::int64)
        context.error("column", "column '" + options_.column + "' is " + data::type_text(field) + ", not int64");
    }
    field.name = "copy";
    data::Schema rows{{field}, {}};
    if (options_.twice) rows.fields.push_back(field);
    return {{"", std::move(rows)}, {"total", {{{"rows", data::Type::int64, false, 0, {}}}, {}}}};
  }

  void run(StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& input = context.input();
    const base::Partition partition(input.rows(), communicator.size());
    const auto work = [&] {
      if (communicator.rank() == options_.fail_on_rank) throw base::input_error("told to fail", input.name());
    };
    if (options_.agreed)
      comm::collective_try(communicator, "work", work);
    else
      work();
    if (communicator.rank() == options_.signal_on_rank) std::raise(SIGTERM);
    context.end_round(1, 2, "half way");
    const std::vector<int> columns = {*input.schema().find(options_.column)};
    auto batch = input.read(partition.rows_of(communicator.rank()), columns);
    data::Field field = batch.columns[0].field();
    field.name = "copy";
    auto values = std::get<std::vector<std::int64_t>>(batch.columns[0].values());
    for (auto& value : values) value += options_.add;
    context.write_local("", {batch.rows, {data::Column(field, std::move(values), batch.columns[0].mask())}});
    context.write_small("total", {{0, 1}, {data::Column({"rows", data::Type::int64, false, 0, {}}, std::vector{input.rows()})}});
    context.note("added", options_.add);
    context.warn("a toy");
  }

 private:
  CopyOptions options_;
};

struct SizesOptions {};
inline config::Description<SizesOptions> describe(config::Type<SizesOptions>) {
  return config::Description<SizesOptions>("sizes", "Rows of two tables.");
}

class SizesStep final : public Step {
 public:
  explicit SizesStep(SizesOptions) {}
  std::vector<TableOutline> check(CheckContext&) override { return {{"", {{{"rows", data::Type::int64, false, 0, {}}}, {}}}}; }
  void run(StepContext& context) override {
    std::vector<std::int64_t> rows = {context.input(0).rows(), context.has_input(1) ? context.input(1).rows() : -1};
    context.write_small("", {{0, 2}, {data::Column({"rows", data::Type::int64, false, 0, {}}, std::move(rows))}});
  }
};

/// Says which inputs the job file named, as columns of a table without rows.
struct NamesOptions {};
inline config::Description<NamesOptions> describe(config::Type<NamesOptions>) {
  return config::Description<NamesOptions>("names", "Names of any number of tables.");
}

class NamesStep final : public Step {
 public:
  explicit NamesStep(NamesOptions) {}
  std::vector<TableOutline> check(CheckContext& context) override {
    data::Schema schema;
    for (int slot = 0; slot < context.inputs(); ++slot)
      schema.fields.push_back({context.slot_name(slot), data::Type::int64, false, 0, {}});
    return {{"", std::move(schema)}};
  }
  void run(StepContext&) override {}
};

/// Says which tables its inputs are, as columns of a table without rows; a step in its second slot stands for its `total`.
struct TotalsOptions {};
inline config::Description<TotalsOptions> describe(config::Type<TotalsOptions>) {
  return config::Description<TotalsOptions>("totals", "A table and a total.");
}

class TotalsStep final : public Step {
 public:
  explicit TotalsStep(TotalsOptions) {}
  std::vector<TableOutline> check(CheckContext& context) override {
    data::Schema schema;
    for (int slot = 0; slot < context.inputs(); ++slot) {
      if (context.has_input(slot))
        schema.fields.push_back({context.slot_name(slot) + " " + context.table_name(slot), data::Type::int64, false, 0, {}});
    }
    return {{"", std::move(schema)}};
  }
  void run(StepContext&) override {}
};

/// Values of rows that change from round to round, by what all of them sum to; its state can be kept.
struct RoundsOptions {
  std::int64_t rounds = 10;
};
inline config::Description<RoundsOptions> describe(config::Type<RoundsOptions>) {
  return config::Description<RoundsOptions>("rounds", "Rounds of work.").option("rounds", &RoundsOptions::rounds, "How many.");
}

class RoundsStep final : public Step {
 public:
  /// What is not to alter a result, so no option: the round in which the last rank is told to stop, and the rounds worked in all
  /// runs, of rank 0.
  static inline int stop_in = 0;
  static inline int worked = 0;

  explicit RoundsStep(RoundsOptions options) : options_(options) {}
  std::vector<TableOutline> check(CheckContext&) override { return {{"", {{{"value", data::Type::int64, false, 0, {}}}, {}}}}; }
  void run(StepContext& context) override {
    auto& communicator = context.communicator();
    const auto rows = context.input().rows();
    const auto local = base::Partition(rows, communicator.size()).rows_of(communicator.rank());
    std::vector<std::int64_t> values;
    for (auto row = local.first; row < local.last; ++row) values.push_back(row);
    std::vector<double> history;
    if (const auto saved = context.saved_state()) {
      comm::collective_try(communicator, "state", [&] {
        values = saved->get_rows<std::int64_t>("values", 1, local);
        history = saved->get<double>("history");
      });
    }
    for (auto round = std::ssize(history) + 1; round <= options_.rounds; ++round) {
      std::int64_t sum = 0;
      for (const auto value : values) sum += value;
      sum = communicator.sum_value(sum);
      for (auto& value : values) value = (3 * value + sum + round) % 1000003;
      history.push_back(static_cast<double>(sum));
      if (communicator.is_root()) ++worked;
      if (round == stop_in && communicator.rank() == communicator.size() - 1) std::raise(SIGTERM);
      context.end_round(round, options_.rounds, "", [&](data::StateWriter& writer) {
        writer.put_rows("values", rows, 1, local, values);
        writer.put("history", history);
      });
    }
    context.write_local("", {local, {data::Column({"value", data::Type::int64, false, 0, {}}, std::move(values))}});
  }

 private:
  RoundsOptions options_;
};

inline const JobKinds& toy_kinds() {
  static const JobKinds kinds = {
      make_job_kind<CopyOptions, CopyStep>(),
      make_job_kind<SizesOptions, SizesStep>({{"left", "One table.", true}, {"right", "Another.", false}}),
      make_job_kind<RoundsOptions, RoundsStep>(),
      make_job_kind<NamesOptions, NamesStep>({{.name = "table", .doc = "Any.", .named_by_job = true}}),
      make_job_kind<TotalsOptions, TotalsStep>(
          {{.name = "table", .doc = "Any."}, {.name = "total", .doc = "One.", .required = false, .default_table = "total"}}),
  };
  return kinds;
}

}  // namespace fullbase::runtime::testing
