#include "algorithms/learning/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "algorithms/prepare/column_values.hpp"
#include "algorithms/prepare/distinct_keys.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::learning {
namespace {

constexpr std::int64_t no_row = std::numeric_limits<std::int64_t>::max();

/// Rows of one thread that spoil the label, and rows of each class.
struct Found {
  std::int64_t missing = 0;
  std::int64_t first_missing = no_row;
  std::int64_t infinite = 0;
  std::int64_t first_infinite = no_row;
  std::vector<std::int64_t> classes = {};
};

/// The values that a label has, in order, as texts; and the place of each in that order.
struct Values {
  std::vector<std::int64_t> integers = {};
  data::DictionaryPointer texts = nullptr;  ///< of a string column
  std::vector<std::string> names = {};

  /// -1: missing.
  std::int32_t code(const data::Column& column, std::int64_t row) const {
    if (column.is_missing(row)) return -1;
    const auto at = static_cast<std::size_t>(row);
    switch (column.field().type) {
      case data::Type::boolean:
        return column.bools()[at] != 0 ? 1 : 0;
      case data::Type::category:
        return column.int32s()[at];
      case data::Type::string:
        return *texts->find(column.text(row));
      default:
        return static_cast<std::int32_t>(std::ranges::lower_bound(integers, column.int64s()[at]) - integers.begin());
    }
  }
};

/// Throws an input error, known to all, for more values than a label has: before anything is kept by value.
void refuse_identifiers(const data::BlockSource& source, int column, std::int64_t values) {
  if (values <= most_classes && (values < source.rows() || values <= 2)) return;
  throw base::input_error(
      fmt::format("the label has {} different values in {} rows", base::format_count(values), base::format_count(source.rows())),
      source.name() + "." + source.schema()[column].name,
      "a class has several rows: is this an identifier, or a number (a forest tells one with `task: regression`)?")
      .known_to_all();
}

Values find_values(comm::Communicator& communicator, const data::BlockSource& source, int column, base::RowRange rows,
                   data::Budget& budget) {
  Values values;
  const auto type = source.schema()[column].type;
  const auto add_texts = [&](const data::Dictionary& dictionary) {
    for (std::int32_t code = 0; code < dictionary.size(); ++code) values.names.emplace_back(dictionary[code]);
  };
  data::Reservation held;
  if (type == data::Type::boolean) {
    values.names = {"false", "true"};
  } else if (type == data::Type::category) {
    add_texts(*source.dictionary(column));
  } else if (type == data::Type::string) {
    values.texts = prepare::distinct_texts(communicator, source, column, rows, budget, held);
    refuse_identifiers(source, column, values.texts->size());
    add_texts(*values.texts);
  } else {
    values.integers = prepare::distinct_integers(communicator, source, column, rows, budget, held);
    refuse_identifiers(source, column, std::ssize(values.integers));
    for (const auto value : values.integers) values.names.push_back(std::to_string(value));
  }
  return values;
}

class TargetReading {
 public:
  TargetReading(comm::Communicator& communicator, const data::BlockSource& source, const TargetOptions& options,
                data::Budget& budget)
      : communicator_(communicator), source_(source), options_(options), budget_(budget) {
    column_ = source.schema().at(options.column, source.name());
    local_ = comm::own_rows(communicator, source.rows());
    target_.column = options.column;
    target_.type = source.schema()[column_].type;
    if (source.rows() == 0) throw error("there are no rows to learn from", "look at the condition `where`");
  }

  Target read() && {
    const auto rows = static_cast<std::size_t>(local_.size());
    if (options_.regression) {
      target_.task = Task::regression;
      reserve(static_cast<std::int64_t>(rows * sizeof(double)));
      target_.values.resize(rows);
      scan([&](const data::Batch& batch, Found& found) { take_numbers(batch, found); }, 0);
      return std::move(target_);
    }
    values_ = find_values(communicator_, source_, column_, local_, budget_);
    reserve(static_cast<std::int64_t>(rows * sizeof(std::int32_t)));
    target_.codes.resize(rows);
    const auto counts = scan([&](const data::Batch& batch, Found& found) { take_codes(batch, found); }, values_.names.size());
    number_classes(counts);
    return std::move(target_);
  }

 private:
  base::Error error(std::string problem, std::string advice) const {
    return base::input_error(std::move(problem), source_.name() + "." + options_.column, std::move(advice)).known_to_all();
  }
  void reserve(std::int64_t bytes) {
    target_.reservation =
        comm::collective_try(communicator_, "label", [&] { return budget_.require(bytes, "the labels of this rank's rows"); });
  }

