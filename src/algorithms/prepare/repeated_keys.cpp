#include "algorithms/prepare/repeated_keys.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::prepare {
namespace {

/// One part as it is, several in brackets.
std::string together(const std::vector<std::string>& parts) {
  return parts.size() == 1 ? parts.front() : fmt::format("({})", fmt::join(parts, ", "));
}

}  // namespace

std::string row_number(std::int64_t source_row) {
  return fmt::format("row {}", source_row);
}

void RepeatedKeys::add_group(std::span<const std::int64_t> numbers, std::int64_t first, std::int64_t last) {
  if (last - first < 2) return;
  rows_ += last - first - 1;
  const auto second = numbers[static_cast<std::size_t>(first + 1)];
  if (second >= first_) return;
  first_ = second;
  earlier_ = numbers[static_cast<std::size_t>(first)];
}

void RepeatedKeys::refuse(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
                          std::string_view advice, const RowName& name) const {
  const auto first = communicator.min_value(first_);
  const auto rows = communicator.sum_value(rows_);
  comm::collective_try(communicator, "unique key", [&] {
    if (first == none || first_ != first) return;
    std::vector<std::string> names;
    for (const int column : columns) names.push_back(source.schema()[column].name);
    throw base::input_error(
        fmt::format("{} row{} the key of an earlier one; the first is {}, with the key of {}", base::format_count(rows),
                    rows == 1 ? " repeats" : "s repeat", name(source.source_row(first)), name(source.source_row(earlier_))),
        fmt::format("{}.{}", source.name(), together(names)), std::string(advice));
  });
}

}  // namespace fullbase::prepare
