#include "store/csv/parse_pieces.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/stop.hpp"
#include "store/csv/resolve.hpp"

namespace fullbase::store::csv {
namespace {

base::Error open_quote(const InputFile& file, std::int64_t line) {
  return base::input_error("a quote is never closed", file.path() + ":" + std::to_string(line),
                           "close it, or set the import's `quote` to '' if quotes are ordinary text");
}

/// The line of a piece's quote that the end of the file leaves open.
std::optional<base::Error> open_quote_of(const InputFile& file, const std::vector<PieceResult>& results,
                                         std::int64_t first_line) {
  std::int64_t line = first_line;
  for (const PieceResult& result : results) {
    if (result.open_quote_line) return open_quote(file, line + *result.open_quote_line);
    line += result.lines;
  }
  return std::nullopt;
}

void add_texts(TextSizes& to, TextSizes texts, std::int64_t first_line) {
  if (texts.longest > to.longest) {
    to.longest = texts.longest;
    to.line = first_line + texts.line;
  }
  to.bytes += texts.bytes;
}

PiecesResult sum_up(const std::vector<PieceResult>& results, const std::vector<std::int64_t>& first_lines, std::size_t columns) {
  PiecesResult all;
  all.texts.assign(columns, {});
  for (std::size_t piece = 0; piece < results.size(); ++piece) {
    const PieceResult& result = results[piece];
    all.records += result.records;
    all.lines += result.lines + result.unended;
    for (std::size_t i = 0; i < columns; ++i) add_texts(all.texts[i], result.texts[i], first_lines[piece]);
    for (std::size_t i = 0; i < all.reasons.size(); ++i) all.reasons[i] += result.reasons[i];
  }
  return all;
}

}  // namespace

std::vector<Piece> cut(const InputFile& file, const Layout& layout, std::int64_t piece_bytes,
                       const comm::Communicator& communicator) {
  if (layout.fields == 0) return {};
  if (file.sequential()) {
    if (!communicator.is_root()) return {};
    return {{layout.data_begin, std::numeric_limits<std::int64_t>::max()}};
  }
  const std::int64_t bytes = file.bytes() - layout.data_begin;
  const std::int64_t count = (bytes + piece_bytes - 1) / piece_bytes;
  const auto border = [&](int rank) {
    return static_cast<std::int64_t>(static_cast<base::int128>(count) * rank / communicator.size());
  };
  std::vector<Piece> pieces;
  for (std::int64_t i = border(communicator.rank()); i < border(communicator.rank() + 1); ++i) {
    pieces.push_back({layout.data_begin + i * piece_bytes, layout.data_begin + std::min(bytes, (i + 1) * piece_bytes)});
  }
  return pieces;
}

PiecesParser::PiecesParser(const CsvOptions& options, const Layout& layout, const PieceSizes& sizes)
    : options_(options), layout_(layout), sizes_(sizes), parsers_(static_cast<std::size_t>(parallel::thread_count())) {}

PieceParser& PiecesParser::parser_of(int thread) {
  auto& parser = parsers_[static_cast<std::size_t>(thread)];
  if (!parser) parser = std::make_unique<PieceParser>(options_, layout_, sizes_);
  return *parser;
}

const CategoryIndex* PiecesParser::categories(int thread, std::size_t column) const noexcept {
  const auto& parser = parsers_[static_cast<std::size_t>(thread)];
  return parser ? parser->categories(column) : nullptr;
}

PieceResult PiecesParser::parse_one(const InputFile& file, Piece piece, std::size_t index, std::optional<State> entry, int thread,
                                    RowStore& rows, RejectStore& rejects) {
  const PieceSink sink{.rows =
                           [&](RowGroup&& group) {
                             parallel::stop_point();  // a compressed file is one piece
                             rows.add(index, thread, std::move(group));
                           },
                       .rejects = [&](std::vector<Reject>&& some) { rejects.add(index, some); }};
  return parser_of(thread).parse(file, piece, entry, sink);
}

PiecesResult PiecesParser::parse(comm::Communicator& communicator, const InputFile& file, const std::vector<Piece>& pieces,
                                 RowStore& rows, RejectStore& rejects, const std::vector<Beside>& beside) {
  std::vector<PieceResult> results(pieces.size());
  // What is beside goes last among equals: the piece has brought the bytes in.
  std::vector<std::pair<std::int64_t, std::int64_t>> order;
  for (std::size_t i = 0; i < pieces.size(); ++i) order.emplace_back(pieces[i].begin, static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < beside.size(); ++i) order.emplace_back(beside[i].offset, -1 - static_cast<std::int64_t>(i));
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  comm::collective_try(communicator, "import: parse", [&] {
    parallel::for_each(0, std::ssize(order), [&](std::int64_t i, int thread) {
      const std::int64_t item = order[static_cast<std::size_t>(i)].second;
      if (item < 0) {
        beside[static_cast<std::size_t>(-1 - item)].work();
        return;
      }
      const auto piece = static_cast<std::size_t>(item);
      const bool first = pieces[piece].begin == layout_.data_begin;
      results[piece] =
          parse_one(file, pieces[piece], piece, first ? std::optional(State::record_start) : std::nullopt, thread, rows, rejects);
    });
  });

  std::vector<Transition> transitions;
  for (const PieceResult& result : results) transitions.push_back(result.transition);
  const std::vector<State> entries = entry_states(communicator, transitions);
  std::vector<std::size_t> wrong;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].assumed != entries[i] || !results[i].complete) wrong.push_back(i);
  }
  comm::collective_try(communicator, "import: parse again", [&] {
    parallel::for_each(0, std::ssize(wrong), [&](std::int64_t i, int thread) {
      const std::size_t piece = wrong[static_cast<std::size_t>(i)];
      rows.clear(piece);
      rejects.clear(piece);
      results[piece] = parse_one(file, pieces[piece], piece, entries[piece], thread, rows, rejects);
    });
  });

  std::int64_t lines = 0;
  std::vector<std::int64_t> first_lines;
  for (const PieceResult& result : results) {
    first_lines.push_back(lines);
    lines += result.lines;
  }
  const std::int64_t first_line = layout_.data_line + communicator.exclusive_sum(lines);
  for (std::int64_t& line : first_lines) line += first_line;
  comm::agree(communicator, open_quote_of(file, results, first_line));
  PiecesResult all = sum_up(results, first_lines, options_.columns.size());
  all.first_line = first_line;
  all.parsed_again = std::ssize(wrong);
  if (options_.baskets) {
    LineNumbers baskets{basket_column, first_lines};
    for (std::int64_t& line : baskets.first) line += layout_.lines_before;
    rows.seal(std::move(baskets));
  } else {
    rows.seal();
  }
  rejects.seal(std::move(first_lines));
  return all;
}

