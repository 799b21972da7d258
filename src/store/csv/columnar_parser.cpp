#include "store/csv/columnar_parser.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.hpp"
#include "base/int128.hpp"
#include "base/text.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/stop.hpp"
#include "store/csv/column_values.hpp"
#include "store/csv/columnar_column.hpp"

namespace fullbase::store::csv {
namespace {

std::size_t position_of(const CsvColumn& column, const ColumnarFile& file,
                        const std::function<std::string(const std::string& column)>& file_with) {
  const auto& fields = file.fields();
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.field.name == column.source; });
  if (found == fields.end()) {
    std::vector<std::string> names;
    std::string all;
    for (const ColumnarField& field : fields) {
      names.push_back(field.field.name);
      all += (all.empty() ? "'" : ", '") + field.field.name + "'";
    }
    const std::string near = base::suggestion(column.source, std::span<const std::string>(names));
    const std::string other = file_with ? file_with(column.source) : "";
    throw base::input_error("there is no column '" + column.source + "'" + (other.empty() ? "" : ", which " + other + " has"),
                            file.path(), near.empty() ? "it has " + all : near);
  }
  if (!found->refusal.empty()) {
    throw base::input_error("the column '" + column.source + "' " + found->refusal, file.path(),
                            "leave it out, or write it flat and with a plain type");
  }
  return static_cast<std::size_t>(found - fields.begin());
}

/// Keeps the rows that are not refused.
void drop(LocalColumn& column, std::span<const std::uint8_t> refused) {
  std::visit(
      [&](auto& values) {
        using Values = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<Values, data::Strings>) {
          data::Strings kept;
          for (std::size_t row = 0; row < refused.size(); ++row) {
            if (!refused[row]) kept.push_back(values[static_cast<std::int64_t>(row)]);
          }
          values = std::move(kept);
        } else {
          drop_refused(values, refused);
        }
      },
      column.values);
  if (!column.mask.empty()) drop_refused(column.mask, refused);
}

/// What a piece gave besides its rows; lines counted from its first row, which is on line 0.
struct GroupResult {
  std::int64_t records = 0;
  ReasonCounts reasons{};
  std::vector<TextSizes> texts = {};
};

/// One thread's columns.
class GroupParser {
 public:
  GroupParser(const CsvOptions& options, const ColumnarFile& file, const Layout& layout, const PieceSizes& sizes)
      : file_(file), sizes_(sizes), hides_texts_(options.hides_texts()) {
    for (std::size_t i = 0; i < options.columns.size(); ++i) {
      if (const PartitionValue* const value = layout.path_value(i)) {
        columns_.push_back({nullptr, make_constant_parser(options, options.columns[i], *value), -1});
        continue;
      }
      const auto& field = file.fields()[layout.positions[i]];
      auto column = make_columnar_column(options, options.columns[i], field);
      columns_.push_back({std::move(column), nullptr, static_cast<int>(requests_.size())});
      requests_.push_back({static_cast<int>(layout.positions[i]), columns_.back().given->form()});
    }
  }

