#include "store/csv/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "store/csv/content_digest.hpp"
#include "store/csv/write_rows.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {
namespace {

constexpr std::string_view rejected_prefix = "rejected: ";

std::int64_t rejected_rows(const Part& part) {
  std::int64_t sum = 0;
  for (const auto& [name, count] : part.counts) {
    if (name.starts_with(rejected_prefix)) sum += count;
  }
  return sum;
}

constexpr const char* rejects_group = "/rejects";

/// Rejects as rows of rejects_schema(). `file`: without its folder, which says nothing of the content.
csv::RowGroup rejects_group_of(const std::vector<csv::Reject>& rejects, const std::string& file, const CsvOptions& options) {
  data::Strings files;
  std::vector<std::int64_t> lines;
  data::Strings columns;
  std::vector<std::uint8_t> whole_record;
  data::Strings reasons;
  data::Strings texts;
  for (const csv::Reject& reject : rejects) {
    files.push_back(file);
    lines.push_back(reject.line);
    columns.push_back(reject.column < 0 ? std::string_view() : options.columns[static_cast<std::size_t>(reject.column)].name());
    whole_record.push_back(reject.column < 0);
    reasons.push_back(csv::reason_text(reject.reason));
    texts.push_back(reject.text);
  }
  csv::RowGroup group{std::ssize(rejects), {}};
  group.columns.push_back({std::move(files), {}});
  group.columns.push_back({std::move(lines), {}});
  group.columns.push_back({std::move(columns), std::move(whole_record)});
  group.columns.push_back({std::move(reasons), {}});
  group.columns.push_back({std::move(texts), {}});
  return group;
}

/// Collective: the rejects of all ranks as a table of the part's file. Memory: as csv::ParsedFile's rejects.
void write_rejects(comm::Communicator& communicator, const std::string& path, const std::string& source,
                   const csv::ParsedFile& parsed, const CsvOptions& options, data::Budget& budget, data::Spill& spill) {
  const data::Schema schema = rejects_schema();
  csv::RowStore rows(1, budget, spill);
  std::vector<std::int64_t> widths(schema.fields.size());
  comm::collective_try(communicator, "import: rejects", [&] {
    parsed.local_rejects().each([&](const std::vector<csv::Reject>& rejects) {
      csv::RowGroup group = rejects_group_of(rejects, source.substr(source.rfind('/') + 1), options);
      for (std::size_t i = 0; i < widths.size(); ++i) {
        const auto* texts = std::get_if<data::Strings>(&group.columns[i].values);
        for (std::int64_t row = 0; texts && row < texts->size(); ++row) {
          widths[i] = std::max(widths[i], std::ssize((*texts)[row]));
        }
      }
      rows.add(0, 0, std::move(group));
    });
    rows.seal();
  });
  communicator.max(std::span(widths));
  std::vector<std::int64_t> starts = {0};
  for (const std::int64_t count : communicator.all_gather(rows.rows())) starts.push_back(starts.back() + count);
  const std::int64_t row_bytes = std::accumulate(widths.begin(), widths.end(), std::int64_t{8});
  const std::vector<data::DictionaryPointer> none(schema.fields.size());
  const auto writer = TableWriter::create(communicator, path, rejects_group, schema, starts.back(), none,
                                          {.string_widths = {widths.begin(), widths.end()}});
  csv::write_rows(communicator, starts, rows, schema, csv::CodeTables(schema.fields.size()), none, csv::unit_of(row_bytes, 16),
                  *writer);
  writer->finish();
}

/// The names that the columns have in files.
std::vector<std::string> sources_of(const CsvOptions& options) {
  std::vector<std::string> sources;
  for (const CsvColumn& column : options.columns) sources.push_back(column.source);
  return sources;
}

/// Files of one import, one after the other.
class Import {
 public:
  Import(comm::Communicator& communicator, StoreWriter& store, std::string table, const std::vector<SourceFile>& files,
         const CsvOptions& options, data::Budget& budget, data::Spill& spill, bool again, const csv::ParseSizes& sizes)
      : communicator_(communicator),
        store_(store),
        table_(std::move(table)),
        files_(files),
        options_(options),
        path_columns_(files, sources_of(options)),
        budget_(budget),
        spill_(spill),
        sizes_(sizes) {
    before_ = parts_of(table_);
    rejects_before_ = parts_of(rejects_table(table_));
    if (again) before_.clear();
    after_.schema = csv_schema(options);
    rejects_after_.schema = rejects_schema();
  }

