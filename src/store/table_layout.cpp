#include "store/table_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "base/block.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/size.hpp"
#include "data/column.hpp"
#include "store/column_codec.hpp"
#include "store/guard.hpp"

namespace fullbase::store {
namespace {

using data::Type;
using hdf5::check;
using hdf5::Handle;
using hdf5::own;
using hdf5::own_new;

/// The type on disk of a field's values.
Handle disk_type(const data::Field& field, std::int64_t value_bytes) {
  switch (field.type) {
    case Type::float64:
      return own_new(H5Tcopy(H5T_IEEE_F64LE), H5Tclose, "make a type", {});
    case Type::float32:
      return own_new(H5Tcopy(H5T_IEEE_F32LE), H5Tclose, "make a type", {});
    case Type::boolean:
      return hdf5::boolean_type();
    case Type::category:
    case Type::date:
      return own_new(H5Tcopy(H5T_STD_I32LE), H5Tclose, "make a type", {});
    case Type::string:
      return hdf5::fixed_text_type(static_cast<std::size_t>(value_bytes));
    case Type::int64:
    case Type::decimal:
    case Type::timestamp:
      break;
  }
  return own_new(H5Tcopy(H5T_STD_I64LE), H5Tclose, "make a type", {});
}

void write_encoding(hid_t object, const char* type, const char* version, const std::string& where) {
  hdf5::write_attribute(object, "encoding-type", type, where);
  hdf5::write_attribute(object, "encoding-version", version, where);
}

Handle make_group(hid_t parent, const std::string& name, const std::string& where) {
  const Handle links = own_new(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "prepare a group", where);
  check(H5Pset_create_intermediate_group(links.get(), 1), "prepare a group", where);
  check(H5Pset_char_encoding(links.get(), H5T_CSET_UTF8), "prepare a group", where);
  const Handle creation = hdf5::creation_properties(H5P_GROUP_CREATE);
  check(H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "prepare a group", where);
  // Lists of thousands of column names only fit outside the object header.
  check(H5Pset_attr_phase_change(creation.get(), 0, 0), "prepare a group", where);
  const hid_t id = H5Gcreate2(parent, name.c_str(), links.get(), creation.get(), H5P_DEFAULT);
  if (id < 0) hdf5::fail("make the group", where);
  return Handle(id, H5Gclose);
}

// Deflate packs little more above this level, and takes several times as long.
constexpr unsigned deflate_level = 4;
constexpr std::int64_t most_packed_chunk_bytes = std::int64_t{16} << 20;

/// A dataset: in chunks if `chunk` > 0, else in one piece. If it is not packed its space is there from the start and never
/// filled.
Handle make_dataset(hid_t group, const std::string& name, hid_t type, std::span<const hsize_t> extent, std::int64_t chunk,
                    const std::string& where, Storage storage = Storage::addressed) {
  const auto action = fmt::format("make the dataset '{}'", name);
  const Handle space =
      own_new(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose, action, where);
  const Handle creation = hdf5::creation_properties(H5P_DATASET_CREATE);
  if (chunk > 0) {
    const bool packed = storage == Storage::packed;
    const auto value_bytes = static_cast<std::int64_t>(H5Tget_size(type));
    const auto rows = static_cast<hsize_t>(packed ? packed_rows(chunk, value_bytes) : chunk);
    check(H5Pset_chunk(creation.get(), 1, &rows), action, where);
    if (packed) {
      check(H5Pset_shuffle(creation.get()), action, where);
      check(H5Pset_deflate(creation.get(), deflate_level), action, where);
      check(H5Pset_fletcher32(creation.get()), action, where);
    }
  }
  if (storage == Storage::addressed) check(H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY), action, where);
  check(H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER), action, where);
  const Handle links = own_new(H5Pcreate(H5P_LINK_CREATE), H5Pclose, action, where);
  check(H5Pset_char_encoding(links.get(), H5T_CSET_UTF8), action, where);
  const hid_t id = H5Dcreate2(group, name.c_str(), type, space.get(), links.get(), creation.get(), H5P_DEFAULT);
  if (id < 0) hdf5::fail(action, where);
  return Handle(id, H5Dclose);
}

/// The longest category, or -1.
std::int32_t longest_category(const data::Dictionary& dictionary) {
  std::int32_t longest = -1;
  for (std::int32_t code = 0; code < dictionary.size(); ++code) {
    if (longest < 0 || dictionary[code].size() > dictionary[longest].size()) longest = code;
  }
  return longest;
}

