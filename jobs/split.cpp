// job: split - all rows, and for each whether it is one to train on or one to test on, or in which fold it is.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/learning/folds.hpp"
#include "algorithms/learning/parts_by_value.hpp"
#include "algorithms/learning/strata.hpp"
#include "algorithms/prepare/select.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "jobs/registry.hpp"
#include "jobs/split_rows.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::jobs {
namespace {

struct SplitOptions {
  std::optional<double> test = {};
  std::optional<int> folds = {};
  std::optional<std::string> stratify = {};
  std::optional<std::string> by = {};
  std::optional<std::string> column = {};
};

config::Description<SplitOptions> description() {
  return config::Description<SplitOptions>(
             "split",
             "Rows to train on and rows to test on, or folds, drawn at random\n"
             "All rows stay, in their order, with a new column: `part` (train or test), or `fold` (0, 1, ...). Parts have the\n"
             "rows that their shares say, rounded to whole rows, also within each value of `stratify`; which rows is drawn from\n"
             "the seed and the step's name.")
      .option("test", &SplitOptions::test, "Share of the rows to test on.", config::more_than(0.0), config::less_than(1.0),
              config::default_means("none: give `folds`"))
      .option("folds", &SplitOptions::folds, "Number of folds of equal size.", config::between(2, 100),
              config::default_means("none: give `test`"))
      .option("stratify", &SplitOptions::stratify,
              "A column (truth values, whole numbers, categories, texts): each of its values is shared out alike.",
              config::non_empty())
      .option("by", &SplitOptions::by,
              "A column such as the customer: rows of equal value fall on one side, which depends on the value, the seed and\n"
              "the step's name alone, and so stays when rows are added. Shares are then met approximately.",
              config::non_empty())
      .option("column", &SplitOptions::column, "Name of the new column.", config::non_empty(),
              config::default_means("part, or fold"))
      .check([](const SplitOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.test.has_value() == options.folds.has_value())
          diagnostics.error(config::locate(node, options.test ? "folds" : ""),
                            options.test ? "`test` and `folds` exclude each other" : "it is not said how to split",
                            options.test ? "leave one out; to test on folds, read the column `fold`"
                                         : "add test: 0.2 (a part to test on), or folds: 5");
        if (options.by && options.stratify)
          diagnostics.error(config::locate(node, "stratify"), "`by` and `stratify` exclude each other",
                            "rows of one value stay together, so that strata cannot be cut where their shares say");
      });
}

/// Of each local row.
struct Parts {
  std::vector<std::int32_t> of_rows;
  data::Reservation reservation;
};

class Split final : public runtime::Step {
 public:
  explicit Split(SplitOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& input = context.input();
    if (options_.stratify) {
      stratify_ = context.column("stratify", *options_.stratify);
      if (stratify_ && !prepare::ValueSlots::takes(input[*stratify_].type))
        context.error("stratify", fmt::format("column '{}' is {}", *options_.stratify, data::type_text(input[*stratify_])),
                      "stratify by a column of truth values, whole numbers, categories or texts");
    }
    if (options_.by) {
      by_ = context.column("by", *options_.by);
      if (by_ && data::is_float(input[*by_].type))
        context.error("by", fmt::format("column '{}' is {} and cannot be a key", *options_.by, data::type_text(input[*by_])),
                      "name a column of whole numbers, decimals, texts, dates or times");
    }
    added_ = options_.folds ? data::Field{.name = "fold", .type = data::Type::int64}
                            : data::Field{.name = "part", .type = data::Type::category};
    if (options_.column) added_.name = *options_.column;
    data::Schema result = input;
    if (input.find(added_.name))
      context.error(options_.column ? "column" : "", fmt::format("the input has a column '{}' already", added_.name),
                    options_.column ? "give the new column another name" : "name the new column: `column: ...`");
    result.fields.push_back(added_);
    return {{"", std::move(result)}};
  }

