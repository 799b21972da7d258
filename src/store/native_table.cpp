#include "store/native_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "store/column_codec.hpp"
#include "store/guard.hpp"

namespace fullbase::store {
namespace {

using hdf5::Handle;
using hdf5::own;

// A piece is hashed while it is still in the second-level cache.
constexpr std::int64_t piece_bytes = 256 << 10;

[[noreturn]] void damaged(const char* what, const std::string& where) {
  throw base::input_error(fmt::format("is damaged: {}", what), where, "make it again");
}

std::int64_t required_integer(hid_t object, const char* name, const std::string& where) {
  const auto value = hdf5::integer_attribute(object, name, where);
  if (!value) damaged("its description is incomplete", where);
  return *value;
}

std::string required_text(hid_t object, const char* name, const std::string& where) {
  auto value = hdf5::text_attribute(object, name, where);
  if (!value) damaged("its description is incomplete", where);
  return std::move(*value);
}

data::DictionaryPointer read_dictionary(hid_t group, std::int64_t file_bytes, const std::string& where) {
  const Handle dataset = open_dataset(group, "/categories", file_bytes, where);
  const Handle type = own(H5Dget_type(dataset.get()), H5Tclose, "read the categories", where);
  const Handle space = own(H5Dget_space(dataset.get()), H5Sclose, "read the categories", where);
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || H5Tget_size(type.get()) % 8 != 0 ||
      H5Sget_simple_extent_ndims(space.get()) != 1) {
    damaged("its categories are no texts", where);
  }
  const auto count = static_cast<std::int64_t>(H5Sget_simple_extent_npoints(space.get()));
  const auto width = static_cast<std::int64_t>(H5Tget_size(type.get()));
  const std::int64_t at_once = text_rows_at_once(width);
  data::Strings texts;
  std::vector<std::byte> bytes;
  for (std::int64_t first = 0; first < count; first += at_once) {
    const auto start = static_cast<hsize_t>(first);
    const auto some = static_cast<hsize_t>(std::min(at_once, count - first));
    bytes.resize(some * static_cast<std::size_t>(width));
    const Handle memory = own(H5Screate_simple(1, &some, nullptr), H5Sclose, "read the categories", where);
    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &some, nullptr) < 0 ||
        H5Dread(dataset.get(), type.get(), memory.get(), space.get(), H5P_DEFAULT, bytes.data()) < 0) {
      hdf5::fail_input("read the categories", where);
    }
    decode_texts(bytes, width, texts);
  }
  for (std::int64_t i = 1; i < texts.size(); ++i) {
    if (texts[i - 1] >= texts[i]) damaged("its categories are not in order", where);
  }
  auto dictionary = std::make_shared<const data::Dictionary>(std::move(texts));
  if (static_cast<std::int64_t>(dictionary_checksum(*dictionary)) != required_integer(group, dictionary_attribute, where)) {
    damaged("its categories do not match their checksum", where);
  }
  return dictionary;
}

}  // namespace

NativeTable::NativeTable(hid_t group, const std::string& path, const std::string& table)
    : name_(fmt::format("{}:{}", path, table)) {
  const auto version = hdf5::integer_attribute(group, format_attribute, name_);
  if (version != format_version) {
    throw base::input_error(
        fmt::format("has format version {}, this program reads version {}", version.value_or(0), format_version), name_,
        "write it again with this version, or read it with the version that wrote it");
  }
  if (required_integer(group, finished_attribute, name_) != 1) {
    throw base::input_error("was never finished: the run that wrote it ended early", name_, "run the step that makes it again");
  }
  file_ = File::open_read(path);
  rows_ = required_integer(group, rows_attribute, name_);
  if (rows_ < 0 || rows_ > file_.size()) damaged("it claims more rows than the file holds", name_);
  read_schema(group);
}

void NativeTable::read_schema(hid_t group) {
  const auto names = hdf5::texts_attribute(group, columns_attribute, name_);
  if (!names) damaged("its description is incomplete", name_);
  schema_.key = required_text(group, key_attribute, name_);
  std::vector<std::int32_t> widths;
  const std::int64_t file_bytes = file_.size();
  for (const auto& column : *names) {
    const std::string where = fmt::format("{}.{}", name_, column);
    const Handle object = open_object(group, "/" + column, where);
    data::Field field;
    field.name = column;
    const auto type = data::type_from_name(required_text(object.get(), type_attribute, where));
    if (!type) damaged("its type is not known", where);
    field.type = *type;
    field.nullable = required_integer(object.get(), nullable_attribute, where) != 0;
    field.unit = hdf5::text_attribute(object.get(), "unit", where).value_or("");
    field.scale =
        static_cast<int>(std::clamp<std::int64_t>(hdf5::integer_attribute(object.get(), "scale", where).value_or(0), 0, 18));
    const bool category = field.type == data::Type::category;
    if (category && !is_group(object.get())) damaged("a category column has no categories", where);
    dictionaries_.push_back(category ? read_dictionary(object.get(), file_bytes, where) : nullptr);
    std::int32_t width = 0;
    if (field.type == data::Type::string) {
      const Handle values = open_dataset(group, "/" + column + (field.nullable ? "/values" : ""), file_bytes, where);
      const Handle text = own(H5Dget_type(values.get()), H5Tclose, "look at a column", where);
      const auto size = H5Tget_size(text.get());
      if (size == 0 || size % 8 != 0 || size > (std::size_t{1} << 30)) damaged("the width of its texts is impossible", where);
      width = static_cast<std::int32_t>(size);
    }
    widths.push_back(width);
    schema_.fields.push_back(std::move(field));
  }
  if (!schema_.key.empty() && !schema_.find(schema_.key)) damaged("its key is no column", name_);
  layout_ = plan_layout(schema_, widths);
  find_addresses(group, rows_, schema_, layout_, file_bytes, name_);
}

