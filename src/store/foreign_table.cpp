#include "store/foreign_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "store/column_codec.hpp"
#include "store/file.hpp"
#include "store/foreign_description.hpp"
#include "store/guard.hpp"
#include "store/table_layout.hpp"

namespace fullbase::store {
namespace {

using data::Type;
using hdf5::check;
using hdf5::check_read;
using hdf5::Handle;
using hdf5::own;

Handle type_of(hid_t dataset, const std::string& where) {
  return own(H5Dget_type(dataset), H5Tclose, "look at a dataset", where);
}

bool is_h5py_boolean(hid_t type) {
  const Handle ours = hdf5::boolean_type();
  return H5Tget_class(type) == H5T_ENUM && H5Tequal(type, ours.get()) > 0;
}

/// Our type for one of HDF5's.
Type type_for(hid_t type, const std::string& where) {
  const auto size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      if (size <= 8) return Type::int64;
      break;
    case H5T_FLOAT:
      if (size <= 8) return size <= 4 ? Type::float32 : Type::float64;
      break;
    case H5T_STRING:
      return Type::string;
    case H5T_ENUM:
      if (is_h5py_boolean(type)) return Type::boolean;
      break;
    default:
      break;
  }
  throw base::input_error("has a type that is not read", where, "write it as whole numbers, float32, float64, booleans or text");
}

hid_t memory_type(Type type) {
  switch (type) {
    case Type::float32:
      return H5T_NATIVE_FLOAT;
    case Type::float64:
      return H5T_NATIVE_DOUBLE;
    case Type::category:
    case Type::date:
      return H5T_NATIVE_INT32;
    default:
      return H5T_NATIVE_INT64;
  }
}

/// HDF5 clips a uint64 beyond int64 in silence, so such a dataset is read as it is and looked through.
bool is_unsigned_64(hid_t type) {
  return H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 8 && H5Tget_sign(type) == H5T_SGN_NONE;
}

void refuse_beyond_int64(std::span<const std::int64_t> values, std::int64_t first_row, const std::string& where) {
  const auto found = std::find_if(values.begin(), values.end(), [](std::int64_t value) { return value < 0; });
  if (found == values.end()) return;
  throw base::input_error(fmt::format("[{}] is {}, beyond the largest int64", first_row + (found - values.begin()),
                                      static_cast<std::uint64_t>(*found)),
                          where);
}

/// Room for two chunks, so that reading a packed chunk a block at a time unpacks it once.
Handle open_cached(hid_t group, const std::string& name, std::int64_t file_bytes, const std::string& where) {
  Handle plain = open_dataset(group, "/" + name, file_bytes, where);
  const Handle creation = own(H5Dget_create_plist(plain.get()), H5Pclose, "look at a dataset", where);
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED) return plain;
  hsize_t chunk[H5S_MAX_RANK];
  const int dimensions = check_read(H5Pget_chunk(creation.get(), H5S_MAX_RANK, chunk), "look at a dataset", where);
  const Handle type = type_of(plain.get(), where);
  std::size_t bytes = H5Tget_size(type.get());
  for (int i = 0; i < dimensions; ++i) bytes *= chunk[i];
  const Handle access = own(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, "prepare reading", where);
  check(H5Pset_chunk_cache(access.get(), 521, std::max<std::size_t>(1 << 20, std::min<std::size_t>(2 * bytes, 64 << 20)), 1.0),
        "prepare reading", where);
  return own(H5Dopen2(group, name.c_str(), access.get()), H5Dclose, "open a dataset", where);
}

struct Selection {
  Handle file;
  Handle memory;
};