  GroupResult parse(std::int64_t group, const PieceSink& sink) {
    GroupResult result;
    result.texts.assign(columns_.size(), {});
    std::int64_t kept_rejects = 0;
    const auto take = [&](std::int64_t rows, const std::vector<ColumnarValues>& values) {
      RowGroup taken{rows, {}};
      refusals_.begin(static_cast<std::size_t>(rows));
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        refusals_.set_column(static_cast<int>(i));
        taken.columns.push_back(take_column(columns_[i], rows, values));
      }
      for (std::size_t i = 0; i < columns_.size(); ++i) note_texts(taken.columns[i], result.records, result.texts[i]);
      if (refusals_.any()) {
        for (LocalColumn& column : taken.columns) drop(column, refusals_.mask());
        taken.rows -= std::ssize(refusals_.list());
        hand_on_rejects(values, result, kept_rejects, sink);
      }
      result.records += rows;
      if (taken.rows > 0) sink.rows(std::move(taken));
    };
    if (requests_.empty()) {  // all columns have their values from the path
      const auto& starts = file_.group_starts();
      std::int64_t left = starts[static_cast<std::size_t>(group) + 1] - starts[static_cast<std::size_t>(group)];
      for (; left > 0; left -= batch_rows()) take(std::min(left, batch_rows()), {});
      return result;
    }
    file_.read(group, requests_, batch_rows(),
               [&](std::vector<ColumnarValues>&& values) { take(values.front().rows(), values); });
    return result;
  }

  const CategoryIndex* categories(std::size_t column) const noexcept {
    const Column& one = columns_[column];
    return one.given ? one.given->categories() : one.constant->categories();
  }

 private:
  struct Column {
    std::unique_ptr<ColumnarColumn> given;
    std::unique_ptr<ColumnParser> constant;
    int request = -1;
  };

  std::int64_t batch_rows() const noexcept { return static_cast<std::int64_t>(sizes_.group_rows); }

  LocalColumn take_column(Column& column, std::int64_t rows, const std::vector<ColumnarValues>& values) {
    if (column.given) return column.given->take(values[static_cast<std::size_t>(column.request)], refusals_);
    Records records;  // whose number is all that the parser looks at
    records.starts.resize(static_cast<std::size_t>(rows));
    column.constant->parse(records, refusals_);
    return column.constant->take(0);
  }

  void hand_on_rejects(const std::vector<ColumnarValues>& values, GroupResult& result, std::int64_t& kept,
                       const PieceSink& sink) {
    auto& list = refusals_.list();
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.record < b.record; });
    std::vector<Reject> rejects;
    for (const Refusals::Refusal& refusal : list) {
      ++result.reasons[static_cast<std::size_t>(refusal.reason)];
      if (kept >= sizes_.reject_limit) continue;
      ++kept;
      const auto request = static_cast<std::size_t>(columns_[static_cast<std::size_t>(refusal.column)].request);
      const ColumnarField& field = file_.fields()[static_cast<std::size_t>(requests_[request].column)];
      rejects.push_back({result.records + refusal.record, refusal.column, refusal.reason,
                         hides_texts_ ? "" : shown_text(text_of(field, values[request], refusal.record))});
    }
    if (!rejects.empty()) sink.rejects(std::move(rejects));
  }

  /// Of the rows that are not refused.
  void note_texts(const LocalColumn& column, std::int64_t first_row, TextSizes& sizes) const {
    const auto* texts = std::get_if<data::Strings>(&column.values);
    if (texts == nullptr) return;
    for (std::int64_t row = 0; row < texts->size(); ++row) {
      if (refusals_.mask()[static_cast<std::size_t>(row)]) continue;
      const auto bytes = std::ssize((*texts)[row]);
      sizes.bytes += bytes;
      if (bytes <= sizes.longest) continue;
      sizes.longest = bytes;
      sizes.line = first_row + row;
    }
  }

  const ColumnarFile& file_;
  PieceSizes sizes_;
  bool hides_texts_;
  std::vector<Column> columns_;
  std::vector<ColumnarFile::Request> requests_;
  Refusals refusals_;
};

class ColumnarParser final : public RowsParser {
 public:
  ColumnarParser(const comm::Communicator& communicator, const ColumnarFile& file, const Layout& layout,
                 const CsvOptions& options, const PieceSizes& sizes)
      : file_(file),
        layout_(layout),
        options_(options),
        sizes_(sizes),
        parsers_(static_cast<std::size_t>(parallel::thread_count())) {
    const auto border = [&](int rank) {
      return static_cast<std::int64_t>(static_cast<base::int128>(file.groups()) * rank / communicator.size());
    };
    first_ = border(communicator.rank());
    last_ = border(communicator.rank() + 1);
  }

  int threads() const noexcept override { return static_cast<int>(parsers_.size()); }
  std::size_t pieces() const noexcept override { return static_cast<std::size_t>(last_ - first_); }

