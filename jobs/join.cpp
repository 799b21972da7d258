// job: join - the rows of one table with what others say of them.
#include "algorithms/tables/join.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/prepare/select.hpp"
#include "data/type_kinds.hpp"
#include "jobs/by_input.hpp"
#include "jobs/fill_value.hpp"
#include "jobs/registry.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::tables {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Match, const char*, const char*>, 3> enum_names(Match) {
  return {{{Match::left, "left", "Every row stays; what is added is missing, or as `fill` says, where there is no match."},
           {Match::inner, "inner", "Rows without a match are left out and counted."},
           {Match::anti, "anti", "Rows with a match are left out and counted; nothing is added."}}};
}

}  // namespace fullbase::tables

namespace fullbase::jobs {
namespace {

using tables::Match;
using Names = std::vector<std::string>;
template <class T>
using Mapping = std::vector<std::pair<std::string, T>>;

struct JoinOptions {
  ByInput<Names> by = {};
  ByInput<Match> how = {.all = Match::left};
  Mapping<Names> columns = {};
  Mapping<std::string> prefix = {};
  Mapping<std::string> fill = {};
};

config::Description<JoinOptions> description() {
  return config::Description<JoinOptions>(
             "join",
             "The rows of one table with what others say of them\n"
             "The rows of the first input of `from` are the rows of the result, in their order, each once: in every other input "
             "a\n"
             "key stands in one row at most, which is checked. A row whose key is missing matches nothing.")
      .required("by", &JoinOptions::by,
                "Key columns, or by input where their names differ: `{customers: customer, rfm: customer_id}`; inputs that are "
                "not named have the first one's, and that one's default is what its table is keyed by. Texts match texts, "
                "categories or not; other types their own.",
                by_input(config::list_of(config::text(config::non_empty()))))
      .option("how", &JoinOptions::how, "What becomes of rows without a match, for all inputs or by input (default: left).",
              by_input(config::enumeration<Match>()))
      .option("columns", &JoinOptions::columns, "By input: its columns in the result, in this order.",
              config::list_of(config::text(config::non_empty())), config::default_means("all; of the others without their keys"))
      .option("prefix", &JoinOptions::prefix, "By input: what is put before the names of its columns.")
      .option(
          "fill", &JoinOptions::fill,
          "By column of the result: the value where there is no match (`orders: 0`). Values that are missing in a matched row "
          "stay missing.");
}

std::vector<std::string> names_of(const data::Schema& schema) {
  std::vector<std::string> names;
  for (const auto& field : schema.fields) names.push_back(field.name);
  return names;
}

template <class T>
const T* find(const Mapping<T>& mapping, const std::string& name) {
  for (const auto& [key, value] : mapping) {
    if (key == name) return &value;
  }
  return nullptr;
}

class Join final : public runtime::Step {
 public:
  explicit Join(JoinOptions options) : options_(std::move(options)) {}

  /// A `where` on the first table costs no pass of its own, unless rows are also left out for their matches.
  bool takes_filter(int slot) const override { return slot == 0 && all_stay_; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    for (int slot = 0; slot < context.inputs(); ++slot) inputs_.push_back(context.slot_name(slot));
    if (context.inputs() < 2) {
      context.error("from", "there is nothing to join", "name two inputs or more: from: {customers: ..., orders: ...}");
      return {};
    }
    check_names(context);
    const auto& first = context.input(0);
    data::Schema result;
    columns_ = input_columns(context, 0, {});
    for (const int column : columns_) add(context, result, first[column], 0);
    if (result.find(first.key)) result.key = first.key;

    const auto first_keys = key_columns(context, 0);
    int position = first.columns();
    for (int slot = 1; slot < context.inputs(); ++slot) {
      auto& joined = joined_.emplace_back();
      joined.on = first_keys;
      joined.match = *how(slot);
      all_stay_ = all_stay_ && joined.match == Match::left;
      joined.table.keys = key_columns(context, slot);
      check_types(context, slot);
      for (const int column : input_columns(context, slot, joined.table.keys)) {
        tables::AddedColumn added{.column = column, .field = context.input(slot)[column]};
        if (const auto* const prefix = find(options_.prefix, inputs_[static_cast<std::size_t>(slot)]))
          added.field.name = *prefix + added.field.name;
        if (const auto* const text = find(options_.fill, added.field.name); text != nullptr && joined.match == Match::left) {
          added.fill = fill_value(context, "fill." + added.field.name, added.field, *text);
        } else if (joined.match == Match::left) {
          added.field.nullable = true;
        }
        add(context, result, added.field, slot);
        columns_.push_back(position++);
        joined.table.columns.push_back(std::move(added));
      }
    }
    check_fill(context);
    return {{"", std::move(result)}};
  }

