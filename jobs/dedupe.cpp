// job: dedupe - one row of each key.
#include "algorithms/tables/dedupe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/prepare/select.hpp"
#include "data/type_kinds.hpp"
#include "jobs/registry.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::tables {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Keep, const char*, const char*>, 2> enum_names(Keep) {
  return {{{Keep::first, "first", "The row of the least `order`, of equal ones the first."},
           {Keep::last, "last", "The row of the greatest `order`, of equal ones the last."}}};
}

}  // namespace fullbase::tables

namespace fullbase::jobs {
namespace {

struct DedupeOptions {
  std::vector<std::string> by;
  tables::Keep keep = tables::Keep::first;
  std::optional<std::string> order = {};
};

config::Description<DedupeOptions> description() {
  return config::Description<DedupeOptions>(
             "dedupe",
             "One row of each key: the first or the last\n"
             "Rows stay in their order, with all columns. Rows that miss a part of the key are left out and counted.")
      .required("by", &DedupeOptions::by, "The key: one or more columns.", config::non_empty(), config::distinct())
      .option("keep", &DedupeOptions::keep, "Which row of a key stays.")
      .option("order", &DedupeOptions::order,
              "Column that orders the rows of a key; rows that miss it stay only where no row of the key has it.",
              config::default_means("none: the order of the table"));
}

class Dedupe final : public runtime::Step {
 public:
  explicit Dedupe(DedupeOptions options) : options_(std::move(options)) {}

  bool takes_filter(int) const override { return true; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& input = context.input();
    dedupe_.keep = options_.keep;
    for (std::size_t i = 0; i < options_.by.size(); ++i) {
      const auto path = fmt::format("by[{}]", i);
      const auto column = context.column(path, options_.by[i]);
      if (!column) continue;
      const auto& field = input[*column];
      if (is_float(field.type))
        context.error(path, fmt::format("column '{}' is {} and cannot be a key", field.name, data::type_text(field)),
                      "name columns of whole numbers, decimals, texts, dates or times");
      dedupe_.by.push_back(*column);
    }
    if (options_.order) {
      dedupe_.order = context.column("order", *options_.order);
      if (dedupe_.order && std::ranges::find(dedupe_.by, *dedupe_.order) != dedupe_.by.end())
        context.error("order", fmt::format("'{}' is part of the key, and so equal in all of its rows", *options_.order),
                      "order by another column");
    }
    data::Schema result = input;
    for (const int column : dedupe_.by) result.fields[static_cast<std::size_t>(column)].nullable = false;
    // One column by which rows are unique is what they are known by.
    if (result.key.empty() && options_.by.size() == 1 && dedupe_.by.size() == 1 && names_rows(input[dedupe_.by.front()]))
      result.key = options_.by.front();
    return {{"", std::move(result)}};
  }

  /// Least: passes of 1 MiB and a mark a row. Best: one pass.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const std::int64_t local = rows.front() / ranks + base::block_rows;
    return {.least = local + (std::int64_t{1} << 20), .best = local * (97 + 8 * std::ssize(options_.by))};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks, 2);
    forecast.tables[""] = runtime::rows_by_key(inputs.front(), options_.by);
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& input = context.input();
    const tables::DedupedSource source(communicator, input, dedupe_, context.filter(), context.budget());
    context.left_out("where does not hold", source.filtered());
    context.left_out("key missing", source.missing_keys());
    context.left_out("another row of its key was kept", source.repeated());
    context.note("passes", source.passes());
    std::vector<int> columns(static_cast<std::size_t>(input.schema().columns()));
    std::iota(columns.begin(), columns.end(), 0);
    std::vector<data::DictionaryPointer> dictionaries;
    for (const int column : columns) dictionaries.push_back(input.dictionary(column));
    const auto widths = runtime::string_widths(communicator, input, columns, input);
    const prepare::Selection selection(communicator, source, &source.condition());
    const auto writer = context.create("", selection.rows(), dictionaries, widths);
    selection.write(communicator, columns, *writer);
    writer->finish();
  }

 private:
  static bool names_rows(const data::Field& field) noexcept {
    return field.type == data::Type::int64 || field.type == data::Type::category || field.type == data::Type::string;
  }

  DedupeOptions options_;
  tables::DedupeOptions dedupe_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> dedupe_kind() {
  return runtime::make_job_kind<DedupeOptions, Dedupe>(description());
}

}  // namespace fullbase::jobs