void NativeTable::read_stream(int stream_number, base::BlockRange blocks, std::span<std::byte> target, int column) const {
  const auto& stream = layout_.streams[static_cast<std::size_t>(stream_number)];
  const auto block_bytes = static_cast<std::size_t>(base::block_rows * stream.value_bytes);
  const std::int64_t blocks_a_piece = std::max<std::int64_t>(1, piece_bytes / static_cast<std::int64_t>(block_bytes));
  std::vector<std::uint64_t> checksums(static_cast<std::size_t>(blocks.size()));
  const std::int64_t first_checksum = stream_number * base::block_count(rows_) + blocks.first;
  file_.read_at(layout_.checksums + 8 * first_checksum, std::as_writable_bytes(std::span(checksums)));
  for (std::int64_t first = blocks.first; first < blocks.last; first += blocks_a_piece) {
    const std::int64_t last = std::min(blocks.last, first + blocks_a_piece);
    const auto rows = base::rows_of_blocks({first, last}, rows_);
    const auto piece =
        target.subspan(static_cast<std::size_t>((rows.first - blocks.first * base::block_rows) * stream.value_bytes),
                       static_cast<std::size_t>(rows.size() * stream.value_bytes));
    file_.read_at(stream.address + rows.first * stream.value_bytes, piece);
    for (std::int64_t block = first; block < last; ++block) {
      const auto at = static_cast<std::size_t>(block - first) * block_bytes;
      const auto bytes = piece.subspan(at, std::min(block_bytes, piece.size() - at));
      if (base::xxh3(bytes) == checksums[static_cast<std::size_t>(block - blocks.first)]) continue;
      refuse_block(block, column);
    }
  }
  bytes_read_ += static_cast<std::int64_t>(target.size()) + 8 * blocks.size();
}

void NativeTable::refuse_block(std::int64_t block, int column) const {
  const auto rows = base::rows_of_block(block, rows_);
  throw base::input_error(
      fmt::format("block {} (rows {} to {}) is damaged: it does not match its checksum", block, rows.first, rows.last - 1),
      fmt::format("{}.{}", name_, schema_[column].name), "the disk or a copy has altered the file: restore it, or make it again");
}

void NativeTable::read_texts(int stream_number, base::RowRange rows, data::Strings& texts, int column) const {
  const std::int64_t width = layout_.streams[static_cast<std::size_t>(stream_number)].value_bytes;
  const std::int64_t at_once = text_rows_at_once(width);
  const base::BlockRange blocks = {base::block_of_row(rows.first), base::block_count(rows.last)};
  const std::int64_t blocks_at_once = std::max<std::int64_t>(1, at_once / base::block_rows);
  std::vector<std::byte> buffer;
  for (std::int64_t first = blocks.first; first < blocks.last; first += blocks_at_once) {
    if (at_once < base::block_rows) {
      read_wide_block(stream_number, first, rows, texts, column);
      continue;
    }
    const base::BlockRange some = {first, std::min(blocks.last, first + blocks_at_once)};
    const auto whole = base::rows_of_blocks(some, rows_);
    buffer.resize(static_cast<std::size_t>(whole.size() * width));
    read_stream(stream_number, some, buffer, column);
    const auto wanted = base::intersect(rows, whole);
    decode_texts(std::span(buffer).subspan(static_cast<std::size_t>((wanted.first - whole.first) * width),
                                           static_cast<std::size_t>(wanted.size() * width)),
                 width, texts);
  }
}

