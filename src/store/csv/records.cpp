#include "store/csv/records.hpp"

#include <algorithm>
#include <cstring>

namespace fullbase::store::csv {

void collect(const Dialect& dialect, const char* text, Marks& marks, std::size_t columns, std::size_t limit, Records& records) {
  records.dialect = dialect;
  records.text = text;
  records.field_ends = marks.field_ends.data();
  records.starts.clear();
  records.first_fields.clear();
  records.ragged.clear();
  records.found = 0;
  records.plain = marks.plain;
  std::uint32_t* const ends = marks.field_ends.data();
  std::size_t field = 0;
  std::uint32_t start = 0;
  const std::size_t count = std::min(limit, marks.records);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t line_end = marks.record_ends[i];
    std::size_t last = field + columns - 1;
    if (last >= marks.fields || ends[last] != line_end) {
      last = static_cast<std::size_t>(std::lower_bound(ends + field, ends + marks.fields, line_end) - ends);
    }
    std::uint32_t end = line_end;
    if (dialect.blanks) {
      while (end > start && Dialect::is_blank(text[end - 1])) --end;
    } else if (end > start && text[end - 1] == '\r') {
      --end;
    }
    if (end > start) {
      ++records.found;
      ends[last] = end;
      if (last == field + columns - 1) {
        records.starts.push_back(start);
        records.first_fields.push_back(static_cast<std::uint32_t>(field));
      } else {
        const bool few = last < field + columns - 1;
        records.ragged.push_back({start, end, few ? Reason::too_few_fields : Reason::too_many_fields});
      }
    }
    field = last + 1;
    start = line_end + 1;
  }
}

std::string_view unquote(std::string_view raw, char quote, std::vector<char>& scratch, bool& ok) {
  const char* at = raw.data() + 1;
  const char* const end = raw.data() + raw.size();
  const auto next = [&] { return static_cast<const char*>(std::memchr(at, quote, static_cast<std::size_t>(end - at))); };
  const char* found = next();
  if (found && found + 1 == end) {  // the common case: nothing doubled
    ok = true;
    return {at, static_cast<std::size_t>(found - at)};
  }
  scratch.clear();
  ok = false;
  for (; found; found = next()) {
    scratch.insert(scratch.end(), at, found);
    at = found + 1;
    if (at == end) {
      ok = true;
      break;
    }
    if (*at != quote) break;
    scratch.push_back(quote);
    ++at;
  }
  const std::size_t size = scratch.size();
  scratch.resize(size + scan_padding);
  return {scratch.data(), size};
}

}  // namespace fullbase::store::csv
