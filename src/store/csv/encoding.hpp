// Text in other encodings than UTF-8, as UTF-8.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/csv/byte_reader.hpp"

namespace fullbase::store::csv {

inline constexpr std::string_view utf8_name = "utf-8";
/// Of utf-8.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// The encoding's name in lower case; "utf8" is utf-8, "utf16le" utf-16le, and so on. Throws a job-file error for one that iconv
/// does not know.
std::string encoding_name(std::string_view text);

/// The bytes of `bytes` in `encoding` (an encoding_name() other than utf-8) as UTF-8. A byte-order mark at the start is taken
/// off; it says which UTF-16 "utf-16" is. What has no meaning in the encoding becomes bytes that are not UTF-8 either, one each
/// of 1, 2 or 4 bytes as the encoding's units are: texts in which they stand are refused later. Throws input errors for a
/// byte-order mark of another encoding, and for "utf-16" without one. `path` is for messages. Memory: 128 KiB.
std::unique_ptr<ByteReader> decoded(std::unique_ptr<ByteReader> bytes, const std::string& encoding, const std::string& path);

/// The encoding whose byte-order mark a text begins with: "utf-8", "utf-16le", "utf-16be", or nothing.
std::string_view marked_encoding(std::string_view begin) noexcept;

}  // namespace fullbase::store::csv