/// Rows [first, last) of a 1-D dataset; of columns [column, column + count) of a 2-D one.
Selection select(hid_t dataset, base::RowRange rows, std::int64_t column, std::int64_t count, const std::string& where) {
  Selection selection;
  selection.file = own(H5Dget_space(dataset), H5Sclose, "read a dataset", where);
  const hsize_t start[2] = {static_cast<hsize_t>(rows.first), static_cast<hsize_t>(column)};
  const hsize_t size[2] = {static_cast<hsize_t>(rows.size()), static_cast<hsize_t>(count)};
  check(H5Sselect_hyperslab(selection.file.get(), H5S_SELECT_SET, start, nullptr, size, nullptr), "read a dataset", where);
  selection.memory =
      own(H5Screate_simple(H5Sget_simple_extent_ndims(selection.file.get()), size, nullptr), H5Sclose, "read a dataset", where);
  return selection;
}

void read_values(hid_t dataset, hid_t type, const Selection& selection, void* target, const std::string& where) {
  if (H5Dread(dataset, type, selection.memory.get(), selection.file.get(), H5P_DEFAULT, target) < 0) {
    hdf5::fail_input("read values: the file is damaged or truncated", where);
  }
}

std::vector<std::string> read_texts(hid_t dataset, base::RowRange rows, const std::string& where) {
  if (rows.empty()) return {};
  const Handle type = type_of(dataset, where);
  const Selection selection = select(dataset, rows, 0, 1, where);
  auto texts = hdf5::texts_of(dataset, type.get(), selection.memory.get(), where, [&](hid_t memory, void* buffer) {
    return H5Dread(dataset, memory, selection.memory.get(), selection.file.get(), H5P_DEFAULT, buffer);
  });
  // The character set that a file names is a promise of whoever wrote it.
  const auto wrong = std::find_if(texts.begin(), texts.end(), [](const std::string& text) { return !base::is_utf8(text); });
  if (wrong != texts.end()) {
    throw base::input_error(fmt::format("[{}] is a text that is not UTF-8", rows.first + (wrong - texts.begin())), where,
                            "write it again with its texts in UTF-8");
  }
  return texts;
}

std::vector<std::string> category_texts(hid_t dataset, std::int64_t count, const std::string& where) {
  const Handle type = type_of(dataset, where);
  const Type kind = type_for(type.get(), where);
  if (kind == Type::string) return read_texts(dataset, {0, count}, where);
  if (kind != Type::int64) throw base::input_error("has categories that are neither texts nor whole numbers", where);
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  const bool is_unsigned = is_unsigned_64(type.get());
  const hid_t memory = is_unsigned ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
  if (count > 0) read_values(dataset, memory, select(dataset, {0, count}, 0, 1, where), numbers.data(), where);
  std::vector<std::string> texts;
  for (const auto number : numbers) {
    texts.push_back(is_unsigned ? fmt::format("{}", static_cast<std::uint64_t>(number)) : fmt::format("{}", number));
  }
  return texts;
}

}  // namespace

ForeignTable::ForeignTable(Handle file, hid_t object, const std::string& path, const std::string& table)
    : name_(fmt::format("{}:{}", path, table)), file_bytes_(File::open_read(path).size()), file_(std::move(file)) {
  if (is_dataset(object)) {
    open_matrix(object);
    return;
  }
  if (!is_group(object)) throw base::input_error("is neither a group nor a dataset", name_);
  const auto encoding = hdf5::text_attribute(object, "encoding-type", name_);
  if (encoding == "dataframe") {
    const auto index = hdf5::text_attribute(object, "_index", name_);
    auto order = hdf5::texts_attribute(object, "column-order", name_);
    if (!index || !order)
      throw base::input_error("lacks what AnnData's dataframe encoding needs: _index and column-order", name_);
    order->insert(order->begin(), *index);
    // An export of ours says in which order the columns were, and that a column of row numbers is none of them.
    const auto columns = hdf5::texts_attribute(object, columns_attribute, name_);
    open_columns(object, columns.value_or(*order));
    schema_.key = hdf5::text_attribute(object, key_attribute, name_).value_or(*index);
    if (!schema_.key.empty() && !schema_.find(schema_.key)) throw base::input_error("has a key that is no column", name_);
    if (rows_ < 0) {
      const Handle rows = open_object(object, "/" + *index, name_);
      if (!is_dataset(rows.get())) throw base::input_error("has no columns and no rows", name_);
      count_rows(rows.get(), *index);
    }
  } else if (encoding) {
    throw base::input_error(fmt::format("has AnnData encoding '{}', which is no table", *encoding), name_,
                            "name a data frame, an array, or a group of columns");
  } else {
    std::vector<std::string> columns;
    for (const auto& member : member_names(object, name_)) {
      const Handle opened = open_object(object, "/" + member, name_);
      if (is_dataset(opened.get()) && extent_of(opened.get(), name_).size() == 1) columns.push_back(member);
    }
    if (columns.empty()) throw base::input_error("holds no columns (1-D datasets)", name_, "name a table within it");
    open_columns(object, columns);
  }
}

