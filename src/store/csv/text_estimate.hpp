// About how much text an input file has, without reading it.
#pragma once

#include <cstdint>
#include <string>

namespace fullbase::store::csv {

struct TextEstimate {
  double bytes = 0;  ///< uncompressed
  double lines = 0;
};

/// Of a compressed file the bytes are what its end says of its last part; lines are those of the first MiB, in proportion. Lines
/// of up to a MiB are exact. Throws as InputFile and its readers do, and as encoding_name(). Cost: reads a MiB at most.
TextEstimate estimate_text(const std::string& path, const std::string& encoding);

}  // namespace fullbase::store::csv
