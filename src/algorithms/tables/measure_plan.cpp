#include "algorithms/tables/measure_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "comm/quantiles.hpp"
#include "comm/reduction.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::tables {
namespace {

using data::Type;

/// Whether a function makes sense of values of a type.
bool takes(Function function, Type type) noexcept {
  switch (function) {
    case Function::sum:
    case Function::mean:
    case Function::std:
      return is_number(type);
    case Function::min:
    case Function::max:
      return type != Type::string && type != Type::boolean;
    case Function::quantile:
      return is_number(type) || is_time(type);
    case Function::first:
    case Function::last:
      return type != Type::string;
    default:
      return true;
  }
}

const char* verb(Function function) noexcept {
  switch (function) {
    case Function::sum:
      return "be added up";
    case Function::mean:
      return "have a mean";
    case Function::std:
      return "have a standard deviation";
    case Function::min:
    case Function::max:
      return "have a least or greatest value";
    case Function::quantile:
      return "have quantiles";
    default:
      return "be the first or last value";
  }
}

/// Whether the result is a value of the input; decimals come out as float64 all the same, rounded once.
bool is_value(Function function) noexcept {
  return function == Function::min || function == Function::max || function == Function::first || function == Function::last ||
         function == Function::quantile;
}

data::Field result_field(Function function, std::string name, const data::Field* value, bool real) {
  data::Field field{.name = std::move(name), .type = Type::float64, .nullable = true};
  if (function == Function::count || function == Function::distinct) {
    field.type = Type::int64;
    field.nullable = false;
  } else if (function == Function::sum) {
    field.nullable = false;
    if (value->type == Type::int64 && !real) field.type = Type::int64;
  } else if (is_value(function) && value->type != Type::decimal && !is_float(value->type)) {
    field.type = value->type;
  }
  if (value != nullptr && function != Function::share && field.type != Type::category) field.unit = value->unit;
  if (function == Function::count || function == Function::distinct) field.unit.clear();
  return field;
}

std::string both(const std::string& a, const std::string& b) {
  return a.empty() ? b : fmt::format("({}) and ({})", a, b);
}

/// A 192-bit unsigned integer, modulo 2^192.
struct Wide {
  base::uint128 low = 0;
  std::uint64_t high = 0;

  static Wide of(base::int128 value) noexcept { return {static_cast<base::uint128>(value), value < 0 ? ~std::uint64_t{0} : 0}; }
  Wide operator+(const Wide& other) const noexcept {
    const base::uint128 sum = low + other.low;
    return {sum, high + other.high + (sum < low ? 1 : 0)};
  }
  Wide operator-() const noexcept { return Wide{~low, ~high} + Wide{1, 0}; }
  Wide operator*(std::uint64_t factor) const noexcept {
    const base::uint128 first = static_cast<base::uint128>(static_cast<std::uint64_t>(low)) * factor;
    const base::uint128 second = static_cast<base::uint128>(static_cast<std::uint64_t>(low >> 64)) * factor + (first >> 64);
    return {(second << 64) | static_cast<std::uint64_t>(first), high * factor + static_cast<std::uint64_t>(second >> 64)};
  }
  Wide times(std::int64_t factor) const noexcept {
    const auto magnitude = static_cast<std::uint64_t>(factor);
    return factor < 0 ? -(*this * (0 - magnitude)) : *this * magnitude;
  }
  double value() const noexcept { return std::ldexp(static_cast<double>(high), 128) + static_cast<double>(low); }
};

/// round(a / b), b > 0, halves away from 0.
base::int128 rounded_quotient(base::int128 a, std::int64_t b) noexcept {
  return (a >= 0 ? a + b / 2 : a - b / 2) / b;
}

/// 1 where a column's value is missing. No floats.
void mark_missing(const data::Column& column, std::vector<std::uint8_t>& missing) {
  const auto mark = [&](auto values, auto absent) {
    for (std::size_t row = 0; row < missing.size(); ++row) missing[row] = values[row] == absent ? 1 : 0;
  };
  const Type type = column.field().type;
  if (data::has_mask(type)) {
    if (!column.mask().empty()) std::ranges::copy(column.mask(), missing.begin());
  } else if (type == Type::category) {
    mark(column.int32s(), data::missing_code);
  } else if (type == Type::date) {
    mark(column.int32s(), data::missing_date);
  } else {
    mark(column.int64s(), data::missing_int64);
  }
}

int bits_of(std::int64_t count) noexcept {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(1, count))));
}

}  // namespace

