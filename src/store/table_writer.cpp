#include "store/table_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "base/hash.hpp"
#include "comm/agreement.hpp"
#include "data/numbers_source.hpp"
#include "store/column_codec.hpp"
#include "store/file.hpp"
#include "store/hdf5.hpp"
#include "store/table_layout.hpp"

namespace fullbase::store {
namespace {

std::string with_slash(const std::string& group) {
  return group.starts_with('/') ? group : "/" + group;
}

/// Checksums of blocks [first, first + blocks) of every stream: values[stream * blocks + block].
struct WrittenBlocks {
  std::int64_t first = 0;
  std::int64_t blocks = 0;
  std::vector<std::uint64_t> checksums;
};

/// Spreads a block number over 64 bits, so that the sum over all blocks tells a missing block from a repeated one (SplitMix64).
std::uint64_t spread(std::int64_t block) {
  auto x = static_cast<std::uint64_t>(block) + 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

}  // namespace

struct TableWriter::Implementation {
  comm::Communicator& communicator;
  std::string path;
  std::string group;
  std::string where;
  data::Schema schema;
  std::int64_t rows;
  TableLayout layout;
  File file;
  std::atomic<std::int64_t> bytes_written = 0;
  std::mutex mutex;
  std::vector<WrittenBlocks> written;
  bool finished = false;
  Durability durability = Durability::at_finish;
  bool decimals_as_numbers = false;

  /// Whether a column of this type is stored as one of the table's.
  bool is_shown_as(data::Type given, data::Type stored) const noexcept {
    return given == stored || (decimals_as_numbers && given == data::Type::decimal && stored == data::Type::float64);
  }

  /// Rank 0: makes or extends the file, reserves its space.
  void make(const std::vector<data::DictionaryPointer>& dictionaries, unsigned mode) {
    const hdf5::Session session;
    const bool is_new = ::access(path.c_str(), F_OK) != 0;
    const std::int64_t bytes_before = is_new ? 0 : File::open_read(path).size();
    hdf5::Handle hdf5_file = is_new ? hdf5::create_file(path, mode) : hdf5::open_file(path, true);
    lay_out(hdf5_file.get(), group, schema, rows, dictionaries, layout, where);
    hdf5_file.close(path);
    file = File::open_write(path);
    file.reserve(bytes_before, file.size() - bytes_before);
  }

  void write_stream(const Stream& stream, std::int64_t row, std::span<const std::byte> bytes, std::uint64_t* checksums) {
    file.write_at(stream.address + row * stream.value_bytes, bytes);
    const auto block_bytes = static_cast<std::size_t>(base::block_rows * stream.value_bytes);
    for (std::size_t at = 0; at < bytes.size(); at += block_bytes) {
      *checksums++ = base::xxh3(bytes.subspan(at, std::min(block_bytes, bytes.size() - at)));
    }
    if (durability != Durability::scratch) file.begin_sync(stream.address + row * stream.value_bytes, std::ssize(bytes));
    bytes_written += static_cast<std::int64_t>(bytes.size());
  }

  /// Texts of any width in bounded buffers: pieces of whole blocks, or of one block, whose checksum then grows with them.
  void write_texts(const Stream& stream, std::int64_t row, const data::Column& column, std::vector<std::byte>& scratch,
                   std::uint64_t* checksums, const std::string& column_where) {
    const std::int64_t at_once = text_rows_at_once(stream.value_bytes);
    const auto encode = [&](std::int64_t first, std::int64_t last) {
      return encode_texts(column, {first, last}, stream.value_bytes, scratch, column_where);
    };
    if (at_once >= base::block_rows) {
      for (std::int64_t first = 0; first < column.rows(); first += at_once) {
        const auto bytes = encode(first, std::min(column.rows(), first + at_once));
        write_stream(stream, row + first, bytes, checksums + first / base::block_rows);
      }
      return;
    }
    for (std::int64_t block = 0; block < base::block_count(column.rows()); ++block) {
      const auto block_rows = base::rows_of_block(block, column.rows());
      base::Xxh3 hash;
      for (std::int64_t first = block_rows.first; first < block_rows.last; first += at_once) {
        const auto bytes = encode(first, std::min(block_rows.last, first + at_once));
        file.write_at(stream.address + (row + first) * stream.value_bytes, bytes);
        hash.add(bytes);
        bytes_written += static_cast<std::int64_t>(bytes.size());
      }
      checksums[block] = hash.value();
    }
  }

