#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "base/contract.hpp"
#include "data/expression_registers.hpp"

namespace fullbase::data {
namespace {

using Op = ExpressionOp;
using Register = ExpressionRegister;

/// One run over a batch, piece by piece.
class Run {
 public:
  Run(const ExpressionProgram& program, const Batch& batch, std::span<const int> read, std::span<const std::uint8_t> taking_part)
      : program_(program), batch_(batch), taking_part_(taking_part) {
    FULLBASE_EXPECTS(taking_part.empty() || std::ssize(taking_part) == batch.rows.size(), "every row takes part or does not");
    for (const int position : program.columns) {
      const auto found = std::ranges::find(read, position);
      FULLBASE_EXPECTS(found != read.end(), "a batch holds the columns that its expression needs");
      columns_.push_back(&batch.columns.at(static_cast<std::size_t>(found - read.begin())));
    }
    for (const auto& lookup : program.lookups) tables_.push_back(table(*lookup));
    registers_.resize(program.registers.size());
    for (std::size_t i = 0; i < registers_.size(); ++i) registers_[i].allocate(program.registers[i]);
    for (const ExpressionConstant& constant : program.constants) {
      Register& out = registers_[static_cast<std::size_t>(constant.out)];
      std::ranges::fill(out.integers, constant.integer);
      std::ranges::fill(out.reals, constant.real);
      std::ranges::fill(out.truths, static_cast<std::uint8_t>(constant.integer));
      std::ranges::fill(out.texts, std::string_view(constant.text));
    }
  }

  /// Calls finish(result register, first row, rows) for each piece in order.
  template <class F>
  void pieces(F finish) {
    const std::int64_t rows = batch_.rows.size();
    for (std::int64_t first = 0; first < rows; first += expression_piece) {
      const int n = static_cast<int>(std::min<std::int64_t>(expression_piece, rows - first));
      ExpressionOverflow overflow{.taking_part = taking_part_.empty() ? nullptr : taking_part_.data() + first};
      for (const auto& instruction : program_.instructions) apply(instruction, first, n, overflow);
      if (overflow.row >= 0) {
        throw base::input_error(fmt::format("the result of '{}' does not fit 64 bits", program_.text),
                                fmt::format("row {}", batch_.rows.first + first + overflow.row),
                                "leave the row out by 'where', or compute with float64(...)");
      }
      finish(registers_[static_cast<std::size_t>(program_.result)], first, n);
    }
  }

 private:
  void apply(const ExpressionInstruction& instruction, std::int64_t first, int n, ExpressionOverflow& overflow) {
    Register& out = registers_[static_cast<std::size_t>(instruction.out)];
    switch (instruction.op) {
      case Op::load:
        return load(*columns_[static_cast<std::size_t>(instruction.a)], first, n, out);
      case Op::category_text:
        return category_text(*columns_[static_cast<std::size_t>(instruction.a)], first, n, out);
      case Op::category_missing: {
        const auto codes = columns_[static_cast<std::size_t>(instruction.a)]->int32s().subspan(static_cast<std::size_t>(first));
        std::uint8_t* const truths = out.truths.data();
        const std::int32_t* const from = codes.data();
        for (int i = 0; i < n; ++i) truths[i] = from[i] < 0 ? truth_true : truth_false;
        return;
      }
      case Op::lookup:
        return look_up(static_cast<std::size_t>(instruction.a), first, n, out);
      case Op::day_begins:
      case Op::local_day:
      case Op::local_time:
      case Op::year:
      case Op::month:
      case Op::day:
      case Op::whole_days:
        return apply_time(instruction, program_.zone, registers_, n, overflow);
      case Op::compare:
      case Op::compare_scaled:
      case Op::both:
      case Op::either:
      case Op::negation:
      case Op::is_missing:
      case Op::in_list:
        return apply_comparison(instruction, program_, registers_, n);
      case Op::coalesce:
      case Op::choose:
        return apply_choice(instruction, registers_, n);
      case Op::starts_with:
      case Op::ends_with:
      case Op::contains:
      case Op::length:
        return apply_text(instruction, registers_, n);
      default:
        return apply_arithmetic(instruction, registers_, n, overflow);
    }
  }