MeasurePlan::MeasurePlan(const data::Schema& schema, const AggregateOptions& options,
                         const data::ExpressionEnvironment& environment)
    : windows_(options.windows) {
  if (windows_.empty()) windows_.push_back({});
  inputs_.push_back({});  // every line
  for (const auto& [name, measure] : options.measures) {
    try {
      add(schema, name, measure, environment);
    } catch (const base::Error& error) {
      throw error.within("measures." + name);
    }
  }
  for (const Input& input : inputs_) {
    for (const auto* expression : {&input.value, &input.condition}) {
      if (*expression) columns_.insert(columns_.end(), (*expression)->columns().begin(), (*expression)->columns().end());
    }
  }
  std::sort(columns_.begin(), columns_.end());
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
  // States of one input together: rows with values are found once.
  std::vector<int> place(states_.size());
  std::vector<State> ordered;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    for (std::size_t s = 0; s < states_.size(); ++s) {
      if (states_[s].input != static_cast<int>(i)) continue;
      place[s] = static_cast<int>(ordered.size());
      ordered.push_back(states_[s]);
    }
  }
  for (Result& result : results_) {
    for (int* const number : {&result.count, &result.sum, &result.squares, &result.extreme, &result.whole_sum}) {
      if (*number >= 0) *number = place[static_cast<std::size_t>(*number)];
    }
  }
  const bool all_lines = windows_.size() == 1 && !windows_.front().length;
  state_ = GroupState(std::move(ordered), static_cast<int>(windows_.size()), all_lines);
}

int MeasurePlan::input(const data::Schema& schema, const std::string& of, const std::string& where,
                       const data::ExpressionEnvironment& environment) {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i].of == of && inputs_[i].where == where) return static_cast<int>(i);
  }
  Input made{.of = of, .where = where};
  if (!of.empty()) {
    made.value = data::BoundExpression::bind(data::Expression::parse(of), schema, environment);
    const data::Field& field = made.value->field();
    made.kind = is_float(field.type) ? ValueKind::real : field.type == Type::string ? ValueKind::text : ValueKind::integer;
    made.nullable = field.nullable || made.kind == ValueKind::real;
  }
  if (!where.empty()) {
    made.condition = data::BoundExpression::bind_condition(data::Expression::parse(where), schema, environment);
    made.nullable = true;
    const auto same = std::ranges::find(inputs_, where, &Input::where);
    made.condition_input = static_cast<int>(same - inputs_.begin());
  }
  inputs_.push_back(std::move(made));
  return static_cast<int>(inputs_.size()) - 1;
}

int MeasurePlan::state(State::Kind kind, int input) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].kind == kind && states_[i].input == input) return static_cast<int>(i);
  }
  states_.push_back({kind, input});
  return static_cast<int>(states_.size()) - 1;
}

int MeasurePlan::count_state(int input) {
  return state(State::Kind::count, inputs_[static_cast<std::size_t>(input)].nullable ? input : 0);
}

int MeasurePlan::list(int input, bool distinct) {
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    if (lists_[i].input == input && lists_[i].distinct == distinct) return static_cast<int>(i);
  }
  lists_.push_back({input, distinct});
  return static_cast<int>(lists_.size()) - 1;
}