void fill_categories(hid_t dataset, hid_t type, std::size_t width, const data::Dictionary& dictionary, const std::string& where) {
  const auto at_once = static_cast<std::int32_t>(
      std::min<std::int64_t>(text_rows_at_once(static_cast<std::int64_t>(width)), std::max(1, dictionary.size())));
  const Handle space = own_new(H5Dget_space(dataset), H5Sclose, "write the categories", where);
  std::vector<char> texts;
  for (std::int32_t first = 0; first < dictionary.size(); first += at_once) {
    const std::int32_t last = std::min(dictionary.size() - first, at_once) + first;
    texts.assign(width * static_cast<std::size_t>(last - first), '\0');
    for (std::int32_t code = first; code < last; ++code) {
      const auto text = dictionary[code];
      if (!text.empty() && text.back() == '\0') {
        throw base::input_error(fmt::format("category {} ends with a zero byte, which a text on disk cannot", code), where);
      }
      std::memcpy(texts.data() + width * static_cast<std::size_t>(code - first), text.data(), text.size());
    }
    const auto start = static_cast<hsize_t>(first);
    const auto count = static_cast<hsize_t>(last - first);
    check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), "write the categories", where);
    const Handle memory = own_new(H5Screate_simple(1, &count, nullptr), H5Sclose, "write the categories", where);
    check(H5Dwrite(dataset, type, memory.get(), space.get(), H5P_DEFAULT, texts.data()), "write the categories", where);
  }
}

void write_categories(hid_t group, const data::Dictionary& dictionary, const std::string& where, Storage storage) {
  const std::int32_t longest = longest_category(dictionary);
  const std::int64_t bytes = longest < 0 ? 0 : static_cast<std::int64_t>(dictionary[longest].size());
  if (is_mostly_padding(dictionary.size(), bytes, std::ssize(dictionary.texts().bytes()))) {
    throw base::input_error(fmt::format("category {} has {} bytes: at that width the {} categories, of {} in all, would take {}",
                                        longest, base::format_count(bytes), base::format_count(dictionary.size()),
                                        base::format_bytes(std::ssize(dictionary.texts().bytes())),
                                        base::format_bytes(padded_width(bytes) * dictionary.size())),
                            where, "shorten that text, or leave the column out");
  }
  const auto width = static_cast<std::size_t>(padded_width(bytes));
  const Handle type = hdf5::fixed_text_type(width);
  const hsize_t extent = static_cast<hsize_t>(dictionary.size());
  const std::int64_t chunk = storage == Storage::packed ? chunk_rows(dictionary.size()) : 0;
  Handle dataset = make_dataset(group, "categories", type.get(), {&extent, 1}, chunk, where, storage);
  write_encoding(dataset.get(), "string-array", "0.2.0", where);
  fill_categories(dataset.get(), type.get(), width, dictionary, where);
  hdf5::write_attribute(group, dictionary_attribute, static_cast<std::int64_t>(dictionary_checksum(dictionary)), where);
  dataset.close(where);
}

void describe_field(hid_t object, const data::Field& field, const std::string& where) {
  hdf5::write_attribute(object, type_attribute, data::type_name(field.type), where);
  hdf5::write_attribute(object, nullable_attribute, field.nullable ? 1 : 0, where);
  if (!field.unit.empty()) hdf5::write_attribute(object, "unit", field.unit, where);
  if (field.type == Type::decimal) hdf5::write_attribute(object, "scale", field.scale, where);
  // The climate and forecast conventions' way to say what a number counts; xarray and netCDF tools decode it.
  if (field.type == Type::timestamp) hdf5::write_attribute(object, "units", "microseconds since 1970-01-01 00:00:00", where);
  if (field.type == Type::date) hdf5::write_attribute(object, "units", "days since 1970-01-01", where);
  if (field.nullable && (field.type == Type::timestamp || field.type == Type::decimal)) {
    hdf5::write_attribute(object, "missing_value", data::missing_int64, where);
  }
  if (field.nullable && field.type == Type::date) hdf5::write_attribute(object, "missing_value", data::missing_date, where);
}

const char* group_encoding(const data::Field& field) {
  switch (field.type) {
    case Type::category:
      return "categorical";
    case Type::int64:
      return "nullable-integer";
    case Type::boolean:
      return "nullable-boolean";
    default:
      return "nullable-string-array";
  }
}

const char* dataset_encoding(const data::Field& field) {
  return field.type == Type::string ? "string-array" : "array";
}

