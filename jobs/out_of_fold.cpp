#include "jobs/out_of_fold.hpp"

#include <fmt/format.h>

#include <array>

#include "algorithms/learning/folds.hpp"
#include "algorithms/learning/row_subset.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "jobs/held_out.hpp"

namespace fullbase::jobs {
namespace {

constexpr std::int32_t folds = 5;

void require_two_of_each(const LabelledSource& rows) {
  for (std::size_t c = 0; c < rows.target.classes.size(); ++c) {
    if (rows.target.rows_of_class[c] >= 2) continue;
    throw base::input_error(
        fmt::format("the class '{}' has {} row: its probability takes rows that the machine was not trained on",
                    rows.target.classes[c], rows.target.rows_of_class[c]),
        rows.source.name() + "." + rows.target.column, "leave out `probability`, or the class")
        .known_to_all();
  }
}

std::vector<kernel_machines::Sigmoid> read_sigmoids(const data::StateReader& reader, const std::string& prefix) {
  const auto values = reader.get<double>(prefix + "sigmoids");
  std::vector<kernel_machines::Sigmoid> sigmoids;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) sigmoids.push_back({values[i], values[i + 1]});
  return sigmoids;
}

void keep(StepPart& part, const std::vector<kernel_machines::Sigmoid>& sigmoids) {
  std::vector<double> values;
  for (const auto& sigmoid : sigmoids) values.insert(values.end(), {sigmoid.slope, sigmoid.offset});
  part.keep([values](data::StateWriter& writer, const std::string& prefix) { writer.put(prefix + "sigmoids", values); });
}

}  // namespace

std::vector<kernel_machines::Sigmoid> fit_sigmoids(StepPart& part, const LabelledSource& rows, const TrainOn& train) {
  require_two_of_each(rows);
  if (part.has_left("sigmoids")) {
    auto sigmoids = part.read_left(read_sigmoids);
    keep(part, sigmoids);
    return sigmoids;
  }
  auto& context = part.context();
  auto& communicator = context.communicator();
  const auto classes = rows.target.class_count();
  const std::array<double, folds> shares = {0.2, 0.2, 0.2, 0.2, 0.2};
  const auto parts = learning::assign_parts(communicator, context.key("probability"), rows.source.rows(), rows.target.codes,
                                            classes, shares, context.budget());
  const auto reservation = comm::collective_try(communicator, "out-of-fold decisions", [&] {
    return context.budget().require(std::ssize(parts) * (8 * classes + 12), "decisions of rows left out");
  });
  std::vector<double> outputs(parts.size() * static_cast<std::size_t>(classes));
  std::int64_t done = 0;
  const auto local = comm::own_rows(communicator, rows.source.rows());
  if (part.has_left("done")) {
    part.read_left([&](const data::StateReader& reader, const std::string& prefix) {
      done = reader.value<std::int64_t>(prefix + "done");
      reader.get_rows_into(prefix + "outputs", classes, local, std::span(outputs));
    });
  }
  part.keep([&](data::StateWriter& writer, const std::string& prefix) {
    writer.put_value<std::int64_t>(prefix + "done", done);
    writer.put_rows(prefix + "outputs", rows.source.rows(), classes, local, outputs);
  });
  for (; done < folds; ++done) {
    const auto fold = static_cast<std::int32_t>(done);
    StepPart of_fold(part, fmt::format("fold {}", fold));
    std::vector<std::uint8_t> used(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) used[i] = parts[i] != fold ? 1 : 0;
    const learning::RowSubset seen(communicator, rows.source, used);
    const auto seen_target = learning::subset(communicator, rows.target, used, context.budget());
    const auto scorer = train({seen, seen_target}, of_fold);
    score_held_out(communicator, *scorer, rows.source, used, outputs);
  }
  const auto& codes = rows.target.codes;
  std::vector<kernel_machines::Sigmoid> sigmoids;
  std::vector<double> decisions(codes.size());
  std::vector<std::uint8_t> yes(codes.size());
  for (int c = classes == 2 ? 1 : 0; c < classes; ++c) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      decisions[i] = outputs[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(c)];
      yes[i] = codes[i] == c ? 1 : 0;
    }
    sigmoids.push_back(kernel_machines::fit_sigmoid(communicator, decisions, yes));
  }
  keep(part, sigmoids);
  return sigmoids;
}

}  // namespace fullbase::jobs