void MeasurePlan::add(const data::Schema& schema, const std::string& name, const Measure& measure,
                      const data::ExpressionEnvironment& environment) {
  Result result{.function = measure.function, .name = name};
  const data::Field* field = nullptr;
  if (measure.function == Function::share) {
    // Lines where the condition holds, of those where it holds or not.
    const auto condition = data::BoundExpression::bind_condition(data::Expression::parse(measure.of), schema, environment);
    const std::string known =
        condition.field().nullable ? both(measure.where, fmt::format("({}) is not missing", measure.of)) : measure.where;
    const int part = input(schema, measure.amount, both(measure.where, measure.of), environment);
    const int whole = input(schema, measure.amount, known, environment);
    if (measure.amount.empty()) {
      result.count = state(State::Kind::count, part);
      result.whole_sum = count_state(whole);
    } else {
      const Type type = value_field(inputs_[static_cast<std::size_t>(part)]).type;
      if (!is_number(type)) {
        throw base::job_file_error(fmt::format("'{}' is {} and cannot be added up", measure.amount, data::type_name(type)));
      }
      result.sum = state(State::Kind::sum, part);
      result.whole_sum = state(State::Kind::sum, whole);
      inputs_[static_cast<std::size_t>(part)].summed = inputs_[static_cast<std::size_t>(whole)].summed = true;
    }
    result.input = part;
  } else {
    result.input = input(schema, measure.of, measure.where, environment);
    Input& input = inputs_[static_cast<std::size_t>(result.input)];
    if (!measure.of.empty()) field = &value_field(input);
    if (field != nullptr && !takes(measure.function, field->type)) {
      throw base::job_file_error(
          fmt::format("'{}' is {} and cannot {}", measure.of, data::type_name(field->type), verb(measure.function)), {},
          field->type == Type::string ? "import the column as a category" : "");
    }
    if (field != nullptr && field->type == Type::category && !input.value->plain_column() && is_value(measure.function))
      throw base::job_file_error(fmt::format("'{}' is no column, and its values are categories", measure.of));
    if (measure.function == Function::distinct || measure.function == Function::quantile) {
      result.list = list(result.input, measure.function == Function::distinct);
      result.at = measure.at;
      input.ordered = input.kind == ValueKind::real;
    } else if (measure.function != Function::sum) {
      result.count = count_state(result.input);
    }
    const bool real = input.kind == ValueKind::real;
    switch (measure.function) {
      case Function::sum:
      case Function::mean:
        result.sum = state(State::Kind::sum, result.input);
        input.summed = true;
        break;
      case Function::std:
        result.sum = state(real ? State::Kind::roots : State::Kind::sum, result.input);
        result.squares = state(State::Kind::squares, result.input);
        input.squared = true;
        break;
      case Function::min:
        result.extreme = state(State::Kind::least, result.input);
        break;
      case Function::max:
        result.extreme = state(State::Kind::greatest, result.input);
        break;
      case Function::first:
        result.extreme = state(State::Kind::first, result.input);
        break;
      case Function::last:
        result.extreme = state(State::Kind::last, result.input);
        break;
      default:
        break;
    }
    if (result.extreme >= 0 && real) input.ordered = true;
  }
  for (const Window& window : windows_) {
    fields_.push_back(result_field(measure.function, window.name.empty() ? name : name + "_" + window.name, field, measure.real));
  }
  results_.push_back(std::move(result));
}

std::vector<data::DictionaryPointer> MeasurePlan::dictionaries(const data::BlockSource& source) const {
  std::vector<data::DictionaryPointer> dictionaries;
  for (const Result& result : results_) {
    for (std::size_t w = 0; w < windows_.size(); ++w) {
      const bool category = fields_[dictionaries.size()].type == Type::category;
      const auto& input = inputs_[static_cast<std::size_t>(result.input)];
      dictionaries.push_back(category ? source.dictionary(*input.value->plain_column()) : nullptr);
    }
  }
  return dictionaries;
}

