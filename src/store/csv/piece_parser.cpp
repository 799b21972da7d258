#include "store/csv/piece_parser.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/error.hpp"

namespace fullbase::store::csv {
namespace {

std::int64_t count_lines(const char* begin, const char* end) noexcept {
  return std::count(begin, end, '\n');
}

std::size_t index(State state) noexcept {
  return static_cast<std::size_t>(state);
}

/// What the states that were not assumed lead to.
class Alternatives {
 public:
  Alternatives(const Dialect& dialect, const Candidates& candidates, State assumed) : dialect_(dialect) {
    for (const State state : candidates.all()) {
      if (state != assumed) paths_.push_back({state, state});
    }
  }
  void advance_over(std::string_view bytes) noexcept {
    for (Path& path : paths_) path.now = advance(dialect_, path.now, bytes);
  }
  void put_into(Transition& transition) const {
    for (const Path& path : paths_) transition[index(path.before)] = path.now;
  }

 private:
  struct Path {
    State before, now;
  };
  Dialect dialect_;
  std::vector<Path> paths_;
};

}  // namespace

/// One call of parse().
struct PieceParser::Run {
  const InputFile& file;
  Piece piece;
  const PieceSink& sink;
  PieceResult result;
  std::size_t have = 0;              ///< bytes in the buffer, of which the first begins a record once that is found
  std::int64_t lines = 0;            ///< line ends of the piece before the buffer
  std::size_t group_rows = 0;        ///< rows that the columns hold
  std::size_t group_bytes = 0;       ///< of text that they were
  std::vector<Reject> rejects = {};  ///< not handed on yet
  std::int64_t kept_rejects = 0;
  std::vector<std::size_t> longest_raw = {};  ///< by column: the field that TextSizes::line is about
  std::size_t consumed = 0;                   ///< bytes of the buffer that the last records took
};

PieceParser::PieceParser(const CsvOptions& options, const Layout& layout, const PieceSizes& sizes)
    : dialect_(dialect_of(options)), layout_(layout), sizes_(sizes), hides_texts_(options.hides_texts()) {
  if (options.baskets) {
    dialect_ = basket_dialect(options);
    baskets_.emplace(options);
    columns_ = make_basket_parsers(options);
    return;
  }
  for (std::size_t i = 0; i < options.columns.size(); ++i) {
    const PartitionValue* const value = layout.path_value(i);
    columns_.push_back(value != nullptr ? make_constant_parser(options, options.columns[i], *value)
                                        : make_column_parser(options, options.columns[i], layout.positions[i]));
  }
}

PieceResult PieceParser::parse(const InputFile& file, Piece piece, std::optional<State> entry, const PieceSink& sink) {
  Run run{.file = file, .piece = piece, .sink = sink, .result = {}};
  PieceResult& result = run.result;
  result.texts.assign(columns_.size(), {});
  run.longest_raw.assign(columns_.size(), 0);
  Candidates candidates;
  if (!entry) {
    char before = '\n';
    file.read_at(piece.begin - 1, std::span(&before, 1));
    candidates = candidates_after(dialect_, before);
  }
  result.assumed = entry.value_or(candidates.states[0]);
  Alternatives alternatives(dialect_, candidates, result.assumed);

  const auto reader = file.text(piece.begin);
  State state = result.assumed;  // until the first record begins
  bool found = state == State::record_start;
  std::int64_t filled = piece.begin;
  bool any_records = true;  // in the last turn; without any, more is read at a time
  hand_on(run, 0);
  while (true) {
    const bool behind = filled >= piece.end;
    std::size_t want = any_records ? sizes_.slab_bytes : std::max(sizes_.slab_bytes, run.have);
    if (!behind) want = static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(want), piece.end - filled));
    if (buffer_.size() < run.have + want + 1 + scan_padding) buffer_.resize(run.have + want + 1 + scan_padding);
    const std::size_t got = reader->read(std::span(buffer_).subspan(run.have, want));
    const bool at_file_end = got < want;
    if (!behind && !entry) alternatives.advance_over({buffer_.data() + run.have, got});
    filled += static_cast<std::int64_t>(got);
    run.have += got;

