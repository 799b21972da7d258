// Where a table of ours lies in its file (private to this folder): the datasets of each column, and the byte at which each
// begins.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dictionary.hpp"
#include "data/schema.hpp"
#include "store/hdf5.hpp"

namespace fullbase::store {

inline constexpr std::int64_t format_version = 1;

// Names that the format keeps for itself within a table's group.
inline constexpr const char* row_number_name = "_index";
inline constexpr const char* checksums_name = "_checksums";

// Attributes of ours; AnnData's readers pass over them.
inline constexpr const char* format_attribute = "fullbase_format";
inline constexpr const char* finished_attribute = "fullbase_finished";
inline constexpr const char* rows_attribute = "fullbase_rows";
inline constexpr const char* key_attribute = "fullbase_key";
inline constexpr const char* columns_attribute = "fullbase_columns";
inline constexpr const char* type_attribute = "fullbase_type";
inline constexpr const char* nullable_attribute = "fullbase_nullable";
inline constexpr const char* dictionary_attribute = "fullbase_checksum";

/// Rows in a chunk of a table of `rows` rows, a function of that number alone: all rows below one block; else 2^k blocks, a
/// sixteenth of the table at most (little of the last chunk is wasted), 64 blocks at most, more only to keep to 4,096 chunks.
std::int64_t chunk_rows(std::int64_t rows) noexcept;

/// A dataset of one value a row, in one piece: row r is at address + r * value_bytes.
struct Stream {
  std::string dataset;  ///< relative to the table's group: "price", "customer/codes", "note/mask"
  std::int64_t value_bytes = 0;
  std::int64_t address = 0;
};

/// A table's datasets: for each field its values and, where the field has one, its mask; then the row numbers of a table without
/// key. The row of a block's checksums is the position in `streams`.
struct TableLayout {
  std::vector<Stream> streams;
  std::vector<int> values_of;  ///< by field: position in streams
  std::vector<int> mask_of;    ///< by field: position in streams, or -1
  int row_numbers = -1;        ///< position in streams, or -1
  std::int64_t checksums = 0;  ///< address of the uint64 matrix streams x blocks
};

/// Names, sizes and order; no addresses yet. `string_widths` by field, on disk (a multiple of 8).
TableLayout plan_layout(const data::Schema& schema, std::span<const std::int32_t> string_widths);

/// Of `rows` rows that were to be a chunk, or written at a time, as many as take at most 16 MiB: wide texts are not packed and
/// unpacked by the gigabyte.
std::int64_t packed_rows(std::int64_t rows, std::int64_t value_bytes) noexcept;

/// Bytes that a text of `longest` bytes takes on disk: rounded up to 8, at least 8.
std::int64_t padded_width(std::int64_t longest) noexcept;

/// True if `texts` texts, the longest of `longest` bytes, all together of `bytes` bytes, would take more than 512 MiB and more
/// than 64 times what they hold: one long text is not to fill a disk with zeros.
bool is_mostly_padding(std::int64_t texts, std::int64_t longest, std::int64_t bytes) noexcept;

/// XXH3 over each text's length (uint32) and bytes.
std::uint64_t dictionary_checksum(const data::Dictionary& dictionary);

enum class Storage {
  addressed,  ///< a table of ours: space in one piece, written and read at its addresses, checksums of our blocks
  packed,     ///< for others: chunks packed by shuffle and deflate under HDF5's own checksums, written through HDF5
};

/// Makes the group and its datasets in an open file, writes categories and attributes. `addressed`: fills in the layout's
/// addresses. `packed`: leaves out what makes a table one of ours (format, finished, checksums); types and units stay.
void lay_out(hid_t file, const std::string& group, const data::Schema& schema, std::int64_t rows,
             std::span<const data::DictionaryPointer> dictionaries, TableLayout& layout, const std::string& where,
             Storage storage = Storage::addressed);

/// Fills in the addresses of a table that is there; input error if a dataset does not have the size and type that the layout
/// gives it, or does not lie in one piece within the file's first `file_bytes` bytes.
void find_addresses(hid_t group, std::int64_t rows, const data::Schema& schema, TableLayout& layout, std::int64_t file_bytes,
                    const std::string& where);

}  // namespace fullbase::store
