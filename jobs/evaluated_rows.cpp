#include "jobs/evaluated_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "algorithms/compare/group_labels.hpp"
#include "algorithms/learning/target.hpp"
#include "algorithms/prepare/column_values.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "jobs/score_table.hpp"
#include "parallel/scan.hpp"

namespace fullbase::jobs {
namespace {

using compare::GroupLabels;

constexpr std::int32_t no_class = -1;

/// Keeps the rows that `keep` has a 1 for, of values that are `of_row` a row.
template <class T>
void keep_rows(std::vector<T>& values, const std::vector<std::uint8_t>& keep, std::size_t of_row) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i] == 0) continue;
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(i * of_row), of_row,
                values.begin() + static_cast<std::ptrdiff_t>(kept++ * of_row));
  }
  values.resize(kept * of_row);
}

/// Numbers of the rows `rows` of a column, into those of `local`; NaN where missing.
void put_numbers(const data::Column& column, base::RowRange rows, base::RowRange local, std::vector<double>& into) {
  const auto at = static_cast<std::size_t>(rows.first - local.first);
  prepare::to_doubles(column, 0, rows.size(), std::span(into).subspan(at, static_cast<std::size_t>(rows.size())));
}

/// Marks the rows that lack nothing, and counts the others; lacks_label(i) and so on say what row i lacks.
template <class Label, class Prediction, class Score>
void mark_complete_rows(comm::Communicator& communicator, EvaluatedRows& rows, std::size_t count, Label&& lacks_label,
                        Prediction&& lacks_prediction, Score&& lacks_score) {
  rows.kept.resize(count);
  std::array<std::int64_t, 4> counts = {};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t what = lacks_label(i) ? 0 : lacks_prediction(i) ? 1 : lacks_score(i) ? 2 : 3;
    ++counts[what];
    rows.kept[i] = what == 3 ? 1 : 0;
  }
  communicator.sum(std::span<std::int64_t>(counts));
  rows.without_label = counts[0];
  rows.without_prediction = counts[1];
  rows.without_score = counts[2];
  rows.rows = counts[3];
}

class ClassesReading {
 public:
  ClassesReading(comm::Communicator& communicator, const data::BlockSource& source, const EvaluatedColumns& columns,
                 const data::BlockSource* classes_scores, data::Budget& budget)
      : communicator_(communicator), source_(source), columns_(columns), budget_(budget) {
    if (classes_scores != nullptr) scored_.emplace(communicator, source, *classes_scores);
    label_ = source.schema().at(columns.label, source.name());
    predicted_ = source.schema().at(columns.predicted, source.name());
    local_ = comm::own_rows(communicator, source.rows());
  }

  EvaluatedRows read() && {
    find_codes();
    name_classes();
    read_scores();
    const auto k = static_cast<std::size_t>(rows_.outputs);
    mark_complete_rows(
        communicator_, rows_, rows_.labels.size(), [&](std::size_t i) { return rows_.labels[i] == no_class; },
        [&](std::size_t i) { return rows_.predicted[i] == no_class; },
        [&](std::size_t i) {
          const auto first = rows_.scores.begin() + static_cast<std::ptrdiff_t>(i * k);
          return std::any_of(first, first + rows_.outputs, [](double score) { return std::isnan(score); });
        });
    keep_rows(rows_.labels, rows_.kept, 1);
    keep_rows(rows_.predicted, rows_.kept, 1);
    keep_rows(rows_.scores, rows_.kept, k);
    return std::move(rows_);
  }

 private:
  base::Error error(std::string problem, std::string advice) const {
    return base::input_error(std::move(problem), source_.name() + "." + columns_.label, std::move(advice)).known_to_all();
  }
  ValueKind kind() const { return value_kind(source_.schema()[label_].type); }

