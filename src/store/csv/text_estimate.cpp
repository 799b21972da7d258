#include "store/csv/text_estimate.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "store/csv/byte_reader.hpp"
#include "store/csv/encoding.hpp"

namespace fullbase::store::csv {
namespace {

/// Bytes of the text that a file holds.
double text_bytes(const InputFile& file) {
  const auto bytes = static_cast<double>(file.bytes());
  std::array<char, 4> last{};
  if (!file.compressed() || file.bytes() < 18 || file.read_at(file.bytes() - 4, last) != last.size()) return bytes;
  // RFC 1952: the size modulo 2^32, little endian. Text is hardly ever made longer by compression.
  double size = 0;
  for (auto digit = last.rbegin(); digit != last.rend(); ++digit) size = 256 * size + static_cast<unsigned char>(*digit);
  while (size < bytes) size += 4294967296.0;
  return size;
}

}  // namespace

TextEstimate estimate_text(const std::string& path, const std::string& encoding) {
  const InputFile file(path, encoding_name(encoding));
  std::vector<char> head(std::size_t{1} << 20U);
  const auto read = file.text(0)->read(head);
  const auto lines = static_cast<double>(std::count(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(read), '\n'));
  if (read < head.size()) return {static_cast<double>(read), lines + (read > 0 && head[read - 1] != '\n' ? 1 : 0)};
  const double bytes = text_bytes(file);
  return {bytes, lines * bytes / static_cast<double>(read)};
}

}  // namespace fullbase::store::csv