    if (!found) {
      std::size_t at = 0;
      while (at < run.have && state != State::record_start) state = step(dialect_, state, buffer_[at++]);
      found = state == State::record_start;
      run.lines += count_lines(buffer_.data(), buffer_.data() + at);
      run.have -= at;
      std::memmove(buffer_.data(), buffer_.data() + at, run.have);
      if (!found) {
        if (filled < piece.end && !at_file_end) continue;
        result.transition[index(result.assumed)] = state;
        result.lines = run.lines;
        break;
      }
    }

    State after = scan(dialect_, State::record_start, std::span(buffer_).first(run.have), marks_);
    if (!behind && (filled == piece.end || at_file_end)) {
      result.transition[index(result.assumed)] = after;
      result.lines = run.lines + marks_.lines;
    }
    const std::size_t records_end = marks_.records == 0 ? 0 : marks_.record_ends[marks_.records - 1] + std::size_t{1};
    if (at_file_end && records_end < run.have) {
      if (after == State::quoted) {
        const std::size_t opening = marks_.fields == 0 ? 0 : marks_.field_ends[marks_.fields - 1] + std::size_t{1};
        result.open_quote_line = run.lines + count_lines(buffer_.data(), buffer_.data() + opening);
      } else {
        buffer_[run.have] = '\n';  // the last line has no end of its own
        scan(dialect_, State::record_start, std::span(buffer_).first(run.have + 1), marks_);
      }
    }
    any_records = marks_.records > 0;
    take_records(run, behind ? 1 : std::numeric_limits<std::size_t>::max());
    if (at_file_end || (behind && any_records) || (filled >= piece.end && run.consumed == run.have)) break;
    // The scan has counted them; what is left over is short.
    run.lines += marks_.lines - count_lines(buffer_.data() + run.consumed, buffer_.data() + run.have);
    run.have -= run.consumed;
    std::memmove(buffer_.data(), buffer_.data() + run.consumed, run.have);
    if (!entry && filled - piece.end > static_cast<std::int64_t>(sizes_.overhang_limit)) {
      result.complete = false;
      break;
    }
    if (run.have > sizes_.record_limit) {
      if (!entry) {
        result.complete = false;
        break;
      }
      throw base::input_error("a record is longer than " + std::to_string(sizes_.record_limit >> 20) + " MiB", file.path(),
                              "is a quote never closed? `fullbase head` shows the lines before");
    }
  }
  hand_on(run, 0);
  hand_on_rejects(run);
  alternatives.put_into(result.transition);
  return std::move(result);
}

/// Parses the records that the marks show, at most `limit`.
void PieceParser::take_records(Run& run, std::size_t limit) {
  const std::size_t count = std::min(limit, marks_.records);
  run.consumed = count == 0 ? 0 : std::min<std::size_t>(run.have, marks_.record_ends[count - 1] + std::size_t{1});
  PieceResult& result = run.result;
  result.unended = count > 0 && marks_.record_ends[count - 1] == run.have;
  records_.first_line = run.lines;
  if (baskets_) {
    baskets_->collect(buffer_.data(), marks_, count, records_);
  } else {
    collect(dialect_, buffer_.data(), marks_, layout_.fields, count, records_);
  }
  result.records += records_.found;
  if (records_.found == 0) return;
  refusals_.begin(records_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    refusals_.set_column(static_cast<int>(i));
    columns_[i]->parse(records_, refusals_);
  }
  if (refusals_.any() && baskets_) refusals_.widen_to_lines(records_.lines);
  std::size_t rows = records_.size();
  note_longest(run);
  if (refusals_.any()) {
    const auto& refused = refusals_.mask();
    for (const auto& column : columns_) column->drop(refused);
    rows -= static_cast<std::size_t>(std::count(refused.begin(), refused.end(), std::uint8_t{1}));
  }
  result.rows += static_cast<std::int64_t>(rows);
  run.group_rows += rows;
  if (refusals_.any() || !records_.ragged.empty()) note_rejects(run);
  run.group_bytes += run.consumed;
  if (run.group_rows >= sizes_.group_rows || run.group_bytes >= sizes_.group_bytes) hand_on(run, run.group_rows);
}

