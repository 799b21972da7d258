#include "algorithms/tables/group_lines.hpp"

#include <algorithm>
#include <limits>

namespace fullbase::tables {

LineReader::LineReader(const data::BlockSource& source, const AggregateOptions& options, const GroupKeys& keys,
                       const MeasurePlan& plan, const data::ExpressionEnvironment& environment,
                       const data::BoundExpression* filter)
    : source_(source),
      plan_(plan),
      keyed_(source, keys, filter, options.time.empty() ? std::nullopt : std::optional(source.schema().at(options.time, "time")),
             environment.zone, environment.as_of) {
  const auto end = environment.as_of.value_or(std::numeric_limits<std::int64_t>::max());
  for (const Window& window : options.windows) {
    std::int64_t start = std::numeric_limits<std::int64_t>::min();
    if (window.length && __builtin_sub_overflow(end, *window.length, &start)) start = std::numeric_limits<std::int64_t>::min();
    starts_.push_back(start);
  }
  if (!options.value.empty()) {
    value_ = data::BoundExpression::bind(data::Expression::parse(options.value), source.schema(), environment);
    const data::Field& field = value_->field();
    if (!field.nullable && field.type != data::Type::float64 && field.type != data::Type::float32) value_.reset();
  }
  columns_ = plan.columns();
  if (value_) columns_.insert(columns_.end(), value_->columns().begin(), value_->columns().end());
  keyed_.add_columns(columns_);
  sort_once(columns_);
}

void LineReader::select(const data::Batch& batch, GroupLines& lines) const {
  keyed_.read(batch, columns_, lines.keyed_);
  const auto& codes = lines.keyed_.codes;
  lines.left_out = lines.keyed_.left_out;
  lines.times = lines.keyed_.times;
  lines.first_row = batch.rows.first;
  lines.taking_part_.resize(codes.size());
  lines.rows.resize(codes.size());
  lines.codes.resize(codes.size());
  lines.windows.clear();
  std::size_t count = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    lines.taking_part_[i] = codes[i] != missing_code;
    if (codes[i] == missing_code) continue;
    if (!lines.times.empty() && !starts_.empty()) {
      std::uint8_t window = 0;
      while (window < starts_.size() && lines.times[i] < starts_[window]) ++window;
      lines.windows.push_back(window < starts_.size() ? window : no_window);
    }
    lines.rows[count] = static_cast<std::int32_t>(i);
    lines.codes[count++] = codes[i];
  }
  lines.rows.resize(count);
  lines.codes.resize(count);
  if (value_) leave_out_missing(batch, lines);
}

/// After all else, so that the value is computed only where it counts.
void LineReader::leave_out_missing(const data::Batch& batch, GroupLines& lines) const {
  data::Column computed;
  const data::Column* values = &computed;
  if (const auto plain = value_->plain_column()) {
    values = &column_of(batch, columns_, *plain);
  } else {
    computed = value_->evaluate(batch, columns_, lines.taking_part_);
  }
  const bool masked = data::has_mask(values->field().type);
  if (masked && values->mask().empty()) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < lines.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(lines.rows[i]);
    if (masked ? values->mask()[row] != 0 : values->is_missing(lines.rows[i])) {
      lines.taking_part_[row] = 0;
      ++lines.left_out.missing_value;
      continue;
    }
    lines.rows[kept] = lines.rows[i];
    lines.codes[kept] = lines.codes[i];
    if (!lines.windows.empty()) lines.windows[kept] = lines.windows[i];
    ++kept;
  }
  lines.rows.resize(kept);
  lines.codes.resize(kept);
  if (!lines.windows.empty()) lines.windows.resize(kept);
}

void LineReader::read(const data::Batch& batch, GroupLines& lines) const {
  select(batch, lines);
  plan_.view(batch, columns_, lines.taking_part_, lines.measures);
}

void LineReader::add_magnitudes(const data::Batch& batch, GroupLines& lines, std::span<double> magnitudes) const {
  select(batch, lines);
  plan_.add_magnitudes(source_, batch, columns_, lines.taking_part_, magnitudes);
}

}  // namespace fullbase::tables
