#include "algorithms/tables/keyed_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/prepare/instants.hpp"

namespace fullbase::tables {

KeyedLineReader::KeyedLineReader(const data::BlockSource& source, const GroupKeys& keys, const data::BoundExpression* where,
                                 std::optional<int> time, const base::TimeZone& zone, std::optional<std::int64_t> as_of)
    : source_(source), keys_(keys), where_(where), time_(time), zone_(zone), as_of_(as_of) {}

void KeyedLineReader::add_columns(std::vector<int>& columns) const {
  columns.insert(columns.end(), keys_.positions().begin(), keys_.positions().end());
  if (time_) columns.push_back(*time_);
  if (where_ != nullptr) columns.insert(columns.end(), where_->columns().begin(), where_->columns().end());
}

void KeyedLineReader::read(const data::Batch& batch, std::span<const int> read, KeyedLines& lines) const {
  lines.left_out = {};
  lines.times = {};
  keys_.codes_of(batch, read, lines.codes);
  auto& codes = lines.codes;
  if (where_ != nullptr) {
    lines.taking_part_.assign(codes.size(), 0);
    const auto selected = where_->select(batch, read);
    for (const std::int32_t row : selected) lines.taking_part_[static_cast<std::size_t>(row)] = 1;
    std::int64_t missing = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (lines.taking_part_[i] == 0) {
        codes[i] = missing_code;
      } else {
        missing += codes[i] == missing_code;
      }
    }
    lines.left_out.filtered = std::ssize(codes) - std::ssize(selected);
    lines.left_out.missing_key = missing;
  } else {
    lines.left_out.missing_key = std::ranges::count(codes, missing_code);
  }
  if (time_) leave_out_by_time(batch, read, lines);
}

void KeyedLineReader::leave_out_by_time(const data::Batch& batch, std::span<const int> read, KeyedLines& lines) const {
  auto& codes = lines.codes;
  const data::Column& times = column_of(batch, read, *time_);
  // A date that is no time can fail only where the line would take part.
  lines.taking_part_.resize(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) lines.taking_part_[i] = codes[i] != missing_code;
  lines.times = prepare::instants(
      times, zone_, lines.taking_part_,
      [&](std::size_t row) {
        return fmt::format("{}.{}[{}]", source_.name(), times.field().name,
                           source_.source_row(batch.rows.first + static_cast<std::int64_t>(row)));
      },
      lines.times_);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] == missing_code) continue;
    const bool missing = lines.times[i] == data::missing_int64;
    if (!missing && !(as_of_ && lines.times[i] >= *as_of_)) continue;
    ++(missing ? lines.left_out.missing_time : lines.left_out.after_as_of);
    codes[i] = missing_code;
  }
}

void sort_once(std::vector<int>& positions) {
  std::ranges::sort(positions);
  const auto repeated = std::ranges::unique(positions);
  positions.erase(repeated.begin(), repeated.end());
}

}  // namespace fullbase::tables