ForeignTable::~ForeignTable() {
  const hdf5::Session session;
  columns_.clear();
  matrix_ = {};
  file_ = {};
}

void ForeignTable::open_matrix(hid_t dataset) {
  const auto extent = extent_of(dataset, name_);
  check_dataset(dataset, file_bytes_, name_);
  if (extent.size() != 2 || extent[1] < 1 || extent[1] > 65'536) {
    throw base::input_error(fmt::format("is no table: it has {} dimensions", extent.size()), name_,
                            "name a 2-D dataset of 1 to 65,536 columns, or a group of 1-D ones");
  }
  const Handle type = type_of(dataset, name_);
  const Type kind = type_for(type.get(), name_);
  if (kind == Type::string || kind == Type::boolean)
    throw base::input_error("is a matrix of something other than numbers", name_);
  rows_ = extent[0];
  std::vector<std::string> names;
  for (const char* attribute : {"columns", "column_names"}) {
    if (names.empty()) names = hdf5::texts_attribute(dataset, attribute, name_).value_or(std::vector<std::string>{});
  }
  if (!names.empty() && static_cast<std::int64_t>(names.size()) != extent[1]) {
    throw base::input_error(fmt::format("has {} columns, but names for {}", extent[1], names.size()), name_);
  }
  matrix_ = own(H5Oopen(dataset, ".", H5P_DEFAULT), H5Oclose, "open a dataset", name_);
  for (int i = 0; i < static_cast<int>(extent[1]); ++i) {
    ForeignColumn column;
    const auto name = names.empty() ? fmt::format("c{}", i) : names[static_cast<std::size_t>(i)];
    column.field = {.name = name, .type = kind, .nullable = kind != Type::int64};
    column.matrix_column = i;
    add(std::move(column));
  }
}

void ForeignTable::open_columns(hid_t group, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (name.empty() || name.find('/') != std::string::npos)
      throw base::input_error(fmt::format("names a column '{}'", name), name_);
    add(open_column(group, name));
  }
}

void ForeignTable::add(ForeignColumn column) {
  if (!base::is_utf8(column.field.name)) throw base::input_error("has a column whose name is not UTF-8", name_);
  if (!names_.insert(column.field.name).second) {
    throw base::input_error(fmt::format("has two columns '{}'", column.field.name), name_);
  }
  schema_.fields.push_back(column.field);
  columns_.push_back(std::move(column));
}

void ForeignTable::count_rows(hid_t dataset, const std::string& column) {
  const auto extent = extent_of(dataset, name_);
  if (extent.size() != 1) throw base::input_error("is not 1-D, as a column must be", fmt::format("{}.{}", name_, column));
  if (rows_ < 0) rows_ = extent[0];
  if (extent[0] != rows_) {
    throw base::input_error(fmt::format("has {} rows where column '{}' has {}", extent[0],
                                        schema_.fields.empty() ? column : schema_.fields[0].name, rows_),
                            fmt::format("{}.{}", name_, column), "the columns of a table have equal lengths: name another group");
  }
}