/// Looks through the slab only where a text in it is longer than all before: that is rare.
void PieceParser::note_longest(Run& run) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i]->longest_text() <= run.longest_raw[i]) continue;
    std::size_t longest = 0;
    std::size_t at = records_.size();
    for (std::size_t record = 0; record < records_.size(); ++record) {
      const std::size_t bytes = records_.raw(record, layout_.positions[i]).size();
      if (bytes <= longest || refusals_.mask()[record]) continue;
      longest = bytes;
      at = record;
    }
    if (longest <= run.longest_raw[i]) continue;
    run.longest_raw[i] = longest;
    run.result.texts[i].line = run.lines + count_lines(records_.text, records_.text + records_.starts[at]);
  }
}

/// Refused and ragged records of the slab as rejects, in file order.
void PieceParser::note_rejects(Run& run) {
  struct Entry {
    std::uint32_t start;
    std::optional<std::int64_t> line;  ///< nothing: that of `start`
    int column;
    Reason reason;
    std::string_view text;
  };
  std::vector<Entry> entries;
  for (const RaggedRecord& ragged : records_.ragged) {
    entries.push_back({ragged.start, {}, -1, ragged.reason, {records_.text + ragged.start, ragged.end - ragged.start}});
  }
  for (const Refusals::Refusal& refusal : refusals_.list()) {
    const auto column = static_cast<std::size_t>(refusal.column);
    // A basket's reject stands on the line that would be the basket's number.
    std::optional<std::int64_t> line;
    if (baskets_) line = records_.first_line + records_.lines[refusal.record];
    entries.push_back({records_.starts[refusal.record], line, refusal.column, refusal.reason,
                       records_.raw(refusal.record, layout_.positions[column])});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.start < b.start; });
  std::int64_t line = run.lines;
  std::uint32_t counted = 0;
  for (const Entry& entry : entries) {
    line += count_lines(records_.text + counted, records_.text + entry.start);
    counted = entry.start;
    if (run.kept_rejects < sizes_.reject_limit) {
      ++run.kept_rejects;
      run.rejects.push_back({entry.line.value_or(line), entry.column, entry.reason, hides_texts_ ? "" : shown_text(entry.text)});
      if (run.rejects.size() >= sizes_.group_rejects) hand_on_rejects(run);
    }
    ++run.result.reasons[static_cast<std::size_t>(entry.reason)];
  }
}

/// Hands the rows so far on, if there are any, and makes the columns begin a group of about `room` rows.
void PieceParser::hand_on(Run& run, std::size_t room) {
  RowGroup group{static_cast<std::int64_t>(run.group_rows), {}};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    group.columns.push_back(columns_[i]->take(room));
    if (const auto* texts = std::get_if<data::Strings>(&group.columns.back().values)) {
      const auto& offsets = texts->offsets();
      TextSizes& sizes = run.result.texts[i];
      for (std::size_t row = 1; row < offsets.size(); ++row) {
        sizes.longest = std::max(sizes.longest, offsets[row] - offsets[row - 1]);
      }
      sizes.bytes += offsets.back();
    }
  }
  run.group_bytes = 0;
  if (std::exchange(run.group_rows, 0) > 0) run.sink.rows(std::move(group));
}

void PieceParser::hand_on_rejects(Run& run) {
  if (!run.rejects.empty()) run.sink.rejects(std::exchange(run.rejects, {}));
}

}  // namespace fullbase::store::csv
