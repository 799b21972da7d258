#include "algorithms/recommendation/unique_pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "algorithms/prepare/block_assembly.hpp"
#include "algorithms/prepare/block_ends.hpp"
#include "algorithms/prepare/unique_key.hpp"
#include "algorithms/recommendation/kept_pieces.hpp"
#include "algorithms/recommendation/line_values.hpp"
#include "algorithms/recommendation/pair_groups.hpp"
#include "algorithms/tables/aggregate.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/row_selection.hpp"
#include "data/show_value.hpp"

namespace fullbase::recommendation {
namespace {

using data::Type;

bool has_time(const InteractionOptions& options) noexcept {
  return !options.time.empty();
}

/// Whether what lines say has to be worked out before they are grouped.
bool needs_line_values(const InteractionOptions& options) noexcept {
  return options.half_life || options.combine == Combine::error ||
         (options.lines_have_range() && options.range->outside != Outside::error);
}

}  // namespace

data::Schema UniquePairs::schema(const data::Schema& input, const InteractionOptions& options) {
  data::Schema schema;
  for (const auto& [name, column] : {std::pair("customer", &options.customer), std::pair("item", &options.item)}) {
    const auto& field = input[input.at(*column, name)];
    schema.fields.push_back({.name = name, .type = field.type});
  }
  schema.fields.push_back({.name = "value", .type = Type::float64});
  schema.fields.push_back({.name = "lines", .type = Type::int64});
  if (has_time(options)) {
    const auto& time = input[input.at(options.time, "time")];
    schema.fields.push_back({.name = "last", .type = time.type, .unit = time.unit});
  }
  return schema;
}

struct UniquePairs::Implementation {
  Implementation(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
                 const InteractionOptions& asked, const data::ExpressionEnvironment& environment, data::Budget& budget,
                 data::Spill& spill, const std::function<void(std::int64_t, std::int64_t)>& progress)
      : options(asked), schema(UniquePairs::schema(source.schema(), options)), line_values(source, filter, options, environment) {
    const bool worked_out = needs_line_values(options);
    const auto& lines = worked_out ? static_cast<const data::BlockSource&>(line_values) : source;
    counts.lines_outside = line_values.count_outside(communicator);
    if (options.combine == Combine::error) refuse_repeated(communicator, budget);
    aggregate.emplace(communicator, lines, filter, grouping(options, worked_out ? &line_values : nullptr), environment, budget,
                      spill, progress);
    counts.filtered = aggregate->filtered();
    counts.missing_key = aggregate->missing_key();
    counts.missing_time = aggregate->missing_time();
    counts.after_as_of = aggregate->after_as_of();
    counts.missing_value = aggregate->missing_value();
    if (options.lines_have_range() && options.range->outside == Outside::leave_out) counts.missing_value -= counts.lines_outside;

    const double most = look_at_values(communicator);
    add_up_sides(communicator, lines, most, budget);
    number_rows(communicator);
  }

  /// Of lines that take part: see LineValues.
  void refuse_repeated(comm::Communicator& communicator, data::Budget& budget) const {
    const auto& all = line_values.schema();
    const auto takes_part = data::BoundExpression::bind_condition(
        data::Expression::parse(data::column_expression(line_values.value()) + " is not missing"), all);
    const std::array keys = {all.at(options.customer, "customer"), all.at(options.item, "item")};
    prepare::require_unique(communicator, line_values, keys, budget,
                            "correct the data, or say by `combine` what such lines mean together", prepare::row_number,
                            &takes_part);
  }

  /// Collective. Passes groups, of all columns or of those before `columns`, to `consume` from several threads.
  template <class F>
  void read_groups(comm::Communicator& communicator, std::string_view stage, F&& consume) const {
    std::vector<int> columns(static_cast<std::size_t>(group_columns()));
    std::iota(columns.begin(), columns.end(), 0);
    comm::collective_try(communicator, stage, [&] { aggregate->read(columns, std::forward<F>(consume)); });
  }

  int group_columns() const noexcept { return schema.columns() + (has_weighted_mean(options) ? 1 : 0); }

  /// Collective. Refuses values that no matrix can have; the greatest magnitude of the others.
  double look_at_values(comm::Communicator& communicator) {
    constexpr auto none = std::numeric_limits<std::int64_t>::max();
    std::mutex mutex;
    double most = 0;
    std::int64_t first = none;
    std::optional<base::Error> error;
    std::array<std::int64_t, 2> outside = {};
    read_groups(communicator, "look at values", [&](data::Batch&& groups) {
      const auto pairs = pairs_of(groups, options);
      double some = 0;
      for (std::size_t i = 0; i < pairs.values.size(); ++i) {
        if (pairs.stay[i] != 0) some = std::max(some, std::abs(pairs.values[i]));
      }
      const std::scoped_lock lock(mutex);
      most = std::max(most, some);
      outside[0] += pairs.outside;
      outside[1] += pairs.lines_left_out;
      if (pairs.first_problem < 0 || groups.rows.first + pairs.first_problem >= first) return;
      first = groups.rows.first + pairs.first_problem;
      // Not the customer: logs are read by more people than customers' data.
      error = base::input_error(pairs.problem,
                                fmt::format("a pair of item {}", data::show_value(groups[item_column], pairs.first_problem, "")),
                                pairs.advice);
    });
    const auto lowest = communicator.min_value(first);
    comm::agree(communicator, first == lowest ? error : std::nullopt);
    communicator.sum(std::span<std::int64_t>(outside));
    counts.pairs_outside = outside[0];
    counts.lines_of_pairs_outside = outside[1];
    return communicator.max_value(most);
  }