namespace {

class TextFileParser final : public RowsParser {
 public:
  TextFileParser(const comm::Communicator& communicator, const InputFile& file, const Layout& layout, const CsvOptions& options,
                 const PieceSizes& sizes, std::int64_t piece_bytes)
      : file_(file), parser_(options, layout, sizes), pieces_(cut(file, layout, piece_bytes, communicator)) {}

  int threads() const noexcept override { return parser_.threads(); }
  std::size_t pieces() const noexcept override { return pieces_.size(); }
  PiecesResult parse(comm::Communicator& communicator, RowStore& rows, RejectStore& rejects,
                     const std::vector<Beside>& beside) override {
    return parser_.parse(communicator, file_, pieces_, rows, rejects, beside);
  }
  const CategoryIndex* categories(int thread, std::size_t column) const noexcept override {
    return parser_.categories(thread, column);
  }

 private:
  const InputFile& file_;
  PiecesParser parser_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::unique_ptr<RowsParser> make_text_file_parser(const comm::Communicator& communicator, const InputFile& file,
                                                  const Layout& layout, const CsvOptions& options, const PieceSizes& sizes,
                                                  std::int64_t piece_bytes) {
  return std::make_unique<TextFileParser>(communicator, file, layout, options, sizes, piece_bytes);
}

}  // namespace fullbase::store::csv