  /// Values with a missing value of their own: it becomes 0 and a mask.
  template <class T>
  static void load_marked(std::span<const T> from, T missing, int n, Register& out) {
    // Bytes are written in a loop of their own, and only where they are needed: see each() of comparisons.
    std::int64_t any = 0;
    std::int64_t* const values = out.integers.data();
    const T* const source = from.data();
    for (int i = 0; i < n; ++i) {
      any |= source[i] == missing ? 1 : 0;
      values[i] = source[i];
    }
    out.any_missing = any != 0;
    std::uint8_t* const mask = out.mask.data();
    for (int i = 0; out.any_missing && i < n; ++i) {
      mask[i] = source[i] == missing ? 1 : 0;
      values[i] = source[i] == missing ? 0 : values[i];
    }
  }

  static void load_mask(const Column& column, std::int64_t first, int n, Register& out) {
    out.any_missing = !column.mask().empty();
    if (out.any_missing) std::copy_n(column.mask().begin() + first, n, out.mask.begin());
  }

  static void load(const Column& column, std::int64_t first, int n, Register& out) {
    const auto at = static_cast<std::size_t>(first);
    switch (column.field().type) {
      case Type::int64: {
        const auto from = column.int64s().subspan(at);
        std::copy_n(from.begin(), n, out.integers.begin());
        load_mask(column, first, n, out);
        for (int i = 0; out.any_missing && i < n; ++i) out.integers[i] = out.mask[i] != 0 ? 0 : from[i];
        return;
      }
      case Type::decimal:
      case Type::timestamp:
        return load_marked(column.int64s().subspan(at), missing_int64, n, out);
      case Type::date:
        return load_marked(column.int32s().subspan(at), missing_date, n, out);
      case Type::float64:
        std::copy_n(column.float64s().begin() + first, n, out.reals.begin());
        return;
      case Type::float32:
        std::copy_n(column.float32s().begin() + first, n, out.reals.begin());
        return;
      case Type::boolean: {
        const auto from = column.bools().subspan(at);
        load_mask(column, first, n, out);
        for (int i = 0; i < n; ++i) {
          out.truths[i] = out.any_missing && out.mask[i] != 0 ? truth_missing : from[i] != 0 ? truth_true : truth_false;
        }
        return;
      }
      case Type::string:
        load_mask(column, first, n, out);
        for (int i = 0; i < n; ++i) out.texts[i] = column.text(first + i);
        return;
      case Type::category:
        break;
    }
    FULLBASE_EXPECTS(false, "a category column has no register of its own");
  }

  static void category_text(const Column& column, std::int64_t first, int n, Register& out) {
    const auto codes = column.int32s().subspan(static_cast<std::size_t>(first));
    int any = 0;
    for (int i = 0; i < n; ++i) {
      const bool missing = codes[i] < 0;
      any |= missing ? 1 : 0;
      out.mask[i] = missing ? 1 : 0;
      out.texts[i] = missing ? std::string_view() : (*column.dictionary())[codes[i]];
    }
    out.any_missing = any != 0;
  }

  /// The results for each category, worked out once for a dictionary by whichever thread comes first.
  std::shared_ptr<const ExpressionLookup::Table> table(const ExpressionLookup& lookup) const {
    const DictionaryPointer& dictionary = columns_[static_cast<std::size_t>(lookup.column)]->dictionary();
    FULLBASE_EXPECTS(dictionary != nullptr, "a category column has a dictionary");
    const std::scoped_lock lock(lookup.mutex);
    if (lookup.latest && lookup.latest->dictionary == dictionary) return lookup.latest;
    Batch texts{.rows = {0, dictionary->size()}, .columns = {}};
    texts.columns.emplace_back(Field{.name = "category", .type = Type::string}, dictionary->texts());
    const int read[] = {0};
    lookup.latest = std::make_shared<const ExpressionLookup::Table>(
        ExpressionLookup::Table{dictionary, lookup.of_text.evaluate(texts, read)});
    return lookup.latest;
  }