  /// Best: every other input in memory, texts aside, which are not known before. Least: parts of them.
  Memory memory(const std::vector<std::int64_t>& rows, int) const override {
    Memory memory;
    for (std::size_t i = 0; i < joined_.size() && i + 1 < rows.size(); ++i) {
      std::int64_t a_row = 25 * std::ssize(joined_[i].on);
      for (const auto& added : joined_[i].table.columns)
        a_row += 1 + std::max<std::int64_t>(8, data::value_bytes(added.field.type));
      memory.best += a_row * rows[i + 1];
      memory.least = std::max(memory.least, a_row * base::block_rows);
    }
    return memory;
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::passes_over(inputs);
    for (const auto& input : inputs) forecast.keyed_rows += static_cast<double>(input.rows.rows);
    // Every rank reads the other tables' keys and columns for itself.
    for (std::size_t slot = 1; slot < inputs.size(); ++slot)
      forecast.values += (ranks - 1) * static_cast<double>(inputs[slot].rows.rows) * inputs[slot].columns;
    forecast.tables[""] = inputs.front().rows;
    if (!all_stay_) forecast.tables[""].certainty = std::max(inputs.front().rows.certainty, runtime::Certainty::most);
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& first = context.input(0);
    auto inputs = joined_;
    for (std::size_t i = 0; i < inputs.size(); ++i) prepare_input(context, static_cast<int>(i) + 1, inputs[i].table);
    std::vector<std::int32_t> widths;
    std::vector<int> own;
    std::ranges::copy_if(columns_, std::back_inserter(own), [&](int column) { return column < first.schema().columns(); });
    widths = runtime::string_widths(communicator, first, own, first);
    for (const auto& input : inputs) {
      for (const auto& added : input.table.columns) widths.push_back(added.width);
    }

    const tables::JoinedSource source(communicator, first, std::move(inputs), context.budget(), context.spill());
    const auto* const condition = all_stay_ ? context.filter(0) : source.condition();
    const prepare::Selection selection(communicator, source, condition);
    note_left_out(context, source, selection);
    std::vector<data::DictionaryPointer> dictionaries;
    for (const int column : columns_) dictionaries.push_back(source.dictionary(column));
    const auto writer = context.create("", selection.rows(), dictionaries, widths);
    selection.write(communicator, columns_, *writer);
    writer->finish();
  }

 private:
  const std::string& input(int slot) const { return inputs_[static_cast<std::size_t>(slot)]; }
  const Match* how(int slot) const {
    static constexpr Match usual = Match::left;
    const auto* const given = options_.how.of(input(slot));
    return given == nullptr ? &usual : given;
  }

