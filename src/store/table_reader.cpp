#include "store/table_reader.hpp"

#include <algorithm>

#include "comm/agreement.hpp"
#include "store/columnar_format.hpp"
#include "store/columnar_table.hpp"
#include "store/foreign_table.hpp"
#include "store/guard.hpp"
#include "store/hdf5.hpp"
#include "store/native_table.hpp"
#include "store/stored_table.hpp"

namespace fullbase::store {

namespace {

std::unique_ptr<data::BlockSource> open_columnar(const std::string& path, const std::string& table, const std::string& zone) {
  const auto& format = parquet(base::ErrorKind::job_file, path);
  if (const auto name = normal_path(table); name != "/" && name != std::string("/") + columnar_table_name)
    throw base::job_file_error("there is no table '" + table + "'", path, "a Parquet file has one table: leave the name out");
  return std::make_unique<ColumnarTable>(format.open(path), zone);
}

}  // namespace

std::unique_ptr<data::BlockSource> open_table(const std::string& path, const std::string& table, const std::string& zone) {
  if (is_parquet_file(path)) return open_columnar(path, table, zone);
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

std::string written_checksum(comm::Communicator& communicator, const std::string& path, const std::string& table) {
  return communicator.broadcast_text(comm::collective_try(communicator, "checksum", [&] {
    return communicator.is_root() ? table_checksum(*open_table(path, table)) : std::string();
  }));
}

std::int32_t string_width(const data::BlockSource& source, int column) {
  const auto* table = dynamic_cast<const StoredTable*>(&source);
  return table ? table->string_width(column) : 0;
}

std::int64_t blocks_at_once(const data::BlockSource& source, std::span<const int> columns) {
  constexpr std::int64_t most_blocks = 64;
  constexpr std::int64_t most_bytes = std::int64_t{64} << 20;
  std::int64_t row_bytes = 1;
  for (const int column : columns) row_bytes += string_width(source, column);
  return std::clamp<std::int64_t>(most_bytes / (row_bytes * base::block_rows), 1, most_blocks);
}

}  // namespace fullbase::store
