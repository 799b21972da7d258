#include "algorithms/tables/aggregate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include "algorithms/prepare/block_assembly.hpp"
#include "algorithms/prepare/block_ends.hpp"
#include "algorithms/tables/finished_groups.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "algorithms/tables/group_lines.hpp"
#include "algorithms/tables/group_passes.hpp"
#include "algorithms/tables/measure_plan.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::tables {
namespace {

std::vector<int> key_columns(const data::Schema& schema, const AggregateOptions& options) {
  std::vector<int> columns;
  for (const std::string& name : options.by) columns.push_back(schema.at(name, "by"));
  return columns;
}

void check_time(const data::Schema& schema, const AggregateOptions& options) {
  if (options.time.empty()) {
    if (!options.windows.empty())
      throw base::job_file_error("windows of time need a time", "windows", "name the column: time: ...");
    return;
  }
  const data::Field& field = schema[schema.at(options.time, "time")];
  if (field.type == data::Type::timestamp || field.type == data::Type::date) return;
  throw base::job_file_error(
      fmt::format("column '{}' is {} and cannot be the time of a line", field.name, data::type_text(field)), "time",
      "import it as a timestamp or a date");
}

}  // namespace

data::Schema Aggregate::schema(const data::Schema& input, const AggregateOptions& options,
                               const data::ExpressionEnvironment& environment) {
  check_time(input, options);
  auto schema = GroupKeys::schema(input, key_columns(input, options));
  const MeasurePlan plan(input, options, environment);
  schema.fields.insert(schema.fields.end(), plan.fields().begin(), plan.fields().end());
  return schema;
}

struct Aggregate::Implementation {
  Implementation(comm::Communicator& communicator, const data::BlockSource& from, const data::BoundExpression* filter,
                 const AggregateOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
                 data::Spill& spill, const std::function<void(std::int64_t, std::int64_t)>& progress)
      : source(from),
        plan(from.schema(), options, environment),
        keys(GroupKeys::build(communicator, from, key_columns(from.schema(), options), comm::own_rows(communicator, from.rows()),
                              budget)),
        finished(plan.fields(), budget, spill) {
    const LineReader reader(source, options, keys, plan, environment, filter);
    if (plan.needs_scales()) find_scales(communicator, reader);
    facts = add_up_groups(communicator, source, reader, keys, plan, budget, finished, progress);
  }

  void find_scales(comm::Communicator& communicator, const LineReader& reader) {
    std::vector<double> magnitudes(plan.inputs(), 0);
    comm::collective_try(communicator, "find magnitudes", [&] {
      std::mutex mutex;
      std::vector<GroupLines> lines(static_cast<std::size_t>(parallel::thread_count()));
      const auto rows = comm::own_rows(communicator, source.rows());
      parallel::scan(source, rows, reader.columns(), [&](data::Batch&& batch, int thread) {
        std::vector<double> some(magnitudes.size(), 0);
        reader.add_magnitudes(batch, lines[static_cast<std::size_t>(thread)], some);
        const std::scoped_lock lock(mutex);
        for (std::size_t i = 0; i < some.size(); ++i) magnitudes[i] = std::max(magnitudes[i], some[i]);
      });
    });
    communicator.max(std::span<double>(magnitudes));
    plan.set_scales(magnitudes, source.rows());
  }

  const data::BlockSource& source;
  MeasurePlan plan;
  GroupKeys keys;
  FinishedGroups finished;
  PassFacts facts;
};

Aggregate::Aggregate(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
                     const AggregateOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
                     data::Spill& spill, const std::function<void(std::int64_t done, std::int64_t total)>& progress)
    : implementation_(
          std::make_unique<Implementation>(communicator, source, filter, options, environment, budget, spill, progress)) {}

Aggregate::~Aggregate() = default;

std::int64_t Aggregate::rows() const noexcept {
  return implementation_->facts.groups;
}
std::int64_t Aggregate::passes() const noexcept {
  return implementation_->facts.passes;
}
std::int64_t Aggregate::filtered() const noexcept {
  return implementation_->facts.left_out.filtered;
}
std::int64_t Aggregate::missing_key() const noexcept {
  return implementation_->facts.left_out.missing_key;
}
std::int64_t Aggregate::missing_time() const noexcept {
  return implementation_->facts.left_out.missing_time;
}
std::int64_t Aggregate::after_as_of() const noexcept {
  return implementation_->facts.left_out.after_as_of;
}
std::int64_t Aggregate::missing_value() const noexcept {
  return implementation_->facts.left_out.missing_value;
}

std::vector<data::DictionaryPointer> Aggregate::dictionaries() const {
  auto all = implementation_->keys.dictionaries();
  const auto of_values = implementation_->plan.dictionaries(implementation_->source);
  all.insert(all.end(), of_values.begin(), of_values.end());
  return all;
}

std::vector<std::int32_t> Aggregate::string_widths() const {
  return implementation_->facts.longest_texts;
}

std::int64_t Aggregate::own_rows() const noexcept {
  return implementation_->finished.rows();
}

void Aggregate::read(std::span<const int> columns, const std::function<void(data::Batch&& rows)>& consume) const {
  const auto& own = *implementation_;
  own.finished.read(own.keys, own.plan.dictionaries(own.source), columns, consume);
}

void Aggregate::write(comm::Communicator& communicator, data::BlockSink& sink, const Change& change) const {
  const auto& own = *implementation_;
  const auto dictionaries = own.plan.dictionaries(own.source);
  std::vector<int> columns(own.keys.positions().size() + static_cast<std::size_t>(own.finished.values()));
  std::iota(columns.begin(), columns.end(), 0);
  const auto written = [&](data::Batch&& rows) { return change ? change(std::move(rows)) : std::move(rows); };
  prepare::BlockAssembly assembly(sink, rows());
  comm::collective_try(communicator, "write groups", [&] {
    own.finished.read(own.keys, dictionaries, columns, [&](data::Batch&& rows) { assembly.add(written(std::move(rows))); });
  });
  prepare::write_ends(communicator, assembly.take_waiting(), written(own.finished.no_rows(own.keys, dictionaries, columns)),
                      rows(), sink);
}

}  // namespace fullbase::tables
