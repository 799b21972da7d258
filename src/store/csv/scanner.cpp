#include "store/csv/scanner.hpp"

#include <limits>

#include "base/contract.hpp"
#include "base/cpu.hpp"
#include "store/csv/scan_kernel.hpp"

namespace fullbase::store::csv {
namespace {

static_assert(static_cast<int>(State::record_start) == static_cast<int>(ScanState::record_start) &&
              static_cast<int>(State::field_start) == static_cast<int>(ScanState::field_start) &&
              static_cast<int>(State::unquoted) == static_cast<int>(ScanState::unquoted) &&
              static_cast<int>(State::quoted) == static_cast<int>(ScanState::quoted) &&
              static_cast<int>(State::quote_seen) == static_cast<int>(ScanState::quote_seen));

/// A record's fields between runs of blanks. Small formats use it; one byte at a time.
State scan_blanks(const Dialect& dialect, State state, std::span<const char> text, Marks& marks) {
  bool record_empty = true;  // no byte of a field in this record yet
  bool in_run = false;
  bool plain = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char byte = text[i];
    plain &= byte > 0;
    const bool outside = state != State::quoted;
    state = step(dialect, state, byte);
    marks.lines += byte == '\n';
    if (outside && byte == '\n') {
      marks.field_ends[marks.fields++] = static_cast<std::uint32_t>(i);
      marks.record_ends[marks.records++] = static_cast<std::uint32_t>(i);
      record_empty = true;
      in_run = false;
    } else if (outside && Dialect::is_blank(byte)) {
      in_run = true;
    } else {
      if (in_run && !record_empty) marks.field_ends[marks.fields++] = static_cast<std::uint32_t>(i - 1);
      in_run = false;
      record_empty = false;
    }
  }
  marks.plain = plain;
  return state;
}

}  // namespace

State scan(const Dialect& dialect, State state, std::span<const char> text, Marks& marks) {
  FULLBASE_EXPECTS(text.size() < std::numeric_limits<std::uint32_t>::max(), "a scanned text has 32-bit positions");
  const std::size_t room = text.size() + scan_padding;
  if (marks.field_ends.size() < room) {
    marks.field_ends.resize(room);
    marks.record_ends.resize(room);
  }
  marks.fields = marks.records = 0;
  marks.lines = 0;
  marks.plain = true;
  if (dialect.blanks && !dialect.each_blank) return scan_blanks(dialect, state, text, marks);
  ScanTask task{.text = text.data(),
                .size = text.size(),
                .delimiter = dialect.delimiter,
                .quote = dialect.quote,
                .quoting = dialect.quoting,
                .blanks = dialect.blanks,
                .state = static_cast<ScanState>(state),
                .field_ends = marks.field_ends.data(),
                .record_ends = marks.record_ends.data(),
                .fields = 0,
                .records = 0,
                .lines = 0,
                .plain = true};
  switch (base::active_isa()) {
    case base::Isa::avx512:
      scan_avx512(task);
      break;
    case base::Isa::avx2:
      scan_avx2(task);
      break;
    case base::Isa::baseline:
      scan_baseline(task);
      break;
  }
  marks.fields = task.fields;
  marks.records = task.records;
  marks.lines = task.lines;
  marks.plain = task.plain;
  return static_cast<State>(task.state);
}

}  // namespace fullbase::store::csv