ForeignColumn ForeignTable::open_column(hid_t group, const std::string& name) {
  const std::string where = fmt::format("{}.{}", name_, name);
  const Handle opened = open_object(group, "/" + name, where);
  const hid_t object = opened.get();
  ForeignColumn column;
  column.field.name = name;
  if (is_dataset(object)) {
    column.values = open_cached(group, name, file_bytes_, where);
    count_rows(object, name);
    column.field.type = type_for(type_of(object, where).get(), where);
    column.field.nullable = column.field.type == Type::float32 || column.field.type == Type::float64;
    apply_description(object, type_of(object, where).get(), false, column.field, where);
    return column;
  }
  const auto encoding = hdf5::text_attribute(object, "encoding-type", where).value_or("");
  if (encoding == "categorical") return open_categorical(object, std::move(column), where);
  if (encoding != "nullable-integer" && encoding != "nullable-boolean" && encoding != "nullable-string-array") {
    throw base::input_error(fmt::format("has encoding '{}', which is no column", encoding), where);
  }
  column.values = open_cached(object, "values", file_bytes_, where);
  column.mask = open_cached(object, "mask", file_bytes_, where);
  count_rows(column.values.get(), name);
  count_rows(column.mask.get(), name);
  column.field.type = type_for(type_of(column.values.get(), where).get(), where);
  if (!is_h5py_boolean(type_of(column.mask.get(), where).get()) || !data::has_mask(column.field.type)) {
    throw base::input_error("is a nullable array of a type that is not read", where);
  }
  column.field.nullable = true;
  apply_description(object, type_of(column.values.get(), where).get(), true, column.field, where);
  return column;
}

ForeignColumn ForeignTable::open_categorical(hid_t group, ForeignColumn column, const std::string& where) {
  column.values = open_cached(group, "codes", file_bytes_, where);
  count_rows(column.values.get(), column.field.name);
  if (H5Tget_class(type_of(column.values.get(), where).get()) != H5T_INTEGER)
    throw base::input_error("has codes that are no whole numbers", where);
  const Handle categories = open_cached(group, "categories", file_bytes_, where);
  const auto extent = extent_of(categories.get(), where);
  if (extent.size() != 1 || extent[0] > std::numeric_limits<std::int32_t>::max())
    throw base::input_error("has categories that are no list", where);
  const auto texts = category_texts(categories.get(), extent[0], where);
  std::vector<std::int32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  const auto text = [&](std::int32_t code) -> const std::string& { return texts[static_cast<std::size_t>(code)]; };
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return text(a) < text(b); });
  column.remap.resize(texts.size());
  data::Strings sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && text(order[i]) == text(order[i - 1]))
      throw base::input_error(fmt::format("has the category '{}' twice", text(order[i])), where);
    column.remap[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
    sorted.push_back(text(order[i]));
  }
  column.dictionary = std::make_shared<const data::Dictionary>(std::move(sorted));
  column.field.type = Type::category;
  column.field.nullable = true;
  apply_description(group, type_of(column.values.get(), where).get(), false, column.field, where);
  return column;
}