bool is_group(const data::Field& field) {
  return field.type == Type::category || (field.nullable && data::has_mask(field.type));
}

/// Address of a dataset that lies in one piece, or -1.
std::int64_t address_of(hid_t dataset, std::int64_t value_bytes, std::int64_t rows) {
  const Handle creation = own(H5Dget_create_plist(dataset), H5Pclose, "look at a dataset", {});
  if (H5Pget_nfilters(creation.get()) != 0) return -1;
  if (H5Pget_layout(creation.get()) == H5D_CONTIGUOUS) {
    if (H5Pget_external_count(creation.get()) != 0) return -1;
    const haddr_t address = H5Dget_offset(dataset);
    return address == HADDR_UNDEF ? -1 : static_cast<std::int64_t>(address);
  }
  hsize_t chunk = 0;
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED || H5Pget_chunk(creation.get(), 1, &chunk) != 1 || chunk == 0) return -1;
  // HDF5 keeps the chunks of such a dataset as one array without an index; three of them tell that it has done so here.
  const std::int64_t last = (rows - 1) / static_cast<std::int64_t>(chunk);
  std::int64_t first_address = -1;
  for (const std::int64_t number : {std::int64_t{0}, last / 2, last}) {
    const hsize_t row = static_cast<hsize_t>(number) * chunk;
    haddr_t address = HADDR_UNDEF;
    hsize_t bytes = 0;
    unsigned mask = 0;
    if (H5Dget_chunk_info_by_coord(dataset, &row, &mask, &address, &bytes) < 0 || address == HADDR_UNDEF) return -1;
    if (number == 0) first_address = static_cast<std::int64_t>(address);
    if (static_cast<std::int64_t>(address) != first_address + static_cast<std::int64_t>(row) * value_bytes) return -1;
  }
  return first_address;
}

/// The extent of a dataset is exactly this.
bool has_extent(hid_t dataset, std::span<const hsize_t> wanted) {
  const Handle space = own(H5Dget_space(dataset), H5Sclose, "look at a dataset", {});
  if (H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(wanted.size())) return false;
  hsize_t extent[2] = {0, 0};
  H5Sget_simple_extent_dims(space.get(), extent, nullptr);
  return std::equal(wanted.begin(), wanted.end(), extent);
}

void reserve_names(const data::Schema& schema, const std::string& where) {
  std::unordered_set<std::string_view> names;
  for (int i = 0; i < schema.columns(); ++i) {
    const auto& name = schema[i].name;
    if (name == row_number_name || name == checksums_name) {
      throw base::input_error(fmt::format("a column cannot be called '{}': the file format uses that name", name), where,
                              "rename it");
    }
    if (name.empty() || name == "." || name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
      throw base::input_error(fmt::format("HDF5 cannot hold a column called '{}'", name), where,
                              "give it a name that is not empty and has no '/'");
    }
    if (!names.insert(name).second) {
      throw base::input_error(fmt::format("two columns are called '{}'", name), where, "rename one");
    }
  }
}

/// The group of a new table, which may already be there as the parent of other tables.
Handle open_or_make_group(hid_t file, const std::string& group, const std::string& where) {
  std::string prefix;
  bool exists = true;
  for (std::size_t at = 1; exists && at < group.size();) {
    const auto slash = std::min(group.find('/', at), group.size());
    prefix = group.substr(0, slash);
    exists = check(H5Lexists(file, prefix.c_str(), H5P_DEFAULT), "look for the group", where) > 0;
    at = slash + 1;
  }
  if (!exists) return make_group(file, group, where);
  Handle open = own_new(H5Gopen2(file, group.c_str(), H5P_DEFAULT), H5Gclose, "open the group", where);
  if (check(H5Aexists(open.get(), "encoding-type"), "look at the group", where) > 0) {
    throw base::io_error("the file already has a table of that name", where);
  }
  return open;
}

}  // namespace

std::int64_t chunk_rows(std::int64_t rows) noexcept {
  if (rows <= base::block_rows) return rows;
  const std::int64_t blocks = base::block_count(rows);
  // Whole blocks that the table has: a chunk may not be longer than its dataset.
  std::int64_t chunk = 1;
  while (chunk < 64 && chunk * 2 * 16 <= blocks) chunk *= 2;
  while ((blocks + chunk - 1) / chunk > 4096) chunk *= 2;
  return chunk * base::block_rows;
}