  /// Reports names in options that are no inputs.
  void check_names(runtime::CheckContext& context) const {
    const auto check = [&](const char* option, const auto& mapping) {
      for (const auto& [name, value] : mapping) {
        if (std::ranges::find(inputs_, name) == inputs_.end())
          context.unknown(fmt::format("{}.{}", option, name), fmt::format("the step has no input '{}'", name), name, inputs_);
      }
    };
    check("by", options_.by.own);
    check("how", options_.how.own);
    check("columns", options_.columns);
    check("prefix", options_.prefix);
    if (find(options_.how.own, inputs_.front()) != nullptr)
      context.error("how." + inputs_.front(), fmt::format("'{}' is the first input: others are joined to it", inputs_.front()),
                    "say how each of the others is joined");
  }

  /// Positions of an input's key columns; what is not there is reported and left out.
  std::vector<int> key_columns(runtime::CheckContext& context, int slot) const {
    std::vector<int> keys;
    const auto* given = options_.by.of(input(slot));
    std::string path = find(options_.by.own, input(slot)) != nullptr ? "by." + input(slot) : "by";
    if (given == nullptr) given = options_.by.of(inputs_.front());
    const Names usual = {context.input(0).key};
    if (given == nullptr && usual.front().empty()) {
      if (slot == 0)
        context.error("by", fmt::format("the key of '{}' is not named", inputs_.front()),
                      fmt::format("add {}: COLUMN", inputs_.front()));
      return keys;
    }
    for (const auto& name : given == nullptr ? usual : *given) {
      if (const auto column = context.input(slot).find(name)) {
        keys.push_back(*column);
      } else {
        context.unknown(path, fmt::format("{} has no column '{}'", input(slot), name), name, names_of(context.input(slot)));
      }
    }
    return keys;
  }

  void check_types(runtime::CheckContext& context, int slot) const {
    const auto& joined = joined_.back();
    const std::string path = find(options_.by.own, input(slot)) != nullptr ? "by." + input(slot) : "by";
    if (joined.on.size() != joined.table.keys.size()) {
      // Of names that are not there was spoken before.
      if (find(options_.by.own, input(slot)) != nullptr && !joined.on.empty() && !joined.table.keys.empty())
        context.error(path,
                      fmt::format("{} key columns for {} of '{}'", joined.table.keys.size(), joined.on.size(), inputs_.front()),
                      "name as many, in the same order");
      return;
    }
    for (std::size_t k = 0; k < joined.on.size(); ++k) {
      const auto& a = context.input(0)[joined.on[k]];
      const auto& b = context.input(slot)[joined.table.keys[k]];
      if (tables::comparable(a, b)) continue;
      const bool floats = a.type == b.type && is_float(a.type);
      context.error(path,
                    fmt::format("a join key of other type: '{}' of {} is {}, '{}' of {} is {}", a.name, inputs_.front(),
                                data::type_text(a), b.name, input(slot), data::type_text(b)),
                    floats ? "join on whole numbers, decimals, texts, dates or times"
                           : "import both as one type, or derive a column of the same type by a select step");
    }
  }

  /// Positions of the columns that an input gives to the result.
  std::vector<int> input_columns(runtime::CheckContext& context, int slot, const std::vector<int>& keys) const {
    std::vector<int> columns;
    const auto& schema = context.input(slot);
    const auto* const given = find(options_.columns, input(slot));
    const std::string path = "columns." + input(slot);
    const bool anti = slot > 0 && *how(slot) == Match::anti;
    if (anti && given != nullptr)
      context.error(path, fmt::format("'{}' is joined by anti, which adds no columns", input(slot)), "leave its columns out");
    if (anti) return columns;
    if (given == nullptr) {
      for (int column = 0; column < schema.columns(); ++column) {
        if (std::ranges::find(keys, column) == keys.end()) columns.push_back(column);
      }
      return columns;
    }
    for (std::size_t i = 0; i < given->size(); ++i) {
      if (const auto column = schema.find((*given)[i])) {
        columns.push_back(*column);
      } else {
        context.unknown(fmt::format("{}[{}]", path, i), fmt::format("there is no column '{}'", (*given)[i]), (*given)[i],
                        names_of(schema));
      }
    }
    return columns;
  }