  /// Every label and prediction as a code into texts_, and how often each occurs.
  void find_codes() {
    std::optional<GroupLabels> labels;
    if (kind() == ValueKind::truth) {
      texts_ = {"false", "true"};
    } else {
      labels = GroupLabels::build(communicator_, {&source_, label_}, {&source_, predicted_}, budget_);
      if (!labels) throw too_many(fmt::format("more than {}", base::format_count(GroupLabels::most)));
      for (std::int32_t code = 0; code < labels->size(); ++code) texts_.push_back(labels->text(code));
    }
    rows_.reservation = comm::collective_try(communicator_, "labels", [&] {
      auto reserved = budget_.require(9 * local_.size(), "the labels and predictions of this rank's rows");
      rows_.labels.resize(static_cast<std::size_t>(local_.size()));
      rows_.predicted.resize(rows_.labels.size());
      const std::array<int, 2> read = {label_, predicted_};
      parallel::scan(source_, local_, read, [&](data::Batch&& batch, int) {
        put_codes(batch[0], labels, GroupLabels::NightOf::before, rows_.labels, batch.rows.first);
        put_codes(batch[1], labels, GroupLabels::NightOf::after, rows_.predicted, batch.rows.first);
      });
      return reserved;
    });
    occurs_.resize(texts_.size());
    for (const auto* const codes : {&rows_.labels, &rows_.predicted}) {
      for (const auto code : *codes) {
        if (code != no_class) occurs_[static_cast<std::size_t>(code)] = 1;
      }
    }
    communicator_.max(std::span(occurs_));
    if (kind() == ValueKind::truth) std::ranges::fill(occurs_, 1);
  }
  void put_codes(const data::Column& column, const std::optional<GroupLabels>& labels, GroupLabels::NightOf side,
                 std::vector<std::int32_t>& into, std::int64_t first) const {
    const auto at = static_cast<std::ptrdiff_t>(first - local_.first);
    if (labels) {
      const auto codes = labels->codes(side, column);
      std::ranges::transform(codes, into.begin() + at,
                             [&](std::int32_t code) { return code == labels->size() ? no_class : code; });
      return;
    }
    for (std::int64_t i = 0; i < column.rows(); ++i)
      into[static_cast<std::size_t>(at + i)] = column.is_missing(i) ? no_class : column.bools()[static_cast<std::size_t>(i)];
  }
  base::Error too_many(const std::string& how_many) const {
    return error(fmt::format("label and prediction have {} different values", how_many),
                 fmt::format("up to {} classes are evaluated: is this a number? Then let it be a float or a decimal",
                             base::format_count(learning::most_classes)));
  }

  /// What occurs or is scored, in order, `positive` last; codes become classes.
  void name_classes() {
    struct Named {
      std::string text;
      std::int64_t value;  // of a whole number
    };
    std::vector<Named> names;
    const auto add = [&](const std::string& text) { names.push_back({text, kind() == ValueKind::whole ? std::stoll(text) : 0}); };
    for (std::size_t code = 0; code < texts_.size(); ++code) {
      if (occurs_[code] != 0) add(texts_[code]);
    }
    if (scored_) {
      for (const auto& text : scored_->classes()) add(text);
    }
    // A known category that nobody has tonight may be the positive one.
    if (names.size() < 2 && columns_.positive && std::ranges::find(texts_, *columns_.positive) != texts_.end())
      add(*columns_.positive);
    const auto key = [](const Named& one) { return std::pair<std::int64_t, std::string_view>(one.value, one.text); };
    std::ranges::sort(names, {}, key);
    names.erase(std::ranges::unique(names, {}, &Named::text).begin(), names.end());
    for (auto& one : names) rows_.classes.push_back(std::move(one.text));
    if (std::ssize(rows_.classes) > learning::most_classes) throw too_many(base::format_count(std::ssize(rows_.classes)));
    if (columns_.positive) put_positive_last();
    std::vector<std::int32_t> class_of;
    for (const auto& text : texts_) {
      const auto found = std::ranges::find(rows_.classes, text);
      class_of.push_back(found == rows_.classes.end() ? no_class : static_cast<std::int32_t>(found - rows_.classes.begin()));
    }
    for (auto* const codes : {&rows_.labels, &rows_.predicted}) {
      for (auto& code : *codes) code = code == no_class ? no_class : class_of[static_cast<std::size_t>(code)];
    }
  }
  void put_positive_last() {
    auto& classes = rows_.classes;
    const auto found = std::ranges::find(classes, *columns_.positive);
    if (classes.empty() || (found != classes.end() && classes.size() <= 2)) {
      if (!classes.empty()) std::iter_swap(found, classes.end() - 1);
      return;
    }
    auto some = classes;
    some.resize(std::min<std::size_t>(some.size(), 10));
    throw error(fmt::format("'{}' is not one of two classes", *columns_.positive),
                fmt::format("label and prediction have {} class{}: {}", classes.size(), classes.size() == 1 ? "" : "es",
                            fmt::join(some, ", ")));
  }