std::int64_t packed_rows(std::int64_t rows, std::int64_t value_bytes) noexcept {
  while (rows > 1 && rows * value_bytes > most_packed_chunk_bytes) rows = (rows + 1) / 2;
  return rows;
}

std::int64_t padded_width(std::int64_t longest) noexcept {
  return std::max<std::int64_t>(8, (longest + 7) / 8 * 8);
}

bool is_mostly_padding(std::int64_t texts, std::int64_t longest, std::int64_t bytes) noexcept {
  constexpr std::int64_t always_allowed = std::int64_t{512} << 20;
  constexpr std::int64_t most_times = 64;
  const base::int128 padded = base::int128{texts} * padded_width(longest);
  // Every text takes 8 bytes at least.
  return padded > always_allowed && padded > most_times * (base::int128{bytes} + 8 * base::int128{texts});
}

std::uint64_t dictionary_checksum(const data::Dictionary& dictionary) {
  base::Xxh3 hash;
  for (std::int32_t code = 0; code < dictionary.size(); ++code) {
    const auto text = dictionary[code];
    const auto length = static_cast<std::uint32_t>(text.size());
    hash.add(std::as_bytes(std::span(&length, 1))).add(std::as_bytes(std::span(text)));
  }
  return hash.value();
}

TableLayout plan_layout(const data::Schema& schema, std::span<const std::int32_t> string_widths) {
  TableLayout layout;
  const auto add = [&](std::string dataset, std::int64_t bytes) {
    layout.streams.push_back({std::move(dataset), bytes, 0});
    return static_cast<int>(layout.streams.size()) - 1;
  };
  for (int i = 0; i < schema.columns(); ++i) {
    const auto& field = schema[i];
    const std::int64_t bytes =
        field.type == Type::string ? string_widths[static_cast<std::size_t>(i)] : data::value_bytes(field.type);
    const bool group = is_group(field);
    const bool category = field.type == Type::category;
    layout.values_of.push_back(add(field.name + (category ? "/codes" : group ? "/values" : ""), bytes));
    layout.mask_of.push_back(group && !category ? add(field.name + "/mask", 1) : -1);
  }
  if (schema.key.empty()) layout.row_numbers = add(row_number_name, 8);
  return layout;
}

void lay_out(hid_t file, const std::string& group, const data::Schema& schema, std::int64_t rows,
             std::span<const data::DictionaryPointer> dictionaries, TableLayout& layout, const std::string& where,
             Storage storage) {
  reserve_names(schema, where);
  Handle table = open_or_make_group(file, group, where);
  write_encoding(table.get(), "dataframe", "0.2.0", where);
  std::vector<std::string> names;
  std::vector<std::string> order;
  for (const auto& field : schema.fields) {
    names.push_back(field.name);
    if (field.name != schema.key) order.push_back(field.name);
  }
  hdf5::write_attribute(table.get(), "_index", schema.key.empty() ? row_number_name : schema.key, where);
  hdf5::write_attribute(table.get(), "column-order", order, where);
  hdf5::write_attribute(table.get(), columns_attribute, names, where);
  hdf5::write_attribute(table.get(), key_attribute, schema.key, where);
  if (storage == Storage::addressed) {
    hdf5::write_attribute(table.get(), format_attribute, format_version, where);
    hdf5::write_attribute(table.get(), rows_attribute, rows, where);
    hdf5::write_attribute(table.get(), finished_attribute, 0, where);
  }

  const std::int64_t chunk = chunk_rows(rows);
  const auto extent = static_cast<hsize_t>(rows);
  const auto make_stream = [&](hid_t parent, const std::string& name, hid_t type, const char* encoding, Stream& stream) {
    Handle dataset = make_dataset(parent, name, type, {&extent, 1}, chunk, where, storage);
    write_encoding(dataset.get(), encoding, "0.2.0", where);
    if (rows > 0 && storage == Storage::addressed) {
      stream.address = address_of(dataset.get(), stream.value_bytes, rows);
      if (stream.address < 0) throw base::internal_error("HDF5 has put the chunks of a new dataset in several places", where);
    }
    return dataset;
  };
  for (int i = 0; i < schema.columns(); ++i) {
    const auto& field = schema[i];
    const auto column = static_cast<std::size_t>(i);
    const std::string column_where = fmt::format("{}.{}", where, field.name);
    Stream& values = layout.streams[static_cast<std::size_t>(layout.values_of[column])];
    const Handle type = disk_type(field, values.value_bytes);
    if (check(H5Lexists(table.get(), field.name.c_str(), H5P_DEFAULT), "look for a name", where) > 0) {
      throw base::input_error("a column and another table of the step have the same name", column_where, "rename the column");
    }
    if (!is_group(field)) {
      describe_field(make_stream(table.get(), field.name, type.get(), dataset_encoding(field), values).get(), field,
                     column_where);
      continue;
    }
    const Handle parts = make_group(table.get(), field.name, column_where);
    write_encoding(parts.get(), group_encoding(field), field.type == Type::category ? "0.2.0" : "0.1.0", column_where);
    describe_field(parts.get(), field, column_where);
    if (field.type == Type::category) {
      hdf5::write_boolean_attribute(parts.get(), "ordered", false, column_where);
      if (column >= dictionaries.size() || !dictionaries[column]) {
        throw base::internal_error("a category column was created without its categories", column_where);
      }
      write_categories(parts.get(), *dictionaries[column], column_where, storage);
      make_stream(parts.get(), "codes", type.get(), "array", values);
    } else {
      if (field.type == Type::string) hdf5::write_attribute(parts.get(), "na-value", "NA", column_where);
      make_stream(parts.get(), "values", type.get(), dataset_encoding(field), values);
      make_stream(parts.get(), "mask", hdf5::boolean_type().get(), "array",
                  layout.streams[static_cast<std::size_t>(layout.mask_of[column])]);
    }
  }
  if (layout.row_numbers >= 0) {
    make_stream(table.get(), row_number_name, H5T_STD_I64LE, "array",
                layout.streams[static_cast<std::size_t>(layout.row_numbers)]);
  }
  if (storage == Storage::packed) return;
  const hsize_t checksums_extent[2] = {layout.streams.size(), static_cast<hsize_t>(base::block_count(rows))};
  const Handle checksums = make_dataset(table.get(), checksums_name, H5T_STD_U64LE, checksums_extent, 0, where);
  if (rows > 0) {
    const haddr_t address = H5Dget_offset(checksums.get());
    if (address == HADDR_UNDEF) hdf5::fail("place the checksums", where);
    layout.checksums = static_cast<std::int64_t>(address);
  }
}

