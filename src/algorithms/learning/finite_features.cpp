#include "algorithms/learning/finite_features.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "parallel/scan.hpp"

namespace fullbase::learning {
namespace {

[[noreturn]] void fail(const data::BlockSource& source, const data::Field& field, std::int64_t row, double value) {
  throw base::input_error(fmt::format("the value is {}", std::isinf(value) ? "infinite" : "too large to learn from"),
                          fmt::format("{}.{}[{}]", source.name(), field.name, source.source_row(row)),
                          "leave such rows out with `where`, or make the value missing in a select step");
}

}  // namespace

void require_finite(comm::Communicator& communicator, const data::BlockSource& source, std::span<const Feature> features,
                    double most) {
  std::vector<int> columns;
  for (const auto& feature : features) {
    const auto column = source.schema().find(feature.name);
    if (column && data::is_float(source.schema()[*column].type)) columns.push_back(*column);
  }
  if (columns.empty()) return;
  const auto rows = comm::own_rows(communicator, source.rows());
  comm::collective_try(communicator, "finite features", [&] {
    parallel::scan(source, rows, columns, [&](const data::Batch& batch, int) {
      for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
        for (const auto& column : batch.columns) {
          const double value = column.number(i);
          if (std::abs(value) > most) fail(source, column.field(), batch.rows.first + i, value);
        }
      }
    });
  });
}

}  // namespace fullbase::learning