  void read_scores() {
    if (scored_ ? scored_->classes().empty() : !columns_.score || rows_.classes.size() > 2) return;
    rows_.outputs = scored_ ? static_cast<int>(rows_.classes.size()) : 1;
    rows_.score_reservation = comm::collective_try(communicator_, "scores", [&] {
      auto reserved = budget_.require(8 * local_.size() * rows_.outputs, "the scores of this rank's rows");
      rows_.scores.resize(static_cast<std::size_t>(local_.size() * rows_.outputs));
      if (scored_) {
        std::vector<int> output_of;
        for (const auto& text : scored_->classes())
          output_of.push_back(static_cast<int>(std::ranges::find(rows_.classes, text) - rows_.classes.begin()));
        scored_->read(local_, output_of, rows_.outputs, rows_.scores);
      } else {
        const int column = source_.schema().at(*columns_.score, source_.name());
        parallel::scan(source_, local_, std::span(&column, 1),
                       [&](data::Batch&& batch, int) { put_numbers(batch[0], batch.rows, local_, rows_.scores); });
      }
      return reserved;
    });
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const EvaluatedColumns& columns_;
  data::Budget& budget_;
  std::optional<ScoreTable> scored_;
  int label_ = 0;
  int predicted_ = 0;
  base::RowRange local_;
  std::vector<std::string> texts_;    ///< by code
  std::vector<std::int64_t> occurs_;  ///< by code
  EvaluatedRows rows_;
};

}  // namespace

ValueKind value_kind(data::Type type) noexcept {
  if (type == data::Type::boolean) return ValueKind::truth;
  if (type == data::Type::int64) return ValueKind::whole;
  if (data::is_text(type)) return ValueKind::text;
  return data::is_number(type) ? ValueKind::number : ValueKind::none;
}

EvaluatedRows read_classes(comm::Communicator& communicator, const data::BlockSource& source, const EvaluatedColumns& columns,
                           const data::BlockSource* classes_scores, data::Budget& budget) {
  return ClassesReading(communicator, source, columns, classes_scores, budget).read();
}

EvaluatedRows read_values(comm::Communicator& communicator, const data::BlockSource& source, const EvaluatedColumns& columns,
                          data::Budget& budget) {
  const auto local = comm::own_rows(communicator, source.rows());
  const std::array<int, 2> read = {source.schema().at(columns.label, source.name()),
                                   source.schema().at(columns.predicted, source.name())};
  EvaluatedRows rows;
  rows.reservation = comm::collective_try(communicator, "labels", [&] {
    auto reserved = budget.require(17 * local.size(), "the labels and predictions of this rank's rows");
    rows.label_values.resize(static_cast<std::size_t>(local.size()));
    rows.predicted_values.resize(rows.label_values.size());
    parallel::scan(source, local, read, [&](data::Batch&& batch, int) {
      put_numbers(batch[0], batch.rows, local, rows.label_values);
      put_numbers(batch[1], batch.rows, local, rows.predicted_values);
    });
    return reserved;
  });
  mark_complete_rows(
      communicator, rows, rows.label_values.size(), [&](std::size_t i) { return std::isnan(rows.label_values[i]); },
      [&](std::size_t i) { return std::isnan(rows.predicted_values[i]); }, [](std::size_t) { return false; });
  keep_rows(rows.label_values, rows.kept, 1);
  keep_rows(rows.predicted_values, rows.kept, 1);
  return rows;
}

}  // namespace fullbase::jobs