  void add(const SourceFile& source, bool last) {
    const std::string& path = source.path;
    PathValues path_values;
    const auto file = comm::collective_try(communicator_, "import: open", [&] {
      path_values = path_columns_.of(source);
      return std::make_unique<csv::InputFile>(path);
    });
    require_one_size(*file);
    options_sha256_ = base::hex(base::sha256(identity(options_) + identity(path_values)));
    std::optional<Part> part = part_at_hand(*file);
    const bool kept = part.has_value();
    if (!kept) part = new_part(*file, path_values, last);
    report_.files.push_back({path, kept, file->bytes(), part->rows, rejected_rows(*part), part->source.sha256});
    report_.rows += part->rows;
    if (kept) {
      for (const Part& rejects : rejects_before_) {
        if (rejects.file != part->file) continue;
        if (report_.rejected == 0) first_ = first_of(path, rejects);
        rejects_after_.parts.push_back(rejects);
      }
      count(*part);
      require_within_limit(last);
    }
    after_.parts.push_back(std::move(*part));
  }

  ImportReport finish() {
    Catalog catalog = store_.catalog();
    catalog.tables[table_] = std::move(after_);
    catalog.tables[rejects_table(table_)] = std::move(rejects_after_);
    if (catalog != store_.catalog()) {
      store_.commit(catalog);
      report_.changed = true;
    }
    return std::move(report_);
  }

 private:
  std::vector<Part> parts_of(const std::string& table) const {
    const auto found = store_.catalog().tables.find(table);
    return found == store_.catalog().tables.end() ? std::vector<Part>() : found->second.parts;
  }

  /// Ranks share out a file by its size; one that grows, or that a node sees an old state of, would be shared out differently.
  void require_one_size(const csv::InputFile& file) const {
    std::int64_t bytes[] = {file.bytes(), -file.bytes()};
    communicator_.max(std::span<std::int64_t>(bytes));
    if (bytes[0] == -bytes[1]) return;
    throw base::input_error(
        "has " + base::format_count(-bytes[1]) + " bytes on one rank and " + base::format_count(bytes[0]) + " on another",
        file.path(), "import it when it is complete, from a file system that all nodes see alike");
  }

  /// The part of the store that has this content, read with these options.
  std::optional<Part> part_at_hand(const csv::InputFile& file) {
    std::vector<const Part*> same_size;
    for (const Part& part : before_) {
      if (part.source.bytes == file.bytes() && part.source.options_sha256 == options_sha256_) same_size.push_back(&part);
    }
    if (same_size.empty()) return std::nullopt;
    const std::string sha256 = csv::content_digest(communicator_, file);
    for (const Part* part : same_size) {
      // A part stands for one file: two files of equal content are two parts.
      if (part->source.sha256 == sha256 && used_.insert(part->file).second) return *part;
    }
    return std::nullopt;
  }

  Part new_part(const csv::InputFile& file, const PathValues& path_values, bool last) {
    const auto layout = comm::collective_try(communicator_, "import: header", [&] {
      return csv::read_layout(file, options_, path_values, [&](const std::string& column) { return file_with(column); });
    });
    const csv::ParsedFile parsed(communicator_, file, layout, options_, sizes_, budget_, spill_);
    Part part;
    part.rows = parsed.rows();
    part.source = {file.path(), file.bytes(), file.modified_ns(), parsed.sha256(), options_sha256_};
    part.counts["records"] = parsed.records();
    for (std::size_t i = 0; i < parsed.reasons().size(); ++i) {
      const auto reason = csv::reason_text(static_cast<csv::Reason>(i));
      if (parsed.reasons()[i] > 0) part.counts[std::string(rejected_prefix) + std::string(reason)] = parsed.reasons()[i];
    }
    if (report_.rejected == 0 && parsed.rejected() > 0) first_ = first_of(file, parsed);
    count(part);
    require_within_limit(last);
    const std::string path = store_.new_part(table_);
    part.file = path.substr(path.rfind('/') + 1);
    const auto writer = TableWriter::create(communicator_, path, "/rows", after_.schema, parsed.rows(), parsed.dictionaries(),
                                            {.string_widths = parsed.string_widths()});
    parsed.write(communicator_, *writer);
    writer->finish();
    part.checksum = written_checksum(communicator_, path, part.group);
    if (parsed.rejected() > 0) {
      write_rejects(communicator_, path, file.path(), parsed, options_, budget_, spill_);
      rejects_after_.parts.push_back(
          {part.file, parsed.rejected(), part.source, written_checksum(communicator_, path, rejects_group), {}, rejects_group});
    }
    return part;
  }

  /// The first of the files whose header has the column, in quotes.
  std::string file_with(const std::string& column) const {
    for (const SourceFile& file : files_) {
      try {
        if (csv::has_column(csv::InputFile(file.path), options_, column)) return "'" + file.path + "'";
      } catch (const base::Error&) {
        continue;  // its own mistake is found when it is its turn
      }
    }
    return {};
  }

