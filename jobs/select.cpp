// job: select - the rows that meet `where`, with the columns that are wanted and new ones worked out from them.
#include "algorithms/prepare/select.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "data/derived_source.hpp"
#include "jobs/expressions.hpp"
#include "jobs/registry.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::jobs {
namespace {

struct SelectOptions {
  std::vector<std::pair<std::string, std::string>> derive = {};
  std::vector<std::string> columns = {};
};

config::Description<SelectOptions> description() {
  return config::Description<SelectOptions>("select",
                                            "Rows that meet a condition, with the columns wanted and new ones derived from them\n"
                                            "The condition is the step's `where`; row order is kept.")
      .option("derive", &SelectOptions::derive,
              "New columns: name -> expression. One may refer to those before it (`amount: quantity * price`).",
              config::identifier_keys())
      .option("columns", &SelectOptions::columns, "Columns of the result, in this order; derived ones are named too.",
              config::distinct(), config::default_means("all, then the derived ones"));
}

class Select final : public runtime::Step {
 public:
  explicit Select(SelectOptions options) : options_(std::move(options)) {}

  bool takes_filter(int) const override { return true; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    data::Schema schema = context.input();
    for (const auto& [name, text] : options_.derive) {
      const std::string path = "derive." + name;
      if (schema.find(name)) {
        context.error(path, fmt::format("the input has a column {} already", name), "give the new column another name");
        continue;
      }
      const auto bound = bind_value(context, path, text, schema);
      if (!bound) continue;
      data::Field field = bound->field();
      field.name = name;
      schema.fields.push_back(std::move(field));
      derivations_.push_back({name, data::Expression::parse(text)});
    }
    data::Schema result;
    for (std::size_t i = 0; i < options_.columns.size(); ++i) {
      if (const auto column = schema.find(options_.columns[i])) {
        columns_.push_back(*column);
      } else {
        std::vector<std::string> known;
        for (const auto& field : schema.fields) known.push_back(field.name);
        context.unknown(fmt::format("columns[{}]", i), fmt::format("there is no column {}", options_.columns[i]),
                        options_.columns[i], known);
      }
    }
    if (options_.columns.empty()) {
      for (int column = 0; column < schema.columns(); ++column) columns_.push_back(column);
    }
    for (const int column : columns_) result.fields.push_back(schema[column]);
    if (result.find(schema.key)) result.key = schema.key;
    return {{"", std::move(result)}};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int) const override {
    auto forecast = runtime::passes_over(inputs, 1 + 0.5 * static_cast<double>(derivations_.size()));
    forecast.tables[""] = inputs.front().rows;
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    const auto& input = context.input();
    const data::DerivedSource source(input, derivations_, context.environment().expressions(), context.filter());
    const prepare::Selection selection(context.communicator(), source, context.filter());
    context.left_out("where does not hold", selection.left_out());

    std::vector<data::DictionaryPointer> dictionaries;
    for (const int column : columns_) dictionaries.push_back(source.dictionary(column));
    const auto widths = runtime::string_widths(context.communicator(), source, columns_, input);
    const auto writer = context.create("", selection.rows(), dictionaries, widths);
    selection.write(context.communicator(), columns_, *writer);
    writer->finish();
  }

 private:
  SelectOptions options_;
  std::vector<data::Derivation> derivations_;
  std::vector<int> columns_;  ///< of the result, as positions in the derived source
};

}  // namespace

std::shared_ptr<const runtime::JobKind> select_kind() {
  return runtime::make_job_kind<SelectOptions, Select>(description());
}

}  // namespace fullbase::jobs
