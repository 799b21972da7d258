// job: encode - numbers in place of categories, for those who read nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "algorithms/encode/encoded_table.hpp"
#include "algorithms/encode/encoding.hpp"
#include "algorithms/prepare/select.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "config/tagged.hpp"
#include "jobs/encodings_table.hpp"
#include "jobs/registry.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::jobs {
namespace {

using encode::Method;
using encode::Otherwise;

// One type a spelling: that is how config tells alternatives apart.
struct OneHot {
  std::vector<std::string> values = {};
};
struct Ordinal {
  std::vector<std::string> values = {};
};
struct Frequency {};
using Written = std::variant<OneHot, Ordinal, Frequency>;

struct EncodeOptions {
  std::vector<std::pair<std::string, Written>> columns = {};
  Otherwise unseen = {};
  Otherwise missing = {};
};

config::Form<Written> encoding_form() {
  return config::Tagged<Written>("encoding")
      .argument<OneHot>("one_hot",
                        "A column of truth values for each of these values, and one for all others: `<column>_<value>`, "
                        "`<column>_other`.",
                        &OneHot::values, config::distinct(), true)
      .argument<Ordinal>("ordinal",
                         "A value's place, from 0, in this list; alone: among the values that occur, integers by value, texts by "
                         "bytes.",
                         &Ordinal::values, config::distinct(), true)
      .name<Frequency>("frequency", "The share of all rows that have the value.")
      .form();
}

/// missing, error, or a number.
config::Form<Otherwise> otherwise_form() {
  using config::WordOrNumber;
  return config::converted<Otherwise, WordOrNumber>(
      config::word_or_number("missing, error or a number", {"missing", "error"}),
      [](WordOrNumber given, const config::Position&, config::Diagnostics&) -> std::optional<Otherwise> {
        if (const auto* const value = std::get_if<double>(&given)) return Otherwise{Otherwise::Kind::number, *value};
        return Otherwise{std::get<std::string>(given) == "error" ? Otherwise::Kind::error : Otherwise::Kind::missing};
      },
      [](const Otherwise& value) {
        if (value.kind == Otherwise::Kind::number) return WordOrNumber(value.number);
        return WordOrNumber(value.kind == Otherwise::Kind::error ? "error" : "missing");
      });
}

config::Description<EncodeOptions> description() {
  return config::Description<EncodeOptions>(
             "encode",
             "Numbers in place of categories\n"
             "All rows and columns stay as they are, but for those that are encoded. What each value has become is in the table\n"
             "`encodings`; as the input `encodings` such a table is applied as it stands, last week's to tonight's rows.")
      .required("columns", &EncodeOptions::columns,
                "The columns to encode (truth values, whole numbers, categories, texts), and how.", encoding_form(),
                config::check("at least one",
                              [](const std::vector<std::pair<std::string, Written>>& columns) {
                                return columns.empty() ? std::string("no column is named") : std::string();
                              }))
      .option("unseen", &EncodeOptions::unseen,
              "What a value becomes that has no code (ordinal, frequency): missing, an error, or this number. For one_hot it is\n"
              "one of the others.",
              otherwise_form())
      .option(
          "missing", &EncodeOptions::missing,
          "What a missing value becomes (ordinal, frequency): missing, an error, or this number. For one_hot all columns are\n"
          "false.",
          otherwise_form());
}

encode::Plan plan_of(const std::string& column, const Written& written) {
  if (const auto* one_hot = std::get_if<OneHot>(&written)) return {column, Method::one_hot, one_hot->values};
  if (const auto* ordinal = std::get_if<Ordinal>(&written)) return {column, Method::ordinal, ordinal->values};
  return {column, Method::frequency, {}};
}

class Encode final : public runtime::Step {
 public:
  explicit Encode(EncodeOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    for (const auto& [name, written] : options_.columns) {
      plans_.push_back(plan_of(name, written));
      check_plan(context, plans_.back());
    }
    check_whole(context, "unseen", options_.unseen);
    check_whole(context, "missing", options_.missing);
    if (context.has_input(encodings_slot) && !has_encodings(context.input(encodings_slot)))
      context.error("from.encodings", fmt::format("{} holds no encodings", context.table_name(encodings_slot)),
                    "name the table `encodings` of an encode step");
    auto schema = encode::encoded_schema(context.input(), plans_);
    std::set<std::string> met;
    for (const auto& field : schema.fields) {
      if (!met.insert(field.name).second)
        context.error("columns", fmt::format("the result has two columns '{}'", field.name),
                      "give the input's column another name in a select step");
    }
    return {{"", std::move(schema)}, {"encodings", encodings_schema()}};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int) const override {
    auto forecast = runtime::passes_over(inputs, 2);
    forecast.tables[""] = inputs.front().rows;
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& input = context.input();
    const encode::Places places{options_.unseen, options_.missing};
    const auto encodings = find_encodings(context);
    for (const auto& encoding : encodings) {
      context.note("unseen_" + encoding.plan.column, encoding.unseen);
      context.note("missing_" + encoding.plan.column, encoding.missing);
    }

    const encode::EncodedTable table(input, encodings, places);
    std::vector<int> columns(static_cast<std::size_t>(table.schema().columns()));
    std::iota(columns.begin(), columns.end(), 0);
    std::vector<data::DictionaryPointer> dictionaries;
    std::vector<int> shown;  // of the input, as they are
    for (const int column : columns) {
      dictionaries.push_back(table.dictionary(column));
      if (table.source_column(column) >= 0) shown.push_back(table.source_column(column));
    }
    const auto widths_of_shown = runtime::string_widths(communicator, input, shown, input);
    std::vector<std::int32_t> widths;
    std::size_t next = 0;
    for (const int column : columns) widths.push_back(table.source_column(column) >= 0 ? widths_of_shown[next++] : 0);
    const auto writer = context.create("", table.rows(), dictionaries, widths);
    prepare::Selection(communicator, table, nullptr).write(communicator, columns, *writer);
    writer->finish();
    context.write_small("encodings", encodings_table(encodings, places, input.rows()));
  }

