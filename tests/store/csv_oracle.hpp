// CSV read the obvious way: one character after the other, the whole text in memory. What the fast parser must agree with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::testing {

struct OracleRecord {
  std::int64_t line = 0;
  std::vector<std::string> fields;
  bool text_after_quote = false;
};

struct OracleText {
  std::vector<OracleRecord> records;
  std::vector<std::int64_t> blank_lines;
  std::int64_t lines = 0;  ///< a last one without an end is one
  std::optional<std::int64_t> open_quote_line;
};

inline OracleText read_obviously(std::string_view text, char delimiter, char quote) {
  OracleText result;
  std::size_t at = 0;
  std::int64_t line = 1;
  const auto at_field_end = [&] { return at == text.size() || text[at] == delimiter || text[at] == '\n'; };
  while (at < text.size()) {
    OracleRecord record;
    record.line = line;
    const std::size_t begin = at;
    while (true) {
      std::string field;
      if (at < text.size() && text[at] == quote) {
        const std::int64_t opened = line;
        ++at;
        while (true) {
          if (at == text.size()) {
            result.open_quote_line = opened;
            return result;
          }
          if (text[at] == quote) {
            if (at + 1 == text.size() || text[at + 1] != quote) break;
            ++at;
          } else if (text[at] == '\n') {
            ++line;
          }
          field += text[at++];
        }
        ++at;
        std::string behind;
        while (!at_field_end()) behind += text[at++];
        const bool last = at == text.size() || text[at] == '\n';
        if (!behind.empty() && !(last && behind == "\r")) record.text_after_quote = true;
      } else {
        while (!at_field_end()) field += text[at++];
        const bool last = at == text.size() || text[at] == '\n';
        if (last && !field.empty() && field.back() == '\r') field.pop_back();
      }
      record.fields.push_back(field);
      if (at == text.size() || text[at] == '\n') break;
      ++at;
    }
    std::string_view whole = text.substr(begin, at - begin);
    if (at < text.size()) {
      ++at;
      ++line;
    }
    if (whole.empty() || whole == "\r") {
      result.blank_lines.push_back(record.line);
    } else {
      result.records.push_back(std::move(record));
    }
  }
  result.lines = line - (text.empty() || text.back() == '\n');
  return result;
}

}  // namespace fullbase::testing
