#include "store/column_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <variant>

#include "base/error.hpp"

namespace fullbase::store {
namespace {

template <class T>
bool is_canonical(T value) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const auto bits = std::bit_cast<Bits>(value);
  return (value == value || bits == std::bit_cast<Bits>(std::numeric_limits<T>::quiet_NaN())) &&
         bits != std::bit_cast<Bits>(T{-0.0});
}

template <class T>
void make_canonical(std::span<T> values) noexcept {
  for (T& value : values) {
    if (value != value) value = std::numeric_limits<T>::quiet_NaN();
    if (value == 0) value = 0;
  }
}

template <class T>
std::span<const std::byte> encode_floats(std::span<const T> values, std::vector<std::byte>& scratch) {
  const auto bytes = std::as_bytes(values);
  // Without a branch a value, so that the compiler looks at several at a time.
  bool all = true;
  for (const T value : values) all &= is_canonical(value);
  if (all) return bytes;
  scratch.assign(bytes.begin(), bytes.end());
  make_canonical(std::span(reinterpret_cast<T*>(scratch.data()), values.size()));
  return scratch;
}

}  // namespace

void make_canonical(data::Column& column) {
  if (column.field().type == data::Type::float64) make_canonical(column.float64s());
  if (column.field().type == data::Type::float32) make_canonical(column.float32s());
}

std::span<const std::byte> encode_texts(const data::Column& column, base::RowRange rows, std::int64_t value_bytes,
                                        std::vector<std::byte>& scratch, const std::string& where) {
  const auto width = static_cast<std::size_t>(value_bytes);
  const auto& texts = column.strings();
  const auto& mask = column.mask();
  scratch.assign(static_cast<std::size_t>(rows.size()) * width, std::byte{0});
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    if (!mask.empty() && mask[static_cast<std::size_t>(row)]) continue;
    const auto text = texts[row];
    if (text.size() > width) {
      throw base::internal_error(fmt::format("a text of {} bytes was written into a column made for {}", text.size(), width),
                                 where);
    }
    if (!text.empty() && text.back() == '\0') {
      throw base::input_error("a text ends with a zero byte, which a text on disk cannot", where);
    }
    if (text.empty()) continue;
    std::memcpy(scratch.data() + static_cast<std::size_t>(row - rows.first) * width, text.data(), text.size());
  }
  return scratch;
}

std::span<const std::byte> encode_values(const data::Column& column, std::int64_t value_bytes, std::vector<std::byte>& scratch,
                                         const std::string& where) {
  const auto width = static_cast<std::size_t>(value_bytes);
  if (column.field().type == data::Type::string) return encode_texts(column, {0, column.rows()}, value_bytes, scratch, where);
  if (column.field().type == data::Type::float64) return encode_floats(column.float64s(), scratch);
  if (column.field().type == data::Type::float32) return encode_floats(column.float32s(), scratch);
  const std::span<const std::byte> bytes = value_bytes_of(const_cast<data::Column&>(column));
  const auto& mask = column.mask();
  if (std::none_of(mask.begin(), mask.end(), [](std::uint8_t missing) { return missing != 0; })) return bytes;
  scratch.assign(bytes.begin(), bytes.end());
  for (std::size_t row = 0; row < mask.size(); ++row) {
    if (mask[row]) std::memset(scratch.data() + row * width, 0, width);
  }
  return scratch;
}

std::span<const std::byte> encode_mask(const data::Column& column, std::vector<std::byte>& scratch) {
  scratch.assign(static_cast<std::size_t>(column.rows()), std::byte{0});
  const auto& mask = column.mask();
  for (std::size_t row = 0; row < mask.size(); ++row) scratch[row] = std::byte{static_cast<std::uint8_t>(mask[row] != 0)};
  return scratch;
}

std::int64_t text_rows_at_once(std::int64_t value_bytes) noexcept {
  const std::int64_t rows = std::max<std::int64_t>(1, most_text_bytes / value_bytes);
  return rows < base::block_rows ? rows : rows / base::block_rows * base::block_rows;
}

std::span<std::byte> value_bytes_of(data::Column& column) {
  return std::visit(
      [](auto& values) -> std::span<std::byte> {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, data::Strings>) {
          throw base::internal_error("texts have no fixed size in memory");
        } else {
          return std::as_writable_bytes(std::span(values));
        }
      },
      column.values());
}

void decode_texts(std::span<const std::byte> bytes, std::int64_t value_bytes, data::Strings& texts) {
  const auto width = static_cast<std::size_t>(value_bytes);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  for (std::size_t row = 0; row < bytes.size() / width; ++row, text += width) {
    // Texts rarely fill their width: look for the end from behind, 8 bytes at a time (the width is a multiple of 8).
    std::size_t length = width;
    for (std::uint64_t word = 0; length > 0; length -= 8) {
      std::memcpy(&word, text + length - 8, 8);
      if (word != 0) break;
    }
    while (length > 0 && text[length - 1] == '\0') --length;
    texts.push_back({text, length});
  }
}

}  // namespace fullbase::store
