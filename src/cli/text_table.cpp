#include "cli/text_table.hpp"

#include <algorithm>
#include <utility>

#include "base/contract.hpp"
#include "base/utf8.hpp"

namespace fullbase::cli {
namespace {

std::size_t characters(const std::string& text) {
  // Bytes that continue a UTF-8 character are 10xxxxxx.
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string shortened(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes) + "...";
}

void TextTable::add_column(std::string_view title, Align align) {
  rows_.front().push_back(base::printable_line(title));
  aligns_.push_back(align);
}

void TextTable::add_row(std::vector<std::string> texts) {
  FULLBASE_EXPECTS(texts.size() == aligns_.size(), "a row has a text for each column");
  for (auto& text : texts) text = base::printable_line(text);
  rows_.push_back(std::move(texts));
}

void TextTable::print(std::ostream& out) const {
  std::vector<std::size_t> widths(aligns_.size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], characters(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - characters(row[i]), ' ');
      if (i > 0) line += "  ";
      line += aligns_[i] == Align::right ? padding + row[i] : row[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

}  // namespace fullbase::cli