bool MeasurePlan::is_text(const ListPlan& list) const {
  return inputs_[static_cast<std::size_t>(list.input)].kind == ValueKind::text;
}

bool MeasurePlan::needs_scales() const noexcept {
  return std::ranges::any_of(inputs_,
                             [](const Input& input) { return input.kind == ValueKind::real && (input.summed || input.squared); });
}

void MeasurePlan::add_magnitudes(const data::BlockSource& source, const data::Batch& batch, std::span<const int> read,
                                 std::span<const std::uint8_t> taking_part, std::span<double> magnitudes) const {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Input& input = inputs_[i];
    if (input.kind != ValueKind::real || !(input.summed || input.squared)) continue;
    const data::Column values = input.value->evaluate(batch, read, taking_part);
    for (std::int64_t row = 0; row < values.rows(); ++row) {
      if (taking_part[static_cast<std::size_t>(row)] == 0) continue;
      const double magnitude = std::abs(values.number(row));
      if (std::isnan(magnitude)) continue;
      if (std::isinf(magnitude)) {
        throw base::input_error(fmt::format("'{}' is infinite and cannot be added up", input.of),
                                fmt::format("{}[{}]", source.name(), source.source_row(batch.rows.first + row)),
                                "leave such rows out by 'where'");
      }
      magnitudes[i] = std::max(magnitudes[i], magnitude);
    }
  }
}

void MeasurePlan::set_scales(std::span<const double> magnitudes, std::int64_t lines) {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const int top = magnitudes[i] > 0 ? std::ilogb(magnitudes[i]) + 1 : 0;  // |x| < 2^top
    inputs_[i].exponent = 126 - bits_of(lines) - top;
    inputs_[i].root_exponent = 62 - top;
  }
}

void MeasurePlan::read_reals(const Input& input, View::Buffers& buffers, InputValues& values) const {
  const data::Column& column = buffers.column;
  const auto rows = static_cast<std::size_t>(column.rows());
  if (input.summed) buffers.wide.resize(rows);
  if (input.squared) buffers.roots.resize(rows);
  if (input.ordered) buffers.order.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const double x = column.number(static_cast<std::int64_t>(i)) + 0.0;  // -0 becomes 0
    const bool missing = std::isnan(x);
    if (missing) buffers.missing[i] = 1;
    const bool finite = std::isfinite(x);
    if (input.summed) {
      // Rows that do not take part may lie beyond the scale.
      const double scaled = finite ? std::ldexp(x, input.exponent) : 0;
      buffers.wide[i] = std::abs(scaled) < 0x1p126 ? static_cast<base::int128>(std::nearbyint(scaled)) : 0;
    }
    if (input.squared) {
      const double scaled = finite ? std::ldexp(x, input.root_exponent) : 0;
      buffers.roots[i] = std::abs(scaled) <= 0x1p62 ? static_cast<std::int64_t>(std::nearbyint(scaled)) : 0;
    }
    if (input.ordered) buffers.order[i] = comm::ordered_bits(missing ? 0.0 : x);
  }
  if (input.summed) values.wide = buffers.wide;
  if (input.squared) values.roots = buffers.roots;
  if (input.ordered) values.order = buffers.order;
}

