// The scan of 64 bytes at a time, written once for every instruction set. Each scan_<isa>.cpp instantiates it with its own way to
// compare 64 bytes; nothing here but this header and intrinsics may be included there, so that no shared function is compiled
// for an instruction set that the machine may lack.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fullbase::store::csv {

/// The scanner's state across blocks, numbered as csv::State.
enum class ScanState : std::uint8_t { record_start, field_start, unquoted, quoted, quote_seen };

struct ScanTask {
  const char* text;
  std::size_t size;
  char delimiter;
  char quote;
  bool quoting;
  bool blanks;                 ///< each blank, tab and CR is a delimiter; `delimiter` is a blank
  ScanState state;             ///< before the text; behind it on return
  std::uint32_t* field_ends;   ///< room for size + 64
  std::uint32_t* record_ends;  ///< room for size + 64
  std::size_t fields;          ///< results
  std::size_t records;
  std::int64_t lines;
  bool plain;
};

void scan_baseline(ScanTask& task);
void scan_avx2(ScanTask& task);
void scan_avx512(ScanTask& task);

namespace kernel {

/// Bit i of each: what byte i of the block is.
struct Masks {
  std::uint64_t quote;
  std::uint64_t delimiter;
  std::uint64_t line_end;
  std::uint64_t special;  ///< NUL, or not ASCII
};

/// Bit i of the result: the exclusive or of bits 0..i.
static inline std::uint64_t prefix_xor(std::uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

/// Appends base + i for each bit i. Writes up to 7 positions more than it counts.
static inline std::uint32_t* append_positions(std::uint64_t bits, std::uint32_t base, std::uint32_t* out) {
  const int count = __builtin_popcountll(bits);
  std::uint32_t* const end = out + count;
  while (out < end) {
    for (int i = 0; i < 8; ++i) {
      out[i] = base + static_cast<std::uint32_t>(bits ? __builtin_ctzll(bits) : 0);
      bits &= bits - 1;
    }
    out += 8;
  }
  return end;
}

/// The bytes outside quotes among the first `size` of a block, one byte after the other; moves `state` on. Exact for any input.
static inline std::uint64_t outside_stepwise(const Masks& masks, unsigned size, ScanState& state) {
  std::uint64_t outside = 0;
  for (unsigned i = 0; i < size; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (state == ScanState::quoted) {
      if (masks.quote & bit) state = ScanState::quote_seen;
      continue;
    }
    outside |= bit;
    if (masks.line_end & bit) {
      state = ScanState::record_start;
    } else if (masks.quote & bit) {
      state = state == ScanState::unquoted ? ScanState::unquoted : ScanState::quoted;
    } else {
      state = masks.delimiter & bit ? ScanState::field_start : ScanState::unquoted;
    }
  }
  return outside;
}

/// The same at once, for blocks in which every opening quote stands where a field begins; else stepwise.
///
/// Quotes that alternately open and close give `within` by a prefix exclusive or. That is what the automaton does as long as each
/// quote that opens follows a delimiter, a line end, a closing quote (a doubled quote), or a state in which a quote opens.
static inline std::uint64_t outside_quotes(const Masks& masks, unsigned size, ScanState& state) {
  const std::uint64_t used = size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
  const std::uint64_t last = std::uint64_t{1} << (size - 1);
  const std::uint64_t separators = masks.delimiter | masks.line_end;
  std::uint64_t within = state == ScanState::quoted ? ~std::uint64_t{0} : 0;
  if (masks.quote) {
    within ^= prefix_xor(masks.quote);
    const std::uint64_t opening = masks.quote & within;
    std::uint64_t may_open = (separators | masks.quote) << 1;
    if (state != ScanState::unquoted) may_open |= 1;
    if (opening & ~may_open) return outside_stepwise(masks, size, state);
  }
  if (within & last) {
    state = ScanState::quoted;
  } else if (masks.quote & last) {
    state = ScanState::quote_seen;
  } else if (masks.line_end & last) {
    state = ScanState::record_start;
  } else {
    state = masks.delimiter & last ? ScanState::field_start : ScanState::unquoted;
  }
  return ~within & used;
}

template <class Compare>
static inline void scan_block(const Compare& compare, const char* text, unsigned size, std::uint32_t base, ScanTask& task,
                              std::uint32_t*& field_ends, std::uint32_t*& record_ends, std::uint64_t& special) {
  Masks masks = compare(text);
  if (size < 64) {
    const std::uint64_t used = (std::uint64_t{1} << size) - 1;
    masks = {masks.quote & used, masks.delimiter & used, masks.line_end & used, masks.special & used};
  }
  if (!task.quoting) masks.quote = 0;
  special |= masks.special;
  task.lines += __builtin_popcountll(masks.line_end);
  const std::uint64_t outside = outside_quotes(masks, size, task.state);
  const std::uint64_t line_ends = masks.line_end & outside;
  field_ends = append_positions((masks.delimiter & outside) | line_ends, base, field_ends);
  record_ends = append_positions(line_ends, base, record_ends);
}

/// `compare(text)` gives the Masks of the 64 bytes at `text`. 64 readable bytes follow the text.
template <class Compare>
static inline void scan_blocks(const Compare& compare, ScanTask& task) {
  std::uint32_t* field_ends = task.field_ends;
  std::uint32_t* record_ends = task.record_ends;
  std::uint64_t special = 0;
  std::size_t at = 0;
  for (; at + 64 <= task.size; at += 64) {
    scan_block(compare, task.text + at, 64, static_cast<std::uint32_t>(at), task, field_ends, record_ends, special);
  }
  if (at < task.size) {
    scan_block(compare, task.text + at, static_cast<unsigned>(task.size - at), static_cast<std::uint32_t>(at), task, field_ends,
               record_ends, special);
  }
  task.fields = static_cast<std::size_t>(field_ends - task.field_ends);
  task.records = static_cast<std::size_t>(record_ends - task.record_ends);
  task.plain = special == 0;
}

/// What delimits is a blank, a tab or a CR: Compares of which each looks for one of them.
template <class Compare>
struct CompareBlanks {
  Compare blank, tab, carriage_return;

  Masks operator()(const char* text) const {
    Masks masks = blank(text);
    masks.delimiter |= tab(text).delimiter | carriage_return(text).delimiter;
    return masks;
  }
};

/// The task with what `compare_with(delimiter)` makes: a Compare.
template <class CompareWith>
static inline void scan_task(const CompareWith& compare_with, ScanTask& task) {
  if (task.blanks) {
    using Compare = decltype(compare_with(' '));
    scan_blocks(CompareBlanks<Compare>{compare_with(' '), compare_with('\t'), compare_with('\r')}, task);
  } else {
    scan_blocks(compare_with(task.delimiter), task);
  }
}

}  // namespace kernel
}  // namespace fullbase::store::csv
