// Finds where fields and records end in a slab of text: the first pass over the bytes, 64 at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/csv/dialect.hpp"

namespace fullbase::store::csv {

/// Bytes behind the scanned text that a scan may read (never interpret), and positions that it may overwrite behind its result.
inline constexpr std::size_t scan_padding = 64;

/// What a scan found. Positions count from the first scanned byte. The arrays are kept from scan to scan.
struct Marks {
  std::vector<std::uint32_t> field_ends;   ///< where a delimiter or a line end stands, quoted ones left out, ascending
  std::vector<std::uint32_t> record_ends;  ///< those that are line ends
  std::size_t fields = 0;                  ///< used length of field_ends
  std::size_t records = 0;                 ///< used length of record_ends
  std::int64_t lines = 0;                  ///< line ends, quoted ones included
  bool plain = true;                       ///< all bytes are in 1..127: valid UTF-8 without a NUL
};

/// Scans text, which scan_padding readable bytes follow (at most 2^32 - 1 bytes), from `state` on; returns the state behind it.
/// In blanks mode a delimiter's position is that of the last blank of its run; runs at a record's start or end are none. With
/// Dialect::each_blank every blank is a delimiter. Same
/// marks whichever instruction set is active. Cost: one read of the text, 4 bytes written a field and 4 a record.
State scan(const Dialect& dialect, State state, std::span<const char> text, Marks& marks);

}  // namespace fullbase::store::csv
