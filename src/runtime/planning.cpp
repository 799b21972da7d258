#include "runtime/planning.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>

#include "store/store.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

/// Rows of the tables that are there already.
class KnownRows {
 public:
  explicit KnownRows(const JobFile& job) : job_(job) {
    if (job.options.store) store_ = store::Store::open(*job.options.store);
    for (const auto& [name, table] : job.options.import) imported_.insert(name.value);
  }

  std::optional<std::int64_t> rows(const Origin& origin) const {
    if (origin.kind == Origin::Kind::input) {
      for (const auto& [name, input] : job_.options.inputs) {
        if (name.value == origin.name) return store::open_table(input.file, input.table, job_.options.timezone.value)->rows();
      }
    }
    // What an import will add is not known, so neither is the sum.
    if (origin.kind != Origin::Kind::store_table || imported_.contains(origin.name) || !store_->has(origin.name)) return {};
    return store_->at(origin.name).rows();
  }

  std::int64_t bytes(const std::set<std::string>& tables) const {
    std::int64_t bytes = 0;
    for (const auto& table : tables) {
      if (!store_ || !store_->has(table)) continue;
      for (const auto& part : store_->at(table).parts) {
        std::error_code error;
        const auto size = std::filesystem::file_size(store_->part_path(part), error);
        if (!error) bytes += static_cast<std::int64_t>(size);
      }
    }
    return bytes;
  }

 private:
  const JobFile& job_;
  std::optional<store::Store> store_;
  std::set<std::string> imported_;
};

std::string reads(const StepEntry& step, const std::vector<Origin>& origins) {
  std::vector<std::string> names;
  for (const auto& origin : origins) {
    if (!origin.text.empty()) names.push_back(origin.text);
  }
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  for (const auto& [slot, where] : step.common.where) text += " where " + where.value;
  return text;
}

std::string writes(const StepEntry& step, const CheckedStep& checked) {
  std::vector<std::string> names;
  for (const auto& outline : checked.outlines) names.push_back(outline.name.empty() ? step.id : step.id + "/" + outline.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Plan plan_job(const LoadedJob& job, int ranks) {
  const auto& checked = job.checked;
  const KnownRows known(checked.file);
  Plan plan;
  std::set<std::string> read;
  for (const auto index : checked.graph.order) {
    const auto& step = checked.file.steps[index];
    PlannedStep planned;
    planned.id = step.id;
    planned.job = step.kind->name();
    planned.reads = reads(step, checked.graph.origins[index]);
    planned.writes = writes(step, checked.steps[index]);
    std::vector<std::int64_t> rows;
    bool all = true;
    for (const auto& origin : checked.graph.origins[index]) {
      if (origin.kind == Origin::Kind::store_table) read.insert(origin.name);
      const auto count = known.rows(origin);
      all = all && (count || origin.kind == Origin::Kind::none);
      rows.push_back(count.value_or(0));
      if (rows.size() == 1) planned.rows = count;
    }
    if (all) planned.memory = step.step->memory(rows, ranks);
    plan.steps.push_back(std::move(planned));
  }
  plan.stored_bytes = known.bytes(read);
  return plan;
}

}  // namespace fullbase::runtime
