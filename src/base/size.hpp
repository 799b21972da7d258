// Amounts of memory and disk as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fullbase::base {

/// "4 GiB", "512MiB", "1.5G", "1024", "10 kB" as bytes: KiB, MiB, GiB, TiB and K, M, G, T are powers of 1024; kB, MB, GB, TB
/// powers of 1000; case does not matter otherwise. Nothing if it is no size, negative, or beyond 2^63.
std::optional<std::int64_t> parse_bytes(std::string_view text) noexcept;

/// "1.5 GiB", "512 B": at most one decimal, for people.
std::string format_bytes(std::int64_t bytes);

/// "1,234,567".
std::string format_count(std::int64_t count);

}  // namespace fullbase::base