data::Column ForeignTable::read_column(const ForeignColumn& column, base::RowRange rows) const {
  const std::string where = fmt::format("{}.{}", name_, column.field.name);
  const bool texts = column.field.type == Type::string;
  data::Column result(column.field, texts ? 0 : rows.size(), column.dictionary);
  if (rows.empty()) return result;
  const hid_t dataset = column.values.get();
  if (texts) {
    for (const auto& text : read_texts(dataset, rows, where)) result.strings().push_back(text);
    bytes_read_ += result.bytes();
  } else {
    const Selection selection = select(dataset, rows, 0, 1, where);
    const bool is_boolean = column.field.type == Type::boolean;
    const bool is_unsigned = column.field.type == Type::int64 && is_unsigned_64(type_of(dataset, where).get());
    const Handle boolean = hdf5::boolean_type();
    const hid_t type = is_boolean ? boolean.get() : is_unsigned ? H5T_NATIVE_UINT64 : memory_type(column.field.type);
    const auto bytes = value_bytes_of(result);
    read_values(dataset, type, selection, bytes.data(), where);
    bytes_read_ += static_cast<std::int64_t>(bytes.size());
    if (is_unsigned) refuse_beyond_int64(result.int64s(), rows.first, where);
    if (is_boolean) {
      for (auto& value : result.bools()) value = value != 0;
    }
    make_canonical(result);
  }
  if (column.field.type == Type::category) {
    const auto categories = static_cast<std::int32_t>(column.remap.size());
    for (auto& code : result.int32s()) {
      if (code < 0) {
        if (!column.field.nullable) throw base::input_error("has missing values, though it says that it has none", where);
        code = data::missing_code;
      } else if (code >= categories) {
        throw base::input_error(fmt::format("has code {} where there are {} categories", code, categories), where);
      } else {
        code = column.remap[static_cast<std::size_t>(code)];
      }
    }
  }
  if (column.mask) {
    const Handle boolean = hdf5::boolean_type();
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(rows.size()));
    read_values(column.mask.get(), boolean.get(), select(column.mask.get(), rows, 0, 1, where), mask.data(), where);
    for (auto& missing : mask) missing = missing != 0;
    if (std::find(mask.begin(), mask.end(), 1) != mask.end()) result.mask() = std::move(mask);
  }
  return result;
}

std::vector<data::Column> ForeignTable::read_matrix(base::RowRange rows, std::span<const int> columns) const {
  std::vector<data::Column> result;
  for (const int column : columns) result.emplace_back(schema_[column], rows.size());
  if (rows.empty() || columns.empty()) return result;
  const auto [low, high] = std::minmax_element(columns.begin(), columns.end());
  const std::int64_t count = *high - *low + 1;
  const bool is_unsigned = is_unsigned_64(type_of(matrix_.get(), name_).get());
  const Selection selection = select(matrix_.get(), rows, *low, count, name_);
  const auto read_as = [&]<class T>(T, hid_t type, auto&& values_of) {
    std::vector<T> buffer(static_cast<std::size_t>(rows.size() * count));
    read_values(matrix_.get(), type, selection, buffer.data(), name_);
    bytes_read_ += static_cast<std::int64_t>(buffer.size() * sizeof(T));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::span<T> target = values_of(result[i]);
      const T* source = buffer.data() + (columns[i] - *low);
      for (std::size_t row = 0; row < target.size(); ++row) target[row] = source[row * static_cast<std::size_t>(count)];
    }
  };
  switch (schema_[columns[0]].type) {
    case Type::float32:
      read_as(float{}, H5T_NATIVE_FLOAT, [](data::Column& column) { return column.float32s(); });
      break;
    case Type::float64:
      read_as(double{}, H5T_NATIVE_DOUBLE, [](data::Column& column) { return column.float64s(); });
      break;
    default:
      read_as(std::int64_t{}, is_unsigned ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64,
              [](data::Column& column) { return column.int64s(); });
      for (std::size_t i = 0; is_unsigned && i < columns.size(); ++i) {
        refuse_beyond_int64(result[i].int64s(), rows.first, fmt::format("{}.{}", name_, schema_[columns[i]].name));
      }
  }
  for (auto& column : result) make_canonical(column);
  return result;
}

data::Batch ForeignTable::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= rows_, "rows that are read lie within their table");
  const hdf5::Session session;
  data::Batch batch;
  batch.rows = rows;
  if (matrix_) {
    batch.columns = read_matrix(rows, columns);
    return batch;
  }
  for (const int column : columns) batch.columns.push_back(read_column(columns_.at(static_cast<std::size_t>(column)), rows));
  return batch;
}

}  // namespace fullbase::store