void MeasurePlan::view(const data::Batch& batch, std::span<const int> read, std::span<const std::uint8_t> taking_part,
                       View& view) const {
  const auto rows = static_cast<std::size_t>(batch.rows.size());
  view.values.assign(inputs_.size(), {});
  view.texts.assign(inputs_.size(), nullptr);
  view.buffers_.resize(inputs_.size());
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Input& input = inputs_[i];
    View::Buffers& buffers = view.buffers_[i];
    InputValues& values = view.values[i];
    if (input.nullable) buffers.missing.assign(rows, 0);
    if (input.value) {
      // A column as it is needs no copy.
      const auto plain = input.value->plain_column();
      const data::Column* column = nullptr;
      if (plain && input.kind != ValueKind::real) {
        column = &batch[static_cast<std::size_t>(std::ranges::find(read, *plain) - read.begin())];
      } else {
        buffers.column = input.value->evaluate(batch, read, taking_part);
        column = &buffers.column;
      }
      if (input.kind == ValueKind::real) {
        read_reals(input, buffers, values);
      } else {
        const Type type = column->field().type;
        if (type == Type::category || type == Type::date) {
          buffers.narrow.assign(column->int32s().begin(), column->int32s().end());
          values.narrow = buffers.narrow;
        } else if (type == Type::boolean) {
          buffers.narrow.assign(column->bools().begin(), column->bools().end());
          values.narrow = buffers.narrow;
        } else if (type == Type::string) {
          view.texts[i] = column;
        } else {
          values.narrow = column->int64s();
        }
        if (column->field().nullable) mark_missing(*column, buffers.missing);
      }
    }
    if (input.condition) {
      // Inputs of one condition look at it together.
      data::Column& condition = view.buffers_[static_cast<std::size_t>(input.condition_input)].condition;
      if (input.condition_input == static_cast<int>(i)) condition = input.condition->evaluate(batch, read, taking_part);
      const auto holds = condition.bools();
      std::uint8_t* const missing = buffers.missing.data();
      for (std::size_t row = 0; row < rows; ++row) missing[row] = missing[row] | (holds[row] == 0 ? 1 : 0);
      for (std::size_t row = 0; row < condition.mask().size(); ++row) {
        if (condition.mask()[row] != 0) buffers.missing[row] = 1;
      }
    }
    if (input.nullable) values.missing = buffers.missing;
  }
}

double MeasurePlan::amount(const Input& input, base::int128 units) const {
  if (input.kind == ValueKind::real) return std::ldexp(static_cast<double>(units), -input.exponent);
  return base::decimal_to_double(units, value_field(input).scale);
}

double MeasurePlan::mean(const Input& input, base::int128 units, std::int64_t count) const {
  const auto n = static_cast<double>(count);
  // Divided first: the mean of floats fits where their sum does not.
  if (input.kind == ValueKind::real) return std::ldexp(static_cast<double>(units) / n, -input.exponent);
  return amount(input, units) / n;
}

double MeasurePlan::share(const Input& part, base::int128 part_units, const Input& whole, base::int128 whole_units) const {
  if (part.kind == ValueKind::real) {
    return std::ldexp(static_cast<double>(part_units) / static_cast<double>(whole_units), whole.exponent - part.exponent);
  }
  return amount(part, part_units) / amount(whole, whole_units);
}

double MeasurePlan::deviation(const Result& result, const std::uint64_t* cell, std::int64_t count) const {
  const auto word = [&](int state) { return cell + state_.states()[static_cast<std::size_t>(state)].offset; };
  const base::int128 sum = wide_word(word(result.sum));
  const std::uint64_t* const squares = word(result.squares);
  // About the nearest integer to the mean, sum (x - c)^2 = sum x^2 - 2 c sum x + n c^2, exact modulo 2^192.
  const auto centre = static_cast<std::int64_t>(rounded_quotient(sum, count));
  const Wide total = Wide{static_cast<base::uint128>(wide_word(squares)), squares[2]} + -(Wide::of(sum).times(centre)) +
                     -(Wide::of(sum).times(centre)) + Wide::of(count).times(centre).times(centre);
  const auto rest = static_cast<double>(sum - static_cast<base::int128>(count) * centre);
  const auto n = static_cast<double>(count);
  const double units = std::sqrt(std::max(0.0, total.value() - rest * rest / n) / (n - 1));
  const Input& input = inputs_[static_cast<std::size_t>(result.input)];
  if (input.kind == ValueKind::real) return std::ldexp(units, -input.root_exponent);
  return units / static_cast<double>(base::power_of_ten(value_field(input).scale));
}

