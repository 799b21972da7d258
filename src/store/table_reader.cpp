#include "store/table_reader.hpp"

#include "store/foreign_table.hpp"
#include "store/guard.hpp"
#include "store/hdf5.hpp"
#include "store/native_table.hpp"
#include "store/stored_table.hpp"

namespace fullbase::store {

std::unique_ptr<data::BlockSource> open_table(const std::string& path, const std::string& table) {
  const hdf5::Session session;
  hdf5::Handle file = hdf5::open_file(path);
  const std::string group = normal_path(table);
  const hdf5::Handle object = open_object(file.get(), group, path);
  const std::string where = path + ":" + group;
  if (is_group(object.get()) && hdf5::integer_attribute(object.get(), format_attribute, where)) {
    return std::make_unique<NativeTable>(object.get(), path, group);
  }
  return std::make_unique<ForeignTable>(std::move(file), object.get(), path, group);
}

std::string table_checksum(const data::BlockSource& source) {
  const auto* table = dynamic_cast<const NativeTable*>(&source);
  return table ? table->checksum() : std::string();
}

std::int32_t string_width(const data::BlockSource& source, int column) {
  const auto* table = dynamic_cast<const StoredTable*>(&source);
  return table ? table->string_width(column) : 0;
}

}  // namespace fullbase::store