 private:
  static constexpr int encodings_slot = 1;

  static void check_plan(runtime::CheckContext& context, const encode::Plan& plan) {
    const auto path = "columns." + plan.column;
    const auto column = context.column(path, plan.column);
    if (!column) return;
    const auto& field = context.input()[*column];
    if (!prepare::ValueSlots::takes(field.type)) {
      context.error(path, fmt::format("column '{}' is {}", field.name, data::type_text(field)),
                    "encode takes truth values, whole numbers, categories and texts");
      return;
    }
    if (plan.method == Method::one_hot && plan.values.empty())
      context.error(
          path,
          fmt::format("which columns '{}' becomes is to be known before any data is read, and its values are not", field.name),
          "list them, {one_hot: [FIRST, SECOND]}: all others share one column; or use `frequency`; forest, logistic and "
          "svm take categories as they are");
    for (std::size_t i = 0; i < plan.values.size(); ++i) {
      const auto& value = plan.values[i];
      if (plan.method == Method::one_hot && value.find('/') != std::string::npos)
        context.error(fmt::format("{}.one_hot[{}]", path, i), fmt::format("no column can be called '{}_{}'", field.name, value),
                      "derive a column of texts without '/' in a select step, and encode that");
      if (!encode::is_value(value, field.type))
        context.error(fmt::format("{}.{}[{}]", path, encode::method_name(plan.method), i),
                      fmt::format("'{}' is no value of '{}', which is {}", value, field.name, data::type_text(field)));
    }
  }

  /// An ordinal column is one of whole numbers.
  void check_whole(runtime::CheckContext& context, std::string_view path, const Otherwise& otherwise) const {
    const bool ordinal = std::ranges::any_of(plans_, [](const auto& plan) { return plan.method == Method::ordinal; });
    const double number = otherwise.number;
    if (!ordinal || (std::floor(number) == number && std::abs(number) <= 0x1p53)) return;
    context.error(path, fmt::format("{} is no whole number, as ordinal codes are", number),
                  "give a whole number, or encode the columns in two steps");
  }

  /// Collective. By tonight's rows, or as they stand in the input.
  std::vector<encode::Encoding> find_encodings(runtime::StepContext& context) const {
    std::vector<encode::Plan> asked;
    for (const auto& plan : plans_) {
      if (context.has_input(encodings_slot) && plan.values.empty()) asked.push_back(plan);
    }
    std::vector<encode::Encoding> stored;
    if (!asked.empty()) stored = read_encodings(context.communicator(), context.input(encodings_slot), asked);
    std::vector<encode::Encoding> encodings;
    std::size_t next = 0;
    for (const auto& plan : plans_) {
      if (asked.empty() || !plan.values.empty()) {
        encodings.push_back(encode::fit(context.communicator(), context.input(), plan, context.budget()));
        continue;
      }
      encodings.push_back(std::move(stored[next++]));
      encode::count_rows(context.communicator(), context.input(), encodings.back());
    }
    return encodings;
  }

  EncodeOptions options_;
  std::vector<encode::Plan> plans_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> encode_kind() {
  return runtime::make_job_kind<EncodeOptions, Encode>(
      description(), {{.name = "table", .doc = "The table to work on."},
                      {.name = "encodings",
                       .doc = "An encode step, or its table `encodings`, of which the codes are applied as they are.",
                       .required = false,
                       .default_table = "encodings"}});
}

}  // namespace fullbase::jobs