void NativeTable::read_wide_block(int stream_number, std::int64_t block, base::RowRange rows, data::Strings& texts,
                                  int column) const {
  const auto& stream = layout_.streams[static_cast<std::size_t>(stream_number)];
  const std::int64_t at_once = text_rows_at_once(stream.value_bytes);
  const auto whole = base::rows_of_block(block, rows_);
  std::vector<std::byte> buffer;
  base::Xxh3 hash;
  for (std::int64_t first = whole.first; first < whole.last; first += at_once) {
    const base::RowRange some = {first, std::min(whole.last, first + at_once)};
    buffer.resize(static_cast<std::size_t>(some.size() * stream.value_bytes));
    file_.read_at(stream.address + some.first * stream.value_bytes, buffer);
    hash.add(buffer);
    const auto wanted = base::intersect(rows, some);
    if (wanted.empty()) continue;
    decode_texts(std::span(buffer).subspan(static_cast<std::size_t>((wanted.first - some.first) * stream.value_bytes),
                                           static_cast<std::size_t>(wanted.size() * stream.value_bytes)),
                 stream.value_bytes, texts);
  }
  std::uint64_t checksum = 0;
  file_.read_at(layout_.checksums + 8 * (stream_number * base::block_count(rows_) + block),
                std::as_writable_bytes(std::span(&checksum, 1)));
  if (hash.value() != checksum) refuse_block(block, column);
  bytes_read_ += whole.size() * stream.value_bytes + 8;
}

data::Column NativeTable::read_column(int column, base::RowRange rows) const {
  const auto& field = schema_[column];
  const auto position = static_cast<std::size_t>(column);
  data::Column result(field, field.type == data::Type::string ? 0 : rows.size(), dictionaries_[position]);
  if (rows.empty()) return result;
  const base::BlockRange blocks = {base::block_of_row(rows.first), base::block_count(rows.last)};
  const auto whole = base::rows_of_blocks(blocks, rows_);
  std::vector<std::byte> buffer;
  // Reads whole blocks; straight to `target` if it is given and takes them all.
  const auto read_values = [&](int stream_number, std::span<std::byte> target) -> std::span<std::byte> {
    const auto bytes = static_cast<std::size_t>(layout_.streams[static_cast<std::size_t>(stream_number)].value_bytes);
    if (!target.empty() && whole == rows) {
      read_stream(stream_number, blocks, target, column);
      return target;
    }
    buffer.resize(static_cast<std::size_t>(whole.size()) * bytes);
    read_stream(stream_number, blocks, buffer, column);
    const auto part = std::span(buffer).subspan(static_cast<std::size_t>(rows.first - whole.first) * bytes,
                                                static_cast<std::size_t>(rows.size()) * bytes);
    if (!target.empty()) std::memcpy(target.data(), part.data(), part.size());
    return part;
  };
  const int values = layout_.values_of[position];
  if (field.type == data::Type::string) {
    const auto width = layout_.streams[static_cast<std::size_t>(values)].value_bytes;
    auto& texts = result.strings();
    texts.reserve(rows.size(), std::min(most_text_bytes, rows.size() * width / 2));
    read_texts(values, rows, texts, column);
  } else {
    read_values(values, value_bytes_of(result));
  }
  if (field.type == data::Type::category) {
    const std::int32_t categories = dictionaries_[position]->size();
    for (const std::int32_t code : result.int32s()) {
      if (code < data::missing_code || code >= categories)
        damaged("a category code is out of range", fmt::format("{}.{}", name_, field.name));
    }
  }
  if (const int mask = layout_.mask_of[position]; mask >= 0) {
    const auto bytes = read_values(mask, {});
    if (std::any_of(bytes.begin(), bytes.end(), [](std::byte missing) { return missing != std::byte{0}; })) {
      result.mask().resize(bytes.size());
      std::memcpy(result.mask().data(), bytes.data(), bytes.size());
    }
  }
  return result;
}

data::Batch NativeTable::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= rows_, "rows that are read lie within their table");
  data::Batch batch;
  batch.rows = rows;
  batch.columns.reserve(columns.size());
  for (const int column : columns) {
    FULLBASE_EXPECTS(0 <= column && column < schema_.columns(), "a column that is read is one of its table");
    batch.columns.push_back(read_column(column, rows));
  }
  return batch;
}

std::string NativeTable::checksum() const {
  std::vector<std::uint64_t> blocks(layout_.streams.size() * static_cast<std::size_t>(base::block_count(rows_)));
  if (!blocks.empty()) file_.read_at(layout_.checksums, std::as_writable_bytes(std::span(blocks)));
  base::Sha256 hash;
  hash.add(rows_).add(std::as_bytes(std::span(blocks)));
  for (const auto& dictionary : dictionaries_) {
    if (dictionary) hash.add(static_cast<std::int64_t>(dictionary_checksum(*dictionary)));
  }
  return base::hex(hash.finish());
}

std::int32_t NativeTable::string_width(int column) const {
  if (schema_[column].type != data::Type::string) return 0;
  return static_cast<std::int32_t>(
      layout_.streams[static_cast<std::size_t>(layout_.values_of[static_cast<std::size_t>(column)])].value_bytes);
}

}  // namespace fullbase::store