void MeasurePlan::finish(const std::uint64_t* words, const GroupLists& lists, ResultRow row) const {
  std::size_t at = 0;
  const auto put = [&](std::uint64_t word) { row.values[at] = word; };
  const auto put_number = [&](double number) { put(std::bit_cast<std::uint64_t>(number)); };
  const auto put_missing = [&] {
    row.values[at] = 0;
    row.missing[at / 64] |= std::uint64_t{1} << (at % 64);
  };
  for (const Result& result : results_) {
    const Input& input = inputs_[static_cast<std::size_t>(result.input)];
    // The value behind an ordered word, as the field's type writes it.
    const auto put_value = [&](std::uint64_t word) {
      if (input.kind == ValueKind::real) return put_number(comm::double_of_ordered_bits(word));
      const std::int64_t value = comm::int64_of_ordered_bits(word);
      if (value_field(input).type == Type::decimal) return put_number(base::decimal_to_double(value, value_field(input).scale));
      put(static_cast<std::uint64_t>(value));
    };
    for (int window = 0; window < state_.windows(); ++window, ++at) {
      const std::uint64_t* const cell = words + state_.cell(window);
      const auto word = [&](int state) { return cell + state_.states()[static_cast<std::size_t>(state)].offset; };
      const std::int64_t count = result.count >= 0 ? static_cast<std::int64_t>(*word(result.count)) : 0;
      switch (result.function) {
        case Function::count:
          put(static_cast<std::uint64_t>(count));
          break;
        case Function::sum: {
          const base::int128 sum = wide_word(word(result.sum));
          if (fields_[at].type != Type::int64) {
            put_number(amount(input, sum));
          } else if (sum > std::numeric_limits<std::int64_t>::max() || sum < std::numeric_limits<std::int64_t>::min()) {
            throw base::input_error(fmt::format("a sum of '{}' does not fit 64 bits", input.of), "measures." + result.name,
                                    fmt::format("write {{sum: float64({})}}", input.of));
          } else {
            put(static_cast<std::uint64_t>(static_cast<std::int64_t>(sum)));
          }
          break;
        }
        case Function::mean:
          if (count == 0) {
            put_missing();
          } else {
            put_number(mean(input, wide_word(word(result.sum)), count));
          }
          break;
        case Function::std:
          if (count < 2) {
            put_missing();
          } else {
            put_number(deviation(result, cell, count));
          }
          break;
        case Function::min:
        case Function::max:
          if (count == 0) {
            put_missing();
          } else {
            put_value(*word(result.extreme));
          }
          break;
        case Function::first:
        case Function::last:
          if (count == 0) {
            put_missing();
          } else {
            put_value(word(result.extreme)[2]);
          }
          break;
        case Function::distinct:
          put(static_cast<std::uint64_t>(
              lists.distinct[static_cast<std::size_t>(result.list)][static_cast<std::size_t>(window)]));
          break;
        case Function::quantile: {
          std::int64_t n = 0;
          const auto& values = lists.values[static_cast<std::size_t>(result.list)];
          for (const auto& [value, where] : values) n += where <= window ? 1 : 0;
          if (n == 0) {
            put_missing();
            break;
          }
          std::int64_t before = comm::quantile_position(result.at, n);
          for (const auto& [value, where] : values) {
            if (where > window || before-- > 0) continue;
            put_value(value);
            break;
          }
          break;
        }
        case Function::share: {
          const std::uint64_t* const all = word(result.whole_sum);
          const bool lines = result.sum < 0;
          if (lines ? *all == 0 : wide_word(all) == 0) {
            put_missing();
          } else if (lines) {
            put_number(static_cast<double>(count) / static_cast<double>(*all));
          } else {
            const int whole = state_.states()[static_cast<std::size_t>(result.whole_sum)].input;
            put_number(share(input, wide_word(word(result.sum)), inputs_[static_cast<std::size_t>(whole)], wide_word(all)) + 0.0);
          }
          break;
        }
      }
    }
  }
}

}  // namespace fullbase::tables
