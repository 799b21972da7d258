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
#include "store/csv/columnar_parser.hpp"
#include "store/csv/content_digest.hpp"
#include "store/csv/write_rows.hpp"
#include "store/spooled_input.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {
namespace {

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

/// Whether a file is read as Parquet: as the options say, else by its name.
bool is_parquet(const CsvOptions& options, const std::string& path) {
  return options.format.empty() ? is_parquet_name(path) : options.format == "parquet";
}

/// The names that the columns have in files. A line's number and its items have none.
std::vector<std::string> sources_of(const CsvOptions& options) {
  if (options.baskets) return {};
  std::vector<std::string> sources;
  for (const CsvColumn& column : options.columns) sources.push_back(column.source);
  return sources;
}

/// Files of one import, one after the other.
class Import {
 public:
  Import(comm::Communicator& communicator, StoreWriter& store, const std::string& table, const std::vector<SourceFile>& files,
         const CsvOptions& options, data::Budget& budget, data::Spill& spill, bool again, const csv::ParseSizes& sizes)
      : communicator_(communicator),
        store_(store),
        files_(files),
        options_(options),
        path_columns_(files, sources_of(options)),
        budget_(budget),
        spill_(spill),
        sizes_(sizes),
        result_(communicator, store, table, csv_schema(options), files, again) {
    if (options.hides_texts()) result_.set_pseudonym_key(options.pseudonyms->fingerprint());
  }

  void add(const SourceFile& source, bool last) {
    std::optional<SpooledInput> spooled;
    if (source.path == standard_input) spooled.emplace(communicator_, store_);
    PathValues path_values;
    const auto file = comm::collective_try(communicator_, "import: open", [&] {
      path_values = path_columns_.of(source);
      refuse_pseudonyms_of_paths(path_values);
      return spooled ? std::make_unique<csv::InputFile>(spooled->path(), options_.encoding, "standard input")
                     : std::make_unique<csv::InputFile>(source.path, options_.encoding);
    });
    require_one_size(*file);
    const SourceIdentity identity{
        source.path, file->bytes(), spooled ? 0 : file->modified_ns(), {}, base::hex(base::sha256(identity_text(path_values)))};
    std::optional<Part> part = result_.at_hand(identity, [&] {
      const std::string sha256 = csv::content_digest(communicator_, *file);
      require_unchanged(*file);
      return kept_digest(sha256);
    });
    if (part) {
      std::optional<Part> rejects = result_.rejects_of(*part);
      if (rejects && result_.report().rejected == 0) first_ = first_of(source.path, *rejects);
      judge(*part, last);
      if (options_.baskets) lines_ += part->counts.at("lines");
      result_.add(source, std::move(*part), std::move(rejects), true);
    } else {
      read(source, *file, identity, path_values, last);
    }
  }

  ImportReport commit(const Acceptance& accept) { return result_.commit(accept); }

 private:
  /// What the part of a file depends on besides its content. Baskets are numbered over all files: after other files they are
  /// others.
  std::string identity_text(const PathValues& path_values) const {
    auto text = store::identity(options_) + store::identity(path_values);
    if (options_.baskets) text += fmt::format("after {} lines", lines_);
    return text;
  }

  /// Paths are kept, and shown.
  void refuse_pseudonyms_of_paths(const PathValues& path_values) const {
    for (std::size_t i = 0; i < options_.columns.size() && i < path_values.size(); ++i) {
      if (!options_.columns[i].pseudonym || !path_values[i]) continue;
      throw base::job_file_error("has pseudonyms, but its values stand in the files' paths, which the store keeps",
                                 "column '" + options_.columns[i].name() + "'", "put the values into the files");
    }
  }