  /// A column of the result, unless one of its name is there already.
  void add(runtime::CheckContext& context, data::Schema& result, const data::Field& field, int slot) {
    const auto [taken, is_new] = owners_.emplace(field.name, slot);
    if (is_new) {
      result.fields.push_back(field);
      return;
    }
    if (taken->second == slot) {
      context.error("columns." + input(slot), fmt::format("'{}' is named twice", field.name));
    } else {
      context.error("prefix", fmt::format("{} and {} both have a column '{}'", input(taken->second), input(slot), field.name),
                    fmt::format("write prefix: {{{}: {}_}}, or leave it out by `columns`", input(slot), input(slot)));
    }
  }

  void check_fill(runtime::CheckContext& context) const {
    std::vector<std::string> known;
    for (const auto& joined : joined_) {
      for (const auto& added : joined.table.columns) {
        if (joined.match == Match::left) known.push_back(added.field.name);
      }
    }
    for (const auto& [name, text] : options_.fill) {
      if (std::ranges::find(known, name) != known.end()) continue;
      const auto owner = owners_.find(name);
      if (owner == owners_.end()) {
        context.unknown("fill." + name, fmt::format("the result has no column '{}'", name), name, known);
      } else {
        context.error("fill." + name, fmt::format("'{}' of {} is there in every row", name, input(owner->second)),
                      "only what is added by `how: left` is filled");
      }
    }
  }

  /// Widths of texts, which only a look at the table tells. Collective.
  static void prepare_input(runtime::StepContext& context, int slot, tables::LookupTable& table) {
    const auto& source = context.input(slot);
    table.source = &source;
    table.key_widths = runtime::string_widths(context.communicator(), source, table.keys, source);
    std::vector<int> columns;
    for (const auto& added : table.columns) columns.push_back(added.column);
    const auto widths = runtime::string_widths(context.communicator(), source, columns, source);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      auto& added = table.columns[c];
      added.width = widths[c];
      if (added.fill && added.field.type == data::Type::string)
        added.width = std::max(added.width, static_cast<std::int32_t>(added.fill->text(0).size()));
    }
  }

  void note_left_out(runtime::StepContext& context, const tables::JoinedSource& source,
                     const prepare::Selection& selection) const {
    const auto reason = [&](std::size_t i) {
      return fmt::format("{} in {}", joined_[i].match == Match::inner ? "no match" : "a match", inputs_[i + 1]);
    };
    if (all_stay_) {
      context.left_out("where does not hold", selection.left_out());
    } else {
      const auto leaving = std::ranges::count_if(joined_, [](const auto& joined) { return joined.match != Match::left; });
      const auto counts = leaving == 1 ? std::vector<std::int64_t>(joined_.size(), selection.left_out())
                                       : source.left_out(context.communicator());
      for (std::size_t i = 0; i < joined_.size(); ++i) {
        if (joined_[i].match != Match::left) context.left_out(reason(i), counts[i]);
      }
    }
    const auto parts = source.parts(context.communicator());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] > 1) context.note("parts_of_" + inputs_[i + 1], parts[i]);
    }
    if (std::ranges::any_of(parts, [](auto count) { return count > 1; }))
      context.note("parts_because", "memory_per_rank has no room for all of an input; the keys were read once for each part");
  }

  JoinOptions options_;
  std::vector<std::string> inputs_;
  std::map<std::string, int> owners_;  ///< of the result's columns, by name
  std::vector<tables::JoinInput> joined_;
  std::vector<int> columns_;  ///< of the result, as positions in the joined source
  bool all_stay_ = true;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> join_kind() {
  return runtime::make_job_kind<JoinOptions, Join>(
      description(),
      {{.name = "table",
        .doc = "`from: {customers: customers, rfm: rfm}`, two or more; the rows of the first are those of the result.",
        .named_by_job = true}});
}

}  // namespace fullbase::jobs
