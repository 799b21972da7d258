#include "algorithms/tables/group_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "algorithms/prepare/instants.hpp"

namespace fullbase::tables {

LineReader::LineReader(const data::BlockSource& source, const AggregateOptions& options, const GroupKeys& keys,
                       const MeasurePlan& plan, const data::ExpressionEnvironment& environment,
                       const data::BoundExpression* filter)
    : source_(source),
      keys_(keys),
      plan_(plan),
      filter_(filter),
      zone_(environment.zone),
      has_end_(environment.as_of.has_value()),
      as_of_(environment.as_of.value_or(std::numeric_limits<std::int64_t>::max())) {
  if (!options.time.empty()) time_ = source.schema().at(options.time, "time");
  for (const Window& window : options.windows) {
    std::int64_t start = std::numeric_limits<std::int64_t>::min();
    if (window.length && __builtin_sub_overflow(as_of_, *window.length, &start)) start = std::numeric_limits<std::int64_t>::min();
    starts_.push_back(start);
  }
  if (!options.value.empty()) {
    value_ = data::BoundExpression::bind(data::Expression::parse(options.value), source.schema(), environment);
    const data::Field& field = value_->field();
    if (!field.nullable && field.type != data::Type::float64 && field.type != data::Type::float32) value_.reset();
  }
  columns_ = plan.columns();
  if (value_) columns_.insert(columns_.end(), value_->columns().begin(), value_->columns().end());
  columns_.insert(columns_.end(), keys.positions().begin(), keys.positions().end());
  if (time_) columns_.push_back(*time_);
  if (filter_ != nullptr) columns_.insert(columns_.end(), filter_->columns().begin(), filter_->columns().end());
  std::sort(columns_.begin(), columns_.end());
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
}

void LineReader::select(const data::Batch& batch, GroupLines& lines) const {
  const auto rows = static_cast<std::size_t>(batch.rows.size());
  lines.left_out = {};
  lines.first_row = batch.rows.first;
  auto& taking_part = lines.taking_part_;
  taking_part.assign(rows, 1);
  if (filter_ != nullptr) {
    std::ranges::fill(taking_part, 0);
    const auto selected = filter_->select(batch, columns_);
    for (const std::int32_t row : selected) taking_part[static_cast<std::size_t>(row)] = 1;
    lines.left_out.filtered = static_cast<std::int64_t>(rows) - std::ssize(selected);
  }
  keys_.codes_of(batch, columns_, lines.all_codes_);
  lines.times = {};
  if (time_) {
    // A date that is no time can fail only where the line would take part.
    for (std::size_t i = 0; i < rows; ++i) {
      if (taking_part[i] == 0 || lines.all_codes_[i] != missing_code) continue;
      taking_part[i] = 0;
      ++lines.left_out.missing_key;
    }
    const data::Column& column = batch[static_cast<std::size_t>(std::ranges::find(columns_, *time_) - columns_.begin())];
    lines.times = prepare::instants(
        column, zone_, taking_part,
        [&](std::size_t row) {
          return fmt::format("{}.{}[{}]", source_.name(), column.field().name,
                             source_.source_row(batch.rows.first + static_cast<std::int64_t>(row)));
        },
        lines.times_);
  }
  lines.rows.resize(rows);
  lines.codes.resize(rows);
  lines.windows.clear();
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    if (taking_part[i] == 0) continue;
    if (lines.all_codes_[i] == missing_code) {
      ++lines.left_out.missing_key;
      taking_part[i] = 0;
      continue;
    }
    if (time_) {
      const std::int64_t time = lines.times[i];
      if (time == data::missing_int64 || (has_end_ && time >= as_of_)) {
        ++(time == data::missing_int64 ? lines.left_out.missing_time : lines.left_out.after_as_of);
        taking_part[i] = 0;
        continue;
      }
      if (!starts_.empty()) {
        std::uint8_t window = 0;
        while (window < starts_.size() && time < starts_[window]) ++window;
        lines.windows.push_back(window < starts_.size() ? window : no_window);
      }
    }
    lines.rows[count] = static_cast<std::int32_t>(i);
    lines.codes[count++] = lines.all_codes_[i];
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
    values = &batch[static_cast<std::size_t>(std::ranges::find(columns_, *plain) - columns_.begin())];
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