  void check_batch(const data::Batch& batch) const {
    FULLBASE_EXPECTS(!finished, "a table is not written to after finish()");
    FULLBASE_EXPECTS(batch.rows.first >= 0 && batch.rows.last <= rows && batch.rows.first <= batch.rows.last,
                     "written rows lie within their table");
    FULLBASE_EXPECTS(
        batch.rows.first % base::block_rows == 0 && (batch.rows.last % base::block_rows == 0 || batch.rows.last == rows),
        "whole blocks are written");
    FULLBASE_EXPECTS(batch.columns.size() == schema.fields.size(), "all columns of a table are written together");
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      const auto& column = batch.columns[i];
      const auto& field = schema.fields[i];
      if (!is_shown_as(column.field().type, field.type) || column.rows() != batch.rows.size()) {
        throw base::internal_error("a written column does not have the type and rows of its table",
                                   fmt::format("{}.{}", where, field.name));
      }
      const auto& mask = column.mask();
      if (!field.nullable && std::any_of(mask.begin(), mask.end(), [](std::uint8_t missing) { return missing != 0; })) {
        throw base::internal_error("a column that cannot have missing values was written with some",
                                   fmt::format("{}.{}", where, field.name));
      }
    }
  }

  void write_checksums() {
    std::sort(written.begin(), written.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const std::int64_t table_blocks = base::block_count(rows);
    std::vector<std::uint64_t> run;
    for (std::size_t begin = 0; begin < written.size();) {
      std::size_t end = begin + 1;
      std::int64_t last = written[begin].first + written[begin].blocks;
      while (end < written.size() && written[end].first == last) last += written[end++].blocks;
      for (std::size_t stream = 0; stream < layout.streams.size(); ++stream) {
        run.clear();
        for (std::size_t i = begin; i < end; ++i) {
          const auto at = written[i].checksums.begin() + static_cast<std::ptrdiff_t>(stream) * written[i].blocks;
          run.insert(run.end(), at, at + written[i].blocks);
        }
        const std::int64_t position = static_cast<std::int64_t>(stream) * table_blocks + written[begin].first;
        file.write_at(layout.checksums + 8 * position, std::as_bytes(std::span(run)));
      }
      begin = end;
    }
  }

  /// Count of the blocks written here, and the sum of their spread numbers.
  std::pair<std::int64_t, std::uint64_t> written_blocks() const {
    std::int64_t count = 0;
    std::uint64_t sum = 0;
    for (const auto& piece : written) {
      count += piece.blocks;
      for (std::int64_t block = piece.first; block < piece.first + piece.blocks; ++block) sum += spread(block);
    }
    return {count, sum};
  }

  void mark_finished() {
    const hdf5::Session session;
    hdf5::Handle hdf5_file = hdf5::open_file(path, true);
    {
      hdf5::Handle table =
          hdf5::own_new(H5Gopen2(hdf5_file.get(), group.c_str(), H5P_DEFAULT), H5Gclose, "open the table", where);
      hdf5::change_attribute(table.get(), finished_attribute, 1, where);
    }
    hdf5_file.close(path);
    if (durability == Durability::at_finish) file.sync();
  }
};

TableWriter::TableWriter(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
TableWriter::~TableWriter() = default;

std::unique_ptr<TableWriter> TableWriter::create(comm::Communicator& communicator, const std::string& path,
                                                 const std::string& group, const data::Schema& written, std::int64_t rows,
                                                 const std::vector<data::DictionaryPointer>& dictionaries,
                                                 const TableOptions& options) {
  FULLBASE_EXPECTS(rows >= 0, "a table has no negative number of rows");
  const data::Schema schema = options.decimals_as_numbers ? data::numbers_schema(written) : written;
  std::vector<std::int32_t> widths(schema.fields.size());
  for (std::size_t i = 0; i < widths.size(); ++i) {
    widths[i] = static_cast<std::int32_t>(padded_width(i < options.string_widths.size() ? options.string_widths[i] : 0));
  }
  const std::string name = with_slash(group);
  auto self = std::unique_ptr<Implementation>(new Implementation{.communicator = communicator,
                                                                 .path = path,
                                                                 .group = name,
                                                                 .where = fmt::format("{}:{}", path, name),
                                                                 .schema = schema,
                                                                 .rows = rows,
                                                                 .layout = plan_layout(schema, widths),
                                                                 .file = {},
                                                                 .mutex = {},
                                                                 .written = {}});
  self->durability = options.durability;
  self->decimals_as_numbers = options.decimals_as_numbers;
  comm::collective_try(communicator, "lay out", [&] {
    if (communicator.is_root()) self->make(dictionaries, options.mode);
  });
  std::vector<std::int64_t> addresses = {self->layout.checksums};
  for (const auto& stream : self->layout.streams) addresses.push_back(stream.address);
  communicator.broadcast(std::span(addresses));
  self->layout.checksums = addresses[0];
  for (std::size_t i = 0; i < self->layout.streams.size(); ++i) self->layout.streams[i].address = addresses[i + 1];
  comm::collective_try(communicator, "open", [&] {
    if (!communicator.is_root()) self->file = File::open_write(path);
  });
  return std::unique_ptr<TableWriter>(new TableWriter(std::move(self)));
}

void TableWriter::write(const data::Batch& batch) {
  auto& self = *implementation_;
  if (batch.rows.empty()) return;
  self.check_batch(batch);
  const auto& layout = self.layout;
  WrittenBlocks blocks;
  blocks.first = base::block_of_row(batch.rows.first);
  blocks.blocks = base::block_count(batch.rows.size());
  blocks.checksums.resize(layout.streams.size() * static_cast<std::size_t>(blocks.blocks));
  const auto checksums = [&](int stream) { return blocks.checksums.data() + stream * blocks.blocks; };
  const auto stream_at = [&](int stream) -> const Stream& { return layout.streams[static_cast<std::size_t>(stream)]; };

  std::vector<std::byte> scratch;
  for (std::size_t i = 0; i < batch.columns.size(); ++i) {
    const data::Field& field = self.schema.fields[i];
    std::optional<data::Column> shown;
    if (batch.columns[i].field().type != field.type) shown = data::as_numbers(batch.columns[i], field);
    const auto& column = shown ? *shown : batch.columns[i];
    const int values = layout.values_of[i];
    const std::string where = fmt::format("{}.{}", self.where, self.schema.fields[i].name);
    if (column.field().type == data::Type::string) {
      self.write_texts(stream_at(values), batch.rows.first, column, scratch, checksums(values), where);
    } else {
      const auto bytes = encode_values(column, stream_at(values).value_bytes, scratch, where);
      self.write_stream(stream_at(values), batch.rows.first, bytes, checksums(values));
    }
    if (const int mask = layout.mask_of[i]; mask >= 0) {
      self.write_stream(stream_at(mask), batch.rows.first, encode_mask(column, scratch), checksums(mask));
    }
  }
  if (layout.row_numbers >= 0) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(batch.rows.size()));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = batch.rows.first + static_cast<std::int64_t>(i);
    self.write_stream(stream_at(layout.row_numbers), batch.rows.first, std::as_bytes(std::span(numbers)),
                      checksums(layout.row_numbers));
  }
  const std::lock_guard lock(self.mutex);
  self.written.push_back(std::move(blocks));
}

void TableWriter::finish() {
  auto& self = *implementation_;
  FULLBASE_EXPECTS(!self.finished, "a table is finished once");
  self.finished = true;
  comm::collective_try(self.communicator, "write checksums", [&] {
    self.write_checksums();
    if (self.durability == Durability::at_finish) self.file.sync();
  });
  auto [count, spread_sum] = self.written_blocks();
  std::uint64_t sums[2] = {static_cast<std::uint64_t>(count), spread_sum};
  self.communicator.sum(std::span<std::uint64_t>(sums));
  std::uint64_t wanted = 0;
  for (std::int64_t block = 0; block < base::block_count(self.rows); ++block) wanted += spread(block);
  if (sums[0] != static_cast<std::uint64_t>(base::block_count(self.rows)) || sums[1] != wanted) {
    throw base::internal_error("not every block of the table was written exactly once", self.where);
  }
  comm::collective_try(self.communicator, "finish", [&] {
    if (self.communicator.is_root()) self.mark_finished();
    self.file.close();
  });
}

const data::Schema& TableWriter::schema() const noexcept {
  return implementation_->schema;
}
std::int64_t TableWriter::rows() const noexcept {
  return implementation_->rows;
}
std::int64_t TableWriter::bytes_written() const noexcept {
  return implementation_->bytes_written;
}

void write_local_table(comm::Communicator& communicator, const std::string& path, const std::string& group,
                       const data::Schema& schema, const data::Batch& local, TableOptions options) {
  std::vector<std::int64_t> widths(schema.fields.size(), 0);
  std::vector<data::DictionaryPointer> dictionaries;
  for (std::size_t i = 0; i < local.columns.size(); ++i) {
    const auto& column = local.columns[i];
    dictionaries.push_back(column.dictionary());
    if (column.field().type != data::Type::string) continue;
    for (std::int64_t row = 0; row < column.rows(); ++row) {
      widths[i] = std::max(widths[i], static_cast<std::int64_t>(column.strings()[row].size()));
    }
  }
  communicator.max(std::span(widths));
  options.string_widths = {widths.begin(), widths.end()};
  const std::int64_t rows = communicator.sum_value(local.rows.size());
  const auto writer = TableWriter::create(communicator, path, group, schema, rows, dictionaries, options);
  comm::collective_try(communicator, "write", [&] { writer->write(local); });
  writer->finish();
}

void write_small_table(comm::Communicator& communicator, const std::string& path, const std::string& group,
                       const data::Schema& schema, const data::Batch& root, TableOptions options) {
  if (communicator.is_root()) {
    write_local_table(communicator, path, group, schema, root, std::move(options));
  } else {
    write_local_table(communicator, path, group, schema, data::Batch{}, std::move(options));
  }
}

}  // namespace fullbase::store