  PiecesResult parse(comm::Communicator& communicator, RowStore& rows, RejectStore& rejects,
                     const std::vector<Beside>& beside) override {
    std::vector<GroupResult> results(pieces());
    const auto groups = static_cast<std::int64_t>(results.size());
    comm::collective_try(communicator, "import: parse", [&] {
      parallel::for_each(0, groups + std::ssize(beside), [&](std::int64_t item, int thread) {
        if (item >= groups) return beside[static_cast<std::size_t>(item - groups)].work();
        const auto piece = static_cast<std::size_t>(item);
        const PieceSink sink{.rows =
                                 [&](RowGroup&& group) {
                                   parallel::stop_point();
                                   rows.add(piece, thread, std::move(group));
                                 },
                             .rejects = [&](std::vector<Reject>&& some) { rejects.add(piece, some); }};
        results[piece] = parser_of(thread).parse(first_ + item, sink);
      });
    });
    const auto& starts = file_.group_starts();
    PiecesResult all;
    all.texts.assign(options_.columns.size(), {});
    std::vector<std::int64_t> first_lines;
    for (std::size_t piece = 0; piece < results.size(); ++piece) {
      const std::int64_t line = 1 + starts[static_cast<std::size_t>(first_) + piece];
      first_lines.push_back(line);
      all.records += results[piece].records;
      for (std::size_t i = 0; i < all.reasons.size(); ++i) all.reasons[i] += results[piece].reasons[i];
      for (std::size_t i = 0; i < all.texts.size(); ++i) {
        const TextSizes& texts = results[piece].texts[i];
        all.texts[i].bytes += texts.bytes;
        if (texts.longest <= all.texts[i].longest) continue;
        all.texts[i].longest = texts.longest;
        all.texts[i].line = line + texts.line;
      }
    }
    all.first_line = 1 + starts[static_cast<std::size_t>(first_)];
    rows.seal();
    rejects.seal(std::move(first_lines));
    return all;
  }

  const CategoryIndex* categories(int thread, std::size_t column) const noexcept override {
    const auto& parser = parsers_[static_cast<std::size_t>(thread)];
    return parser ? parser->categories(column) : nullptr;
  }

 private:
  GroupParser& parser_of(int thread) {
    auto& parser = parsers_[static_cast<std::size_t>(thread)];
    if (!parser) parser = std::make_unique<GroupParser>(options_, file_, layout_, sizes_);
    return *parser;
  }

  const ColumnarFile& file_;
  Layout layout_;
  CsvOptions options_;
  PieceSizes sizes_;
  std::int64_t first_ = 0;  ///< of this rank's groups
  std::int64_t last_ = 0;
  std::vector<std::unique_ptr<GroupParser>> parsers_;
};

}  // namespace

Layout columnar_layout(const ColumnarFile& file, const CsvOptions& options, const PathValues& path_values,
                       const std::function<std::string(const std::string& column)>& file_with) {
  Layout layout;
  layout.fields = file.fields().size();
  layout.path_values = path_values;
  for (std::size_t i = 0; i < options.columns.size(); ++i) {
    const CsvColumn& column = options.columns[i];
    const PartitionValue* const value = layout.path_value(i);
    if (value == nullptr) {
      layout.positions.push_back(position_of(column, file, file_with));
      continue;
    }
    for (const ColumnarField& field : file.fields()) {
      if (field.field.name == column.source)
        throw base::input_error("the column '" + column.source + "' is in the file and in the path", file.path(),
                                "rename the column or the folder");
    }
    try {
      make_constant_parser(options, column, *value);
    } catch (const base::Error& error) {
      throw error.within(file.path());
    }
    layout.positions.push_back(0);
  }
  return layout;
}

std::unique_ptr<RowsParser> make_columnar_parser(const comm::Communicator& communicator, const ColumnarFile& file,
                                                 const Layout& layout, const CsvOptions& options, const PieceSizes& sizes) {
  return std::make_unique<ColumnarParser>(communicator, file, layout, options, sizes);
}

}  // namespace fullbase::store::csv
