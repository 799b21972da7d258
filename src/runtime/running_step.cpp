#include "runtime/running_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/contract.hpp"
#include "comm/agreement.hpp"

namespace fullbase::runtime {

RunningStep::RunningStep(const StepEntry& entry, const CheckedStep& checked, const StepSurroundings& surroundings,
                         std::vector<std::unique_ptr<data::BlockSource>> inputs)
    : entry_(entry), checked_(checked), surroundings_(surroundings), inputs_(std::move(inputs)) {
  record_.id = entry.id;
  record_.job = entry.kind->name();
  record_.published = entry.common.publish;
}

bool RunningStep::has_input(int slot) const noexcept {
  return slot >= 0 && static_cast<std::size_t>(slot) < inputs_.size() && inputs_[static_cast<std::size_t>(slot)] != nullptr;
}

const data::BlockSource& RunningStep::input(int slot) const {
  FULLBASE_EXPECTS(has_input(slot), "a job reads inputs that it has");
  return *inputs_[static_cast<std::size_t>(slot)];
}

const data::BoundExpression* RunningStep::filter(int slot) const {
  FULLBASE_EXPECTS(entry_.step->takes_filter(slot), "a job filters only what it said it would");
  const auto& filter = checked_.filters.at(static_cast<std::size_t>(slot));
  return filter ? &*filter : nullptr;
}

const data::BlockSource* RunningStep::previous_table(std::string_view table) {
  if (surroundings_.previous == nullptr) return nullptr;
  if (const auto opened = previous_.find(table); opened != previous_.end()) return opened->second.get();
  auto source = comm::collective_try(surroundings_.communicator, "open", [&]() -> std::unique_ptr<data::BlockSource> {
    return surroundings_.previous->find(table) == nullptr ? nullptr : surroundings_.previous->open(table);
  });
  return (previous_[std::string(table)] = std::move(source)).get();
}

const data::Schema& RunningStep::begin_table(std::string_view table, std::int64_t rows) {
  const auto& outlines = checked_.outlines;
  const auto outline = std::find_if(outlines.begin(), outlines.end(), [&](const auto& one) { return one.name == table; });
  FULLBASE_EXPECTS(outline != outlines.end(), "a job writes only tables that it announced");
  record_.tables.push_back({group(table).substr(1), rows, {}});
  return outline->schema;
}

store::TableOptions RunningStep::table_options(std::vector<std::int32_t> string_widths) const {
  store::TableOptions options{.string_widths = std::move(string_widths), .mode = surroundings_.mode};
  options.decimals_as_numbers = surroundings_.for_output_alone;
  if (surroundings_.for_output_alone) options.durability = store::Durability::later;
  return options;
}

std::string RunningStep::group(std::string_view table) const {
  return table.empty() ? "/" + entry_.id : fmt::format("/{}/{}", entry_.id, table);
}

std::unique_ptr<store::TableWriter> RunningStep::create(std::string_view table, std::int64_t rows,
                                                        const std::vector<data::DictionaryPointer>& dictionaries,
                                                        const std::vector<std::int32_t>& string_widths) {
  const auto& schema = begin_table(table, rows);
  return store::TableWriter::create(surroundings_.communicator, surroundings_.file, group(table), schema, rows, dictionaries,
                                    table_options(string_widths));
}

void RunningStep::write_local(std::string_view table, const data::Batch& local) {
  const auto rows = surroundings_.communicator.sum_value(local.rows.size());
  const auto& schema = begin_table(table, rows);
  store::write_local_table(surroundings_.communicator, surroundings_.file, group(table), schema, local, table_options());
}

void RunningStep::write_small(std::string_view table, const data::Batch& root) {
  const auto rows = surroundings_.communicator.broadcast_value(root.rows.size());
  const auto& schema = begin_table(table, rows);
  store::write_small_table(surroundings_.communicator, surroundings_.file, group(table), schema, root, table_options());
}

void RunningStep::end_round(std::int64_t done, std::int64_t total, std::string_view detail, const data::SaveState& save) {
  progress(done, total, detail);
  surroundings_.checkpoints.end_round(save);
  if (save && !between_rounds_) between_rounds_.emplace(surroundings_.patience);
}

void RunningStep::progress(std::int64_t done, std::int64_t total, std::string_view detail) {
  surroundings_.progress.update(done, total, detail);
}

void RunningStep::warn(std::string message) {
  surroundings_.progress.warn(fmt::format("step {}: {}", entry_.id, message));
  record_.warnings.push_back(std::move(message));
}

void RunningStep::note(std::string_view key, Note value) {
  record_.notes.emplace_back(key, std::move(value));
}

void RunningStep::left_out(std::string_view reason, std::int64_t rows) {
  record_.left_out.emplace_back(reason, rows);
}

StepRecord RunningStep::finish() {
  for (const auto& outline : checked_.outlines) {
    const auto name = group(outline.name).substr(1);
    const bool written =
        std::any_of(record_.tables.begin(), record_.tables.end(), [&](const auto& table) { return table.name == name; });
    FULLBASE_EXPECTS(written, "a job writes every table that it announced");
  }
  for (const auto& input : inputs_) {
    if (input) record_.bytes_read += input->bytes_read();
  }
  for (const auto& [name, source] : previous_) {
    if (source) record_.bytes_read += source->bytes_read();
  }
  for (const auto& warning : surroundings_.checkpoints.warnings()) record_.warnings.push_back(warning);
  record_.checkpoints = surroundings_.checkpoints.made();
  record_.checkpoint_seconds = surroundings_.checkpoints.seconds();
  record_.gone_on_from = surroundings_.checkpoints.gone_on_from();
  record_.budget_peak = surroundings_.budget.peak();
  return std::move(record_);
}

}  // namespace fullbase::runtime
