// A column's values as the bytes that stand on disk, and back (private to this folder).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/block.hpp"
#include "data/column.hpp"

namespace fullbase::store {

/// Gives floats their one form: no -0, one NaN pattern. Other types stay as they are.
void make_canonical(data::Column& column);

/// The bytes of all values of a column: numbers in their one form, missing ones under a mask as 0, texts padded with zeros to
/// `value_bytes`. Points into the column where nothing has to change, else into `scratch`. A text that is too long is an internal
/// error; one that ends with a zero byte, which padding would swallow, an input error.
std::span<const std::byte> encode_values(const data::Column& column, std::int64_t value_bytes, std::vector<std::byte>& scratch,
                                         const std::string& where);

/// The same of some rows of a string column.
std::span<const std::byte> encode_texts(const data::Column& column, base::RowRange rows, std::int64_t value_bytes,
                                        std::vector<std::byte>& scratch, const std::string& where);

/// Texts are padded, and padding taken off, in buffers of about this size, however wide the column is.
inline constexpr std::int64_t most_text_bytes = std::int64_t{4} << 20;
/// Rows of a string column whose padded texts fit in that: whole blocks, or less than one, or a single row.
std::int64_t text_rows_at_once(std::int64_t value_bytes) noexcept;

/// One byte a row: 1 = missing.
std::span<const std::byte> encode_mask(const data::Column& column, std::vector<std::byte>& scratch);

/// The writable bytes of a column of a type other than string.
std::span<std::byte> value_bytes_of(data::Column& column);

/// Appends texts that lie `value_bytes` apart, padded with zeros.
void decode_texts(std::span<const std::byte> bytes, std::int64_t value_bytes, data::Strings& texts);

}  // namespace fullbase::store