  /// A row's stratum, its part, and its place in the random order.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const std::int64_t local = (rows.front() / ranks + base::block_rows) * (options_.by ? 4 : 32);
    return {.least = local, .best = local};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int) const override {
    auto forecast = runtime::passes_over(inputs, 2);
    forecast.tables[""] = inputs.front().rows;
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& input = context.input();
    if (options_.folds && input.rows() < *options_.folds)
      throw base::input_error(fmt::format("{} folds of {} rows", *options_.folds, input.rows()),
                              fmt::format("steps.{}.folds", context.step_id()), "there are at least as many rows as folds")
          .known_to_all();
    const auto parts = options_.by ? parts_by_value(context) : parts_by_row(context);
    note_rows(context, parts.of_rows);

    const SplitRows rows(communicator, input, added_, parts.of_rows);
    std::vector<int> columns(static_cast<std::size_t>(rows.schema().columns()));
    std::iota(columns.begin(), columns.end(), 0);
    std::vector<data::DictionaryPointer> dictionaries;
    for (const int column : columns) dictionaries.push_back(rows.dictionary(column));
    const auto widths = runtime::string_widths(communicator, rows, columns, input);
    const auto writer = context.create("", rows.rows(), dictionaries, widths);
    prepare::Selection(communicator, rows, nullptr).write(communicator, columns, *writer);
    writer->finish();
  }

 private:
  std::vector<double> shares() const {
    if (options_.test) return {*options_.test, 1 - *options_.test};
    return std::vector<double>(static_cast<std::size_t>(*options_.folds), 1.0 / *options_.folds);
  }

  Parts parts_by_value(runtime::StepContext& context) const {
    auto found = learning::assign_parts_by_value(context.communicator(), context.key("split by value"), context.input(), *by_,
                                                 shares(), context.budget());
    context.note("shares_are", fmt::format("approximate: rows of equal '{}' stay together", *options_.by));
    context.note("rows_without_" + *options_.by, found.missing);
    return {std::move(found.parts), std::move(found.reservation)};
  }

  Parts parts_by_row(runtime::StepContext& context) const {
    learning::Strata strata;
    if (stratify_) {
      strata = learning::read_strata(context.communicator(), context.input(), *stratify_, context.budget());
      warn_of_small(context, strata);
    }
    auto& communicator = context.communicator();
    const auto rows = context.input().rows();
    Parts parts;
    comm::collective_try(communicator, "parts", [&] {
      const auto local = comm::own_rows(communicator, rows).size();
      parts.reservation = context.budget().require(4 * local, "the parts of this rank's rows");
    });
    parts.of_rows = learning::assign_parts(communicator, context.key("split"), rows, strata.codes, strata.count(), shares(),
                                           context.budget());
    return parts;
  }

  /// Strata of which some part has no row, whichever rows are drawn.
  void warn_of_small(runtime::StepContext& context, const learning::Strata& strata) const {
    const auto least = options_.folds ? std::int64_t{*options_.folds} : std::int64_t{2};
    std::int64_t small = 0;
    std::int32_t first = -1;
    for (std::int32_t s = 0; s < strata.count(); ++s) {
      const auto rows = strata.rows[static_cast<std::size_t>(s)];
      if (rows == 0 || rows >= least) continue;
      ++small;
      if (first < 0) first = s;
    }
    if (small == 0) return;
    context.warn(
        fmt::format("{} of the values of '{}' have fewer rows than there are {}, the first is '{}' with {}; they are not "
                    "in each of them",
                    base::format_count(small), *options_.stratify, options_.folds ? "folds" : "parts", strata.name(first),
                    strata.rows[static_cast<std::size_t>(first)]));
  }

  void note_rows(runtime::StepContext& context, const std::vector<std::int32_t>& parts) const {
    std::vector<std::int64_t> rows(shares().size(), 0);
    for (const auto part : parts) ++rows[static_cast<std::size_t>(part)];
    context.communicator().sum(std::span(rows));
    for (std::size_t p = 0; p < rows.size(); ++p) {
      const auto name = options_.folds ? fmt::format("fold_{}", p) : std::string(p == 0 ? "test" : "train");
      context.note("rows_in_" + name, rows[p]);
      if (rows[p] == 0) context.warn(fmt::format("no row is in {}", name));
    }
  }

  SplitOptions options_;
  std::optional<int> stratify_;
  std::optional<int> by_;
  data::Field added_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> split_kind() {
  return runtime::make_job_kind<SplitOptions, Split>(description());
}

}  // namespace fullbase::jobs
