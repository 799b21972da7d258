#include "algorithms/prepare/column_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fullbase::prepare {

void to_doubles(const data::Column& column, std::int64_t first, std::int64_t last, std::span<double> out) {
  const auto n = static_cast<std::size_t>(last - first);
  const auto at = static_cast<std::size_t>(first);
  switch (column.field().type) {
    case data::Type::float64:
      std::ranges::copy(column.float64s().subspan(at, n), out.begin());
      break;
    case data::Type::float32:
      std::ranges::copy(column.float32s().subspan(at, n), out.begin());
      break;
    case data::Type::int64: {
      const auto values = column.int64s().subspan(at, n);
      for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<double>(values[i]);
      for (std::size_t i = 0; !column.mask().empty() && i < n; ++i) {
        if (column.mask()[at + i] != 0) out[i] = data::missing_float64;
      }
      break;
    }
    default:
      for (std::size_t i = 0; i < n; ++i) out[i] = column.number(first + static_cast<std::int64_t>(i));
  }
}

void apply_transforms(const FittedColumn& column, std::size_t count, std::span<double> values, std::int64_t first_row,
                      const data::BlockSource& source) {
  for (std::size_t t = 0; t < count; ++t) {
    if (column.transforms[t].transform.kind == Transform::Kind::log1p) {
      const auto undefined = std::ranges::find_if(values, [](double x) { return x <= -1; });
      if (undefined != values.end()) {
        throw base::input_error(
            "log1p is undefined at -1 and below",
            fmt::format("{}.{}[{}]", source.name(), column.column, source.source_row(first_row + (undefined - values.begin()))),
            "use asinh for values of either sign, or clip before");
      }
    }
    column.transforms[t].forward(values);
  }
}

bool drops_rows(const FittedColumn& column) noexcept {
  return std::ranges::any_of(column.transforms, [](const auto& t) { return t.transform.kind == Transform::Kind::impute_drop; });
}

std::vector<std::uint8_t> kept_rows(std::span<const FittedColumn> columns, const data::Batch& batch, std::span<const int> read,
                                    bool infinite_is_missing) {
  std::vector<std::uint8_t> kept;
  std::vector<double> values;
  for (const FittedColumn& column : columns) {
    if (!drops_rows(column)) continue;
    const auto n = static_cast<std::size_t>(batch.rows.size());
    kept.resize(n, 1);
    values.resize(n);
    const auto place = std::ranges::find(read, column.position) - read.begin();
    to_doubles(batch.columns.at(static_cast<std::size_t>(place)), 0, batch.rows.size(), values);
    for (std::size_t i = 0; i < n; ++i) {
      if (std::isnan(values[i]) || (infinite_is_missing && std::isinf(values[i]))) kept[i] = 0;
    }
  }
  return kept;
}

}  // namespace fullbase::prepare