  /// Collective.
  void add_up_sides(comm::Communicator& communicator, const data::BlockSource& source, double most, data::Budget& budget) {
    const auto side = [&](const std::string& column, const char* option) {
      const int position = source.schema().at(column, option);
      auto slots = prepare::KeySlots::build(communicator, source, position, comm::own_rows(communicator, source.rows()), budget);
      return comm::collective_try(communicator, "total pairs",
                                  [&] { return PairSide(std::move(slots), source.schema()[position], most, budget); });
    };
    customers.emplace(side(options.customer, "customer"));
    items.emplace(side(options.item, "item"));
    read_groups(communicator, "total pairs", [&](data::Batch&& groups) {
      const auto pairs = pairs_of(groups, options);
      customers->add(groups[customer_column], pairs.values, pairs.stay);
      items->add(groups[item_column], pairs.values, pairs.stay);
    });
    customers->finish(communicator, options.cold.customers, budget);
    items->finish(communicator, options.cold.items, budget);
  }

  /// The pairs that the result has.
  void leave_out_cold(const data::Batch& groups, std::span<std::uint8_t> stay) const {
    if (!options.cold.leave_out) return;
    customers->leave_out_cold(groups[customer_column], stay);
    items->leave_out_cold(groups[item_column], stay);
  }

  /// Collective.
  void number_rows(comm::Communicator& communicator) {
    std::mutex mutex;
    std::array<std::int64_t, 3> sums = {};
    read_groups(communicator, "number pairs", [&](data::Batch&& groups) {
      auto pairs = pairs_of(groups, options);
      const auto lines = groups[lines_column].int64s();
      const auto before = pairs.stay;
      leave_out_cold(groups, pairs.stay);
      std::int64_t stay = 0;
      std::array<std::int64_t, 3> some = {};
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] == 0) continue;
        const bool stays = pairs.stay[i] != 0;
        stay += stays ? 1 : 0;
        some[0] += stays ? lines[i] : 0;
        some[1] += stays ? 0 : 1;
        some[2] += stays ? 0 : lines[i];
      }
      pieces.add(groups.rows, stay);
      const std::scoped_lock lock(mutex);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += some[i];
    });
    communicator.sum(std::span<std::int64_t>(sums));
    counts.lines = sums[0];
    counts.cold_pairs = sums[1];
    counts.lines_of_cold_pairs = sums[2];
    pieces.number(communicator);
  }

  /// Rows of the result.
  data::Batch result_of(data::Batch&& groups) const {
    auto pairs = pairs_of(groups, options);
    leave_out_cold(groups, pairs.stay);
    data::Batch result{.rows = groups.rows, .columns = {}};
    for (int column = 0; column < schema.columns(); ++column) {
      auto& from = groups.columns[static_cast<std::size_t>(column)];
      if (static_cast<std::size_t>(column) == value_column) {
        result.columns.emplace_back(schema[column], std::move(pairs.values));
      } else {
        result.columns.emplace_back(schema[column], std::move(from.values()), std::vector<std::uint8_t>(), from.dictionary());
      }
    }
    const auto first = pieces.new_first(groups.rows.first);
    std::vector<std::int32_t> rows;
    for (std::size_t i = 0; i < pairs.stay.size(); ++i) {
      if (pairs.stay[i] != 0) rows.push_back(static_cast<std::int32_t>(i));
    }
    if (rows.size() < pairs.stay.size()) return data::take_rows(result, rows, first);
    result.rows = {first, first + groups.rows.size()};
    return result;
  }

  InteractionOptions options;
  data::Schema schema;
  LineValues line_values;
  std::optional<tables::Aggregate> aggregate;
  std::optional<PairSide> customers;
  std::optional<PairSide> items;
  KeptPieces pieces;
  PairCounts counts;
};

UniquePairs::UniquePairs(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
                         const InteractionOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
                         data::Spill& spill, const std::function<void(std::int64_t done, std::int64_t total)>& progress)
    : implementation_(
          std::make_unique<Implementation>(communicator, source, filter, options, environment, budget, spill, progress)) {}

UniquePairs::~UniquePairs() = default;

std::int64_t UniquePairs::rows() const noexcept {
  return implementation_->pieces.rows();
}
std::int64_t UniquePairs::passes() const noexcept {
  return implementation_->aggregate->passes();
}
const PairCounts& UniquePairs::counts() const noexcept {
  return implementation_->counts;
}
const PairSide& UniquePairs::customers() const noexcept {
  return *implementation_->customers;
}
const PairSide& UniquePairs::items() const noexcept {
  return *implementation_->items;
}

std::vector<data::DictionaryPointer> UniquePairs::dictionaries() const {
  auto all = implementation_->aggregate->dictionaries();
  all.resize(implementation_->schema.fields.size());
  return all;
}

std::vector<std::int32_t> UniquePairs::string_widths() const {
  auto all = implementation_->aggregate->string_widths();
  all.resize(implementation_->schema.fields.size());
  return all;
}

void UniquePairs::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  const auto& own = *implementation_;
  prepare::BlockAssembly assembly(sink, rows());
  own.read_groups(communicator, "write pairs", [&](data::Batch&& groups) {
    const auto pairs = own.result_of(std::move(groups));
    if (!pairs.rows.empty()) assembly.add(pairs);
  });
  prepare::write_ends(communicator, assembly.take_waiting(), data::empty_batch(own.schema, dictionaries()), rows(), sink);
}

}  // namespace fullbase::recommendation