  /// The digest of a file as the store may know it: who knows all of a file but a customer's number could try numbers out.
  std::string kept_digest(const std::string& sha256) const {
    return options_.hides_texts() ? options_.pseudonyms->sealed(sha256) : sha256;
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

  /// Collective. A file that was written meanwhile may have been read half old, half new.
  void require_unchanged(const csv::InputFile& file) const {
    comm::collective_try(communicator_, "import: unchanged", [&] { file.require_unchanged(); });
  }

  /// A file that is not at hand: parsed, judged, written.
  void read(const SourceFile& source, const csv::InputFile& file, const SourceIdentity& identity, const PathValues& path_values,
            bool last) {
    std::unique_ptr<ColumnarFile> columnar;  // outlives what is parsed
    const csv::ParsedFile parsed = parse(file, path_values, columnar);
    require_unchanged(file);
    Part part;
    part.rows = parsed.rows();
    part.source = identity;
    part.source.sha256 = kept_digest(parsed.sha256());
    part.counts["records"] = parsed.records();
    if (options_.baskets) part.counts["lines"] = parsed.lines();
    for (std::size_t i = 0; i < parsed.reasons().size(); ++i) {
      if (parsed.reasons()[i] == 0) continue;
      part.counts[rejected_count(csv::reason_text(static_cast<csv::Reason>(i)))] = parsed.reasons()[i];
    }
    if (result_.report().rejected == 0 && parsed.rejected() > 0) first_ = first_of(file, parsed);
    judge(part, last);
    const std::string path = store_.new_part(result_.table());
    part.file = path.substr(path.rfind('/') + 1);
    const auto writer = TableWriter::create(communicator_, path, "/rows", result_.schema(), parsed.rows(), parsed.dictionaries(),
                                            {.string_widths = parsed.string_widths()});
    parsed.write(communicator_, *writer);
    writer->finish();
    part.checksum = written_checksum(communicator_, path, part.group);
    std::optional<Part> rejects;
    if (parsed.rejected() > 0) {
      write_rejects(communicator_, path, file.path(), parsed, options_, budget_, spill_);
      rejects = {part.file, parsed.rejected(), part.source, written_checksum(communicator_, path, rejects_group),
                 {},        rejects_group};
    }
    part.seal = seal_of(communicator_, path);
    if (rejects) rejects->seal = part.seal;
    lines_ += parsed.lines();
    result_.add(source, std::move(part), std::move(rejects), false);
  }

  /// Collective. `columnar` is opened if the file is one.
  csv::ParsedFile parse(const csv::InputFile& file, const PathValues& path_values, std::unique_ptr<ColumnarFile>& columnar) {
    const auto others = [&](const std::string& column) { return file_with(column); };
    const auto layout = comm::collective_try(communicator_, "import: header", [&] {
      if (!is_parquet(options_, file.path())) {
        auto text = csv::read_layout(file, options_, path_values, others);
        text.lines_before = lines_;
        return text;
      }
      columnar = parquet(base::ErrorKind::job_file, file.path()).open(file.path());
      return csv::columnar_layout(*columnar, options_, path_values, others);
    });
    if (!columnar) return {communicator_, file, layout, options_, sizes_, budget_, spill_};
    auto parser = csv::make_columnar_parser(communicator_, *columnar, layout, options_, csv::piece_sizes(options_, sizes_));
    return {communicator_, file, std::move(parser), options_, sizes_, budget_, spill_};
  }

  /// The first of the files whose header has the column, in quotes.
  std::string file_with(const std::string& column) const {
    for (const SourceFile& file : files_) {
      if (file.path == standard_input) continue;
      try {
        if (has_column(file.path, column)) return "'" + file.path + "'";
      } catch (const base::Error&) {
        continue;  // its own mistake is found when it is its turn
      }
    }
    return {};
  }

  bool has_column(const std::string& path, const std::string& column) const {
    if (!is_parquet(options_, path)) return csv::has_column(csv::InputFile(path, options_.encoding), options_, column);
    const auto file = parquet(base::ErrorKind::job_file, path).open(path);
    return std::any_of(file->fields().begin(), file->fields().end(), [&](const auto& one) { return one.field.name == column; });
  }

  /// Collective: the limit on rejects, with those of the next part. A share can only be judged when all files are read.
  void judge(const Part& part, bool last) {
    records_ += part.counts.at("records");
    std::map<std::string, std::int64_t> reasons = result_.report().reasons;
    std::int64_t rejected = result_.report().rejected;
    for (const auto& [reason, rows] : rejected_rows(part)) {
      reasons[reason] += rows;
      rejected += rows;
    }
    if (!last && options_.max_rejects.share > 0) return;
    if (options_.max_rejects.allows(rejected, records_)) return;
    throw too_many(rejected, reasons, communicator_.broadcast_text(first_));
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

  std::string reject_text(const std::string& path, std::int64_t line, std::string_view column, std::string_view reason,
                          std::string_view text) const {
    const std::string where = column.empty() ? "" : fmt::format("column '{}': ", column);
    if (options_.hides_texts()) return fmt::format("{}:{}: {}{}", path, line, where, reason);
    return fmt::format("{}:{}: {}{} in '{}'", path, line, where, reason, text);
  }

  base::Error too_many(std::int64_t rejected, const std::map<std::string, std::int64_t>& reasons,
                       const std::string& first) const {
    std::string problem = base::format_count(rejected) + " of " + base::format_count(records_) +
                          (options_.baskets ? " baskets" : " rows") + " cannot be taken (";
    const char* separator = "";
    for (const auto& [reason, rows] : reasons) {
      problem += separator + base::format_count(rows) + " " + reason;
      separator = ", ";
    }
    problem += ")";
    if (!first.empty()) problem += ", first " + first;
    const bool unreadable = reasons.contains(std::string(csv::reason_text(csv::Reason::not_utf8))) ||
                            reasons.contains(std::string(csv::reason_text(csv::Reason::not_in_encoding)));
    return base::input_error(problem, "table '" + result_.table() + "'",
                             std::string(options_.baskets ? "correct the file, " : "correct the file or the columns, ") +
                                 (unreadable ? "say what `encoding` the file has, " : "") +
                                 "or set max_rejects to bear them; the store has not been changed");
  }

  comm::Communicator& communicator_;
  StoreWriter& store_;
  const std::vector<SourceFile>& files_;
  const CsvOptions& options_;
  PathColumns path_columns_;
  data::Budget& budget_;
  data::Spill& spill_;
  csv::ParseSizes sizes_;
  TableImport result_;
  std::string first_;  ///< reject, on rank 0
  std::int64_t records_ = 0;
  std::int64_t lines_ = 0;  ///< of files so far
};

/// One store has one key, so that its pseudonyms join.
void check_pseudonyms(const CsvOptions& options, const StoreWriter& store, const std::string& table) {
  if (!options.hides_texts()) return;
  const std::string where = "table '" + table + "'";
  if (!options.pseudonyms)
    throw base::job_file_error("has columns with pseudonyms, and there is no key", where,
                               "set privacy.key_file, or give --key-fd");
  const std::string& known = store.catalog().pseudonym_key;
  if (!known.empty() && known != options.pseudonyms->fingerprint())
    throw base::job_file_error("the pseudonyms' key is not the one of store " + store.folder() + ": pseudonyms would not join",
                               where, "give the key that the store was made with, or import everything into a new store");
}

}  // namespace

ImportReport import_csv(comm::Communicator& communicator, StoreWriter& store, const std::string& table,
                        const std::vector<SourceFile>& files, const CsvOptions& options, data::Budget& budget, data::Spill& spill,
                        bool again, const Acceptance& accept, const csv::ParseSizes& sizes) {
  comm::collective_try(communicator, "import: options", [&] {
    check(options);
    check_pseudonyms(options, store, table);
    if (files.empty()) throw base::job_file_error("no file is imported", "table '" + table + "'", "name at least one in `files`");
    std::set<std::string> names;
    for (const SourceFile& file : files) {
      if (!names.insert(file.path).second) throw base::job_file_error("the file is listed twice", file.path);
      if (options.baskets && is_parquet(options, file.path))
        throw base::job_file_error("a Parquet file has no lines, of which each could be a basket", file.path,
                                   "leave the file out, or import its columns: without `layout`");
      if (file.path == standard_input && options.hides_texts())
        throw base::job_file_error(
            "columns of standard input cannot have pseudonyms: it is first kept as it is, in the store's folder",
            "table '" + table + "'", "name a file");
      if (file.path == standard_input && is_parquet(options, file.path))
        throw base::job_file_error("Parquet is not read from standard input", "table '" + table + "'", "name a file");
    }
  });
  Import import(communicator, store, table, files, options, budget, spill, again, sizes);
  for (const SourceFile& file : files) import.add(file, &file == &files.back());
  return import.commit(accept);
}

}  // namespace fullbase::store
