#include "jobs/rfm_cuts.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "runtime/previous.hpp"

namespace fullbase::jobs {
namespace {

constexpr const char* advice = "write `cuts: refresh` for one night";

/// A measure's name, its cuts, and the sign of its bounds: recency counts negated, and is shown in days.
struct Measure {
  const char* name;
  std::vector<double> value::RfmCuts::*cuts;
  double sign;
};
constexpr std::array<Measure, 3> measures = {
    {{"recency_days", &value::RfmCuts::r, -1}, {"frequency", &value::RfmCuts::f, 1}, {"monetary", &value::RfmCuts::m, 1}}};

}  // namespace

data::Schema cuts_schema() {
  data::Schema schema;
  schema.fields = {{.name = "measure", .type = data::Type::string},
                   {.name = "score", .type = data::Type::int64},
                   {.name = "bound", .type = data::Type::float64}};
  return schema;
}

data::Batch cuts_table(const value::RfmCuts& cuts) {
  data::Strings names;
  std::vector<std::int64_t> scores;
  std::vector<double> bounds;
  for (const auto& measure : measures) {
    std::int64_t score = 0;
    for (const double cut : cuts.*measure.cuts) {
      names.push_back(measure.name);
      scores.push_back(++score);
      bounds.push_back(measure.sign * cut + 0.0);
    }
  }
  const auto schema = cuts_schema();
  data::Batch batch{.rows = {0, std::ssize(scores)}, .columns = {}};
  batch.columns.emplace_back(schema[0], std::move(names));
  batch.columns.emplace_back(schema[1], std::move(scores));
  batch.columns.emplace_back(schema[2], std::move(bounds));
  return batch;
}

void check_cuts(runtime::CheckContext& context) {
  if (!context.names_previous()) {
    context.error("cuts", "`cuts: keep` needs the output of the night before", "add previous: {file: out/latest.h5} at the top");
    return;
  }
  if (context.previous() == nullptr) return;
  const auto name = context.step_id() + "/cuts";
  const auto* const before = context.previous()->find(name);
  if (before == nullptr) {
    context.warn("cuts", fmt::format("the previous output has no table {}: scores are by tonight's quantiles", name));
  } else if (before->schema != cuts_schema()) {
    context.error("cuts", fmt::format("the previous output's table {} has other columns than this program's", name), advice);
  }
}

value::RfmCuts last_cuts(runtime::StepContext& context, std::int64_t scores) {
  value::RfmCuts cuts;
  const auto* const table = context.previous_table(context.step_id() + "/cuts");
  if (table == nullptr) return cuts;
  const auto batch = comm::collective_try(context.communicator(), "cuts", [&] {
    const std::array<int, 3> columns = {0, 1, 2};
    return table->read({0, table->rows()}, columns);
  });
  for (const auto& measure : measures) {
    auto& kept = cuts.*measure.cuts;
    for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
      if (batch[0].text(row) == measure.name) kept.push_back(measure.sign * batch[2].number(row) + 0.0);
    }
    if (!kept.empty() && std::ssize(kept) != scores - 1)
      throw base::job_file_error(fmt::format("the previous output's {} was scored from 1 to {}, this step scores from 1 to {}",
                                             measure.name, kept.size() + 1, scores),
                                 fmt::format("steps.{}.cuts", context.step_id()), advice);
  }
  return cuts;
}

}  // namespace fullbase::jobs