  template <class Take>
  std::vector<std::int64_t> scan(Take&& take, std::size_t classes) {
    std::vector<Found> found(static_cast<std::size_t>(parallel::thread_count()));
    for (auto& one : found) one.classes.resize(classes);
    comm::collective_try(communicator_, "label", [&] {
      parallel::scan(source_, local_, std::span(&column_, 1),
                     [&](data::Batch&& batch, int thread) { take(batch, found[static_cast<std::size_t>(thread)]); });
    });
    auto& all = found.front();
    for (std::size_t t = 1; t < found.size(); ++t) {
      all.missing += found[t].missing;
      all.infinite += found[t].infinite;
      all.first_missing = std::min(all.first_missing, found[t].first_missing);
      all.first_infinite = std::min(all.first_infinite, found[t].first_infinite);
      for (std::size_t c = 0; c < classes; ++c) all.classes[c] += found[t].classes[c];
    }
    all.classes.push_back(all.missing);
    all.classes.push_back(all.infinite);
    communicator_.sum(std::span(all.classes));
    std::array<std::int64_t, 2> first = {all.first_missing, all.first_infinite};
    communicator_.min(std::span<std::int64_t>(first));
    const auto infinite = all.classes.back();
    const auto missing = all.classes[all.classes.size() - 2];
    if (missing > 0)
      throw error(fmt::format("{} row{} no label, the first is row {}", base::format_count(missing),
                              missing == 1 ? " has" : "s have", source_.source_row(first[0])),
                  fmt::format("leave them out with where: {} is not missing", options_.column));
    if (infinite > 0)
      throw error(fmt::format("{} label{} infinite, the first in row {}", base::format_count(infinite),
                              infinite == 1 ? " is" : "s are", source_.source_row(first[1])),
                  "clip them in a select step");
    all.classes.resize(classes);
    return all.classes;
  }

  void take_numbers(const data::Batch& batch, Found& found) {
    const auto at = static_cast<std::size_t>(batch.rows.first - local_.first);
    const auto values = std::span(target_.values).subspan(at, static_cast<std::size_t>(batch.rows.size()));
    prepare::to_doubles(batch[0], 0, batch.rows.size(), values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto row = batch.rows.first + static_cast<std::int64_t>(i);
      if (std::isnan(values[i])) {
        ++found.missing;
        found.first_missing = std::min(found.first_missing, row);
      } else if (std::isinf(values[i])) {
        ++found.infinite;
        found.first_infinite = std::min(found.first_infinite, row);
      }
    }
  }

  void take_codes(const data::Batch& batch, Found& found) {
    const auto at = batch.rows.first - local_.first;
    for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
      const auto code = values_.code(batch[0], i);
      target_.codes[static_cast<std::size_t>(at + i)] = code;
      if (code >= 0) {
        ++found.classes[static_cast<std::size_t>(code)];
      } else {
        ++found.missing;
        found.first_missing = std::min(found.first_missing, batch.rows.first + i);
      }
    }
  }

  /// Numbers the values that occur, `positive` last.
  void number_classes(const std::vector<std::int64_t>& counts) {
    std::vector<std::int32_t> met;
    for (std::size_t v = 0; v < counts.size(); ++v) {
      if (counts[v] > 0) met.push_back(static_cast<std::int32_t>(v));
    }
    if (met.size() == 1)
      throw error(fmt::format("every row has the label '{}': there is nothing to tell apart",
                              values_.names[static_cast<std::size_t>(met[0])]),
                  "learn from rows of two classes or more");
    refuse_identifiers(source_, column_, std::ssize(met));
    if (options_.positive) {
      const auto found = std::ranges::find_if(
          met, [&](std::int32_t v) { return values_.names[static_cast<std::size_t>(v)] == *options_.positive; });
      if (met.size() != 2 || found == met.end()) {
        std::vector<std::string> names;
        for (const auto v : met) names.push_back(values_.names[static_cast<std::size_t>(v)]);
        names.resize(std::min<std::size_t>(names.size(), 10));
        throw error(fmt::format("'{}' is not one of two classes", *options_.positive),
                    fmt::format("the label has {} classes: {}", met.size(), fmt::join(names, ", ")));
      }
      if (found == met.begin()) std::swap(met[0], met[1]);
    }
    target_.task = met.size() == 2 ? Task::binary : Task::multiclass;
    std::vector<std::int32_t> class_of(counts.size(), -1);
    for (std::size_t c = 0; c < met.size(); ++c) {
      const auto value = static_cast<std::size_t>(met[c]);
      class_of[value] = static_cast<std::int32_t>(c);
      target_.classes.push_back(values_.names[value]);
      target_.rows_of_class.push_back(counts[value]);
    }
    for (auto& code : target_.codes) code = class_of[static_cast<std::size_t>(code)];
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const TargetOptions& options_;
  data::Budget& budget_;
  int column_ = 0;
  base::RowRange local_;
  Values values_;
  Target target_;
};

}  // namespace

std::string_view task_name(Task task) noexcept {
  switch (task) {
    case Task::binary:
      return "binary";
    case Task::multiclass:
      return "multiclass";
    case Task::regression:
      break;
  }
  return "regression";
}

Target read_target(comm::Communicator& communicator, const data::BlockSource& source, const TargetOptions& options,
                   data::Budget& budget) {
  return TargetReading(communicator, source, options, budget).read();
}

}  // namespace fullbase::learning