void find_addresses(hid_t group, std::int64_t rows, const data::Schema& schema, TableLayout& layout, std::int64_t file_bytes,
                    const std::string& where) {
  const auto locate = [&](const std::string& name, std::int64_t value_bytes, std::span<const hsize_t> extent) {
    const std::string dataset_where = fmt::format("{}/{}", where, name);
    const Handle dataset = open_dataset(group, "/" + name, file_bytes, dataset_where);
    const Handle type = own(H5Dget_type(dataset.get()), H5Tclose, "look at a dataset", dataset_where);
    if (static_cast<std::int64_t>(H5Tget_size(type.get())) != value_bytes || !has_extent(dataset.get(), extent)) {
      throw base::input_error("is damaged: a dataset does not have the type and rows of its table", dataset_where,
                              "make it again");
    }
    if (rows == 0) return std::int64_t{0};
    const std::int64_t address = address_of(dataset.get(), value_bytes, rows);
    base::int128 bytes = value_bytes;
    for (const hsize_t size : extent) bytes *= static_cast<std::int64_t>(size);
    if (address < 0 || address > file_bytes || bytes > file_bytes - address) {
      throw base::input_error("is damaged, or was rewritten by another program: a dataset does not lie in one piece",
                              dataset_where, "make it again");
    }
    return address;
  };
  const auto extent = static_cast<hsize_t>(rows);
  for (auto& stream : layout.streams) stream.address = locate(stream.dataset, stream.value_bytes, {&extent, 1});
  const hsize_t checksums_extent[2] = {layout.streams.size(), static_cast<hsize_t>(base::block_count(rows))};
  layout.checksums = locate(checksums_name, 8, checksums_extent);
  for (int i = 0; i < schema.columns(); ++i) {
    const auto& stream = layout.streams[static_cast<std::size_t>(layout.values_of[static_cast<std::size_t>(i)])];
    const Handle dataset = open_dataset(group, "/" + stream.dataset, file_bytes, where);
    const Handle type = own(H5Dget_type(dataset.get()), H5Tclose, "look at a dataset", where);
    const Handle wanted = disk_type(schema[i], stream.value_bytes);
    if (check(H5Tequal(type.get(), wanted.get()), "compare types", where) == 0) {
      throw base::input_error("is damaged: a dataset does not have its column's type",
                              fmt::format("{}/{}", where, stream.dataset), "make it again");
    }
  }
}

}  // namespace fullbase::store