  void look_up(std::size_t place, std::int64_t first, int n, Register& out) const {
    const Column& results = tables_[place]->results;
    const Column& column = *columns_[static_cast<std::size_t>(program_.lookups[place]->column)];
    const auto codes = column.int32s().subspan(static_cast<std::size_t>(first));
    if (results.field().type == Type::boolean) {
      const auto truths = results.bools();
      for (int i = 0; i < n; ++i) {
        out.truths[i] = codes[i] < 0 ? truth_missing : static_cast<std::uint8_t>(truths[codes[i]] * truth_true);
      }
      return;
    }
    const auto integers = results.int64s();
    int any = 0;
    for (int i = 0; i < n; ++i) {
      const bool missing = codes[i] < 0;
      any |= missing ? 1 : 0;
      out.mask[i] = missing ? 1 : 0;
      out.integers[i] = missing ? 0 : integers[codes[i]];
    }
    out.any_missing = any != 0;
  }

  const ExpressionProgram& program_;
  const Batch& batch_;
  std::span<const std::uint8_t> taking_part_;
  std::vector<const Column*> columns_;
  std::vector<std::shared_ptr<const ExpressionLookup::Table>> tables_;
  std::vector<Register> registers_;
};

void store_mask(const Register& from, std::int64_t first, int n, Column& out, std::int64_t rows) {
  if (!from.any_missing || std::none_of(from.mask.begin(), from.mask.begin() + n, [](auto m) { return m != 0; })) return;
  out.mask().resize(static_cast<std::size_t>(rows));
  std::copy_n(from.mask.begin(), n, out.mask().begin() + first);
}

void store(const Register& from, std::int64_t first, int n, Column& out, std::int64_t rows) {
  const auto at = static_cast<std::size_t>(first);
  switch (out.field().type) {
    case Type::int64:
      std::copy_n(from.integers.begin(), n, out.int64s().begin() + first);
      return store_mask(from, first, n, out, rows);
    case Type::decimal:
    case Type::timestamp:
      std::copy_n(from.integers.begin(), n, out.int64s().begin() + first);
      for (int i = 0; from.any_missing && i < n; ++i) {
        if (from.mask[i] != 0) out.int64s()[at + static_cast<std::size_t>(i)] = missing_int64;
      }
      return;
    case Type::date:
      for (int i = 0; i < n; ++i) {
        const bool missing = from.any_missing && from.mask[i] != 0;
        out.int32s()[at + static_cast<std::size_t>(i)] = missing ? missing_date : static_cast<std::int32_t>(from.integers[i]);
      }
      return;
    case Type::boolean:
      for (int i = 0; i < n; ++i) {
        out.bools()[at + static_cast<std::size_t>(i)] = from.truths[i] == truth_true ? 1 : 0;
        if (from.truths[i] != truth_missing) continue;
        out.mask().resize(static_cast<std::size_t>(rows));
        out.mask()[at + static_cast<std::size_t>(i)] = 1;
      }
      return;
    case Type::string:
      for (int i = 0; i < n; ++i) out.strings().push_back(from.texts[i]);
      return store_mask(from, first, n, out, rows);
    default:
      std::copy_n(from.reals.begin(), n, out.float64s().begin() + first);
  }
}

}  // namespace

Column BoundExpression::evaluate(const Batch& batch, std::span<const int> read, std::span<const std::uint8_t> taking_part) const {
  if (const auto plain = program_->plain_column) {
    const auto found = std::ranges::find(read, *plain);
    FULLBASE_EXPECTS(found != read.end(), "a batch holds the columns that its expression needs");
    return batch.columns.at(static_cast<std::size_t>(found - read.begin()));
  }
  const std::int64_t rows = batch.rows.size();
  Column out(program_->field, rows);
  Run run(*program_, batch, read, taking_part);
  run.pieces([&](const Register& result, std::int64_t first, int n) { store(result, first, n, out, rows); });
  return out;
}

std::vector<std::int32_t> BoundExpression::select(const Batch& batch, std::span<const int> read) const {
  FULLBASE_EXPECTS(program_->field.type == Type::boolean, "rows are selected by a condition");
  std::vector<std::int32_t> rows(static_cast<std::size_t>(batch.rows.size()));
  std::size_t count = 0;
  Run run(*program_, batch, read, {});
  run.pieces([&](const Register& result, std::int64_t first, int n) {
    const std::uint8_t* const truths = result.truths.data();
    std::int32_t* const chosen = rows.data();
    std::size_t at = count;
    for (int i = 0; i < n; ++i) {
      chosen[at] = static_cast<std::int32_t>(first + i);
      at += truths[i] == truth_true ? 1 : 0;
    }
    count = at;
  });
  rows.resize(count);
  return rows;
}

}  // namespace fullbase::data