  void count(const Part& part) {
    for (const auto& [name, rows] : part.counts) {
      if (name == "records") records_ += rows;
      if (!name.starts_with(rejected_prefix)) continue;
      report_.reasons[name.substr(rejected_prefix.size())] += rows;
      report_.rejected += rows;
    }
  }

  /// Collective. A share can only be judged when all files are read.
  void require_within_limit(bool last) {
    if (!last && options_.max_rejects.share > 0) return;
    if (!options_.max_rejects.allows(report_.rejected, records_)) throw too_many(communicator_.broadcast_text(first_));
  }

  /// Collective: the file's first reject as text; known to rank 0.
  std::string first_of(const csv::InputFile& file, const csv::ParsedFile& parsed) {
    std::string mine;
    if (const auto reject = parsed.local_rejects().first()) {
      const std::string column = reject->column < 0 ? "" : options_.columns[static_cast<std::size_t>(reject->column)].name();
      mine = reject_text(file.path(), reject->line, column, csv::reason_text(reject->reason), reject->text);
    }
    const auto all = communicator_.gather(std::span<const char>(mine));
    for (int rank = 0; rank < communicator_.size() && communicator_.is_root(); ++rank) {
      const auto text = all.from(rank);
      if (!text.empty()) return {text.begin(), text.end()};
    }
    return {};
  }

  /// Collective: the same of a part at hand.
  std::string first_of(const std::string& path, const Part& rejects) {
    return comm::collective_try(communicator_, "import: first reject", [&]() -> std::string {
      if (!communicator_.is_root()) return {};
      const auto table = open_table(store_.folder() + "/" + rejects.file, rejects.group);
      const auto row = table->read({0, 1}, std::vector<int>{1, 2, 3, 4});
      return reject_text(path, row[0].int64s()[0], row[1].text(0), row[2].text(0), row[3].text(0));
    });
  }

  static std::string reject_text(const std::string& path, std::int64_t line, std::string_view column, std::string_view reason,
                                 std::string_view text) {
    const std::string where = column.empty() ? "" : fmt::format("column '{}': ", column);
    return fmt::format("{}:{}: {}{} in '{}'", path, line, where, reason, text);
  }

  base::Error too_many(const std::string& first) const {
    std::string problem =
        base::format_count(report_.rejected) + " of " + base::format_count(records_) + " rows cannot be taken (";
    const char* separator = "";
    for (const auto& [reason, rows] : report_.reasons) {
      problem += separator + base::format_count(rows) + " " + reason;
      separator = ", ";
    }
    problem += ")";
    if (!first.empty()) problem += ", first " + first;
    return base::input_error(problem, "table '" + table_ + "'",
                             "correct the file or the columns, or set max_rejects to bear them; the store has not been changed");
  }

  comm::Communicator& communicator_;
  StoreWriter& store_;
  std::string table_;
  const std::vector<SourceFile>& files_;
  const CsvOptions& options_;
  PathColumns path_columns_;
  data::Budget& budget_;
  data::Spill& spill_;
  csv::ParseSizes sizes_;
  std::string options_sha256_;  ///< of the file at work: its path counts as options do
  std::vector<Part> before_;    ///< parts that may stay
  std::vector<Part> rejects_before_;
  std::set<std::string> used_;
  StoreTable after_;
  StoreTable rejects_after_;
  ImportReport report_;
  std::string first_;  ///< reject, on rank 0
  std::int64_t records_ = 0;
};

}  // namespace

data::Schema rejects_schema() {
  return {.fields = {{.name = "file", .type = data::Type::string},
                     {.name = "line", .type = data::Type::int64},
                     {.name = "column", .type = data::Type::string, .nullable = true},
                     {.name = "reason", .type = data::Type::string},
                     {.name = "text", .type = data::Type::string}},
          .key = {}};
}

std::string rejects_table(const std::string& table) {
  return table + ".rejects";
}

ImportReport import_csv(comm::Communicator& communicator, StoreWriter& store, const std::string& table,
                        const std::vector<SourceFile>& files, const CsvOptions& options, data::Budget& budget, data::Spill& spill,
                        bool again, const csv::ParseSizes& sizes) {
  comm::collective_try(communicator, "import: options", [&] {
    check(options);
    if (files.empty()) throw base::job_file_error("no file is imported", "table '" + table + "'", "name at least one in `files`");
    std::set<std::string> names;
    for (const SourceFile& file : files) {
      if (!names.insert(file.path).second) throw base::job_file_error("the file is listed twice", file.path);
    }
  });
  Import import(communicator, store, table, files, options, budget, spill, again, sizes);
  for (const SourceFile& file : files) import.add(file, &file == &files.back());
  return import.finish();
}

}  // namespace fullbase::store
