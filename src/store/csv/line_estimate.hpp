// About how many lines an input file has, without reading it.
#pragma once

#include <cstdint>
#include <string>

namespace fullbase::store::csv {

/// Lines of the file's text: those of its first MiB, in proportion to its size; of a compressed one, to the size that its last
/// bytes say its last part has. Exact up to a MiB. Throws as InputFile and its readers do. Cost: reads a MiB at most.
std::int64_t estimate_lines(const std::string& path, const std::string& encoding);

}  // namespace fullbase::store::csv
