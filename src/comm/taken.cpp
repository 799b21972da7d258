#include "comm/taken.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "parallel/for_each.hpp"

namespace fullbase::comm {
namespace {

constexpr std::int64_t piece_rows = 1 << 15;

/// work(first, last) over pieces of [0, rows), by the rank's threads.
template <class F>
void for_pieces(std::int64_t rows, F&& work) {
  const std::int64_t pieces = (rows + piece_rows - 1) / piece_rows;
  if (pieces <= 1) return work(std::int64_t{0}, rows);
  parallel::for_each(0, pieces,
                     [&](std::int64_t piece, int) { work(piece * piece_rows, std::min(rows, (piece + 1) * piece_rows)); });
}

template <class T>
std::vector<T> taken_values(const std::vector<T>& values, std::span<const std::int64_t> order) {
  std::vector<T> result(order.size());
  for_pieces(std::ssize(order), [&](std::int64_t first, std::int64_t last) {
    for (auto i = first; i < last; ++i)
      result[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
  });
  return result;
}

data::Strings taken_values(const data::Strings& values, std::span<const std::int64_t> order) {
  std::vector<std::int64_t> offsets(order.size() + 1);
  for (std::size_t i = 0; i < order.size(); ++i) offsets[i + 1] = offsets[i] + static_cast<std::int64_t>(values[order[i]].size());
  std::vector<char> bytes(static_cast<std::size_t>(offsets.back()));
  for_pieces(std::ssize(order), [&](std::int64_t first, std::int64_t last) {
    for (auto i = first; i < last; ++i) {
      const std::string_view text = values[order[static_cast<std::size_t>(i)]];
      std::copy(text.begin(), text.end(), bytes.begin() + offsets[static_cast<std::size_t>(i)]);
    }
  });
  return {std::move(offsets), std::move(bytes)};
}

}  // namespace

data::Column taken(const data::Column& column, std::span<const std::int64_t> order) {
  auto values = std::visit([&](const auto& v) { return data::Column::Values(taken_values(v, order)); }, column.values());
  std::vector<std::uint8_t> mask;
  if (!column.mask().empty()) mask = taken_values(column.mask(), order);
  return {column.field(), std::move(values), std::move(mask), column.dictionary()};
}

}  // namespace fullbase::comm
