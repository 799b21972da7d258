#include "cli/table_location.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "runtime/file_probe.hpp"
#include "store/columnar_format.hpp"
#include "store/latest.hpp"
#include "store/store.hpp"
#include "store/table_reader.hpp"

namespace fullbase::cli {
namespace {

std::vector<store::TableSummary> tables_of_file(const std::string& path) {
  runtime::probe_file(path);
  return store::list_tables(path);
}

}  // namespace

bool is_store(const std::string& path) {
  if (store::is_parquet_file(path)) store::parquet(base::ErrorKind::usage, path);
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return false;
  if (!store::is_there(path))
    throw base::input_error("there is no store in this folder", path, "give a store's folder or an HDF5 file");
  return true;
}

bool is_store(comm::Communicator& communicator, const std::string& path) {
  const bool store = comm::collective_try(communicator, "look at path", [&] { return communicator.is_root() && is_store(path); });
  return communicator.broadcast_value(store);
}

std::vector<store::TableSummary> tables_of(const std::string& path) {
  if (!is_store(path)) return tables_of_file(store::followed(path));
  const auto store = store::Store::open(path);
  std::vector<store::TableSummary> tables;
  for (const auto& [name, table] : store.catalog().tables) tables.push_back({name, table.schema, table.rows(), true, {}});
  if (tables.empty()) throw base::input_error("the store is empty", path, "import something first");
  return tables;
}

std::string listed_name(const std::string& path, const std::string& table) {
  if (is_store(path) || table.find('.') == std::string::npos) return table;
  for (const auto& listed : tables_of_file(store::followed(path))) {
    if (listed.name == table) return table;
  }
  std::string name = table;
  std::replace(name.begin(), name.end(), '.', '/');
  return name;
}

std::unique_ptr<data::BlockSource> open_table_of(const std::string& given, const std::string& table) {
  const auto path = store::followed(given);
  std::string name = listed_name(path, table);
  if (name.empty()) {
    const auto tables = tables_of(path);
    if (tables.empty()) throw base::input_error("there are no tables in this file", path);
    name = tables.front().name;
  }
  try {
    if (is_store(path)) {
      runtime::probe_store(path);
      return store::Store::open(path).open_table(name);
    }
    runtime::probe_file(path, name);
    return store::open_table(path, name);
  } catch (const base::Error& error) {
    if (error.kind() != base::ErrorKind::job_file) throw;
    throw base::input_error(error.problem(), error.where(), error.advice());
  }
}

std::unique_ptr<data::BlockSource> open_counterpart(const std::string& path, const std::string& table) {
  return open_table_of(path, store::is_parquet_file(path) ? "" : table);
}

std::vector<int> columns_of(const data::BlockSource& source, const std::vector<std::string>& names) {
  std::vector<int> columns;
  try {
    for (const auto& name : names) columns.push_back(source.schema().at(name, source.name()));
  } catch (const base::Error& error) {
    throw base::usage_error(error.problem(), "--columns: " + error.where(), error.advice());
  }
  if (columns.empty()) {
    columns.resize(static_cast<std::size_t>(source.schema().columns()));
    std::iota(columns.begin(), columns.end(), 0);
  }
  return columns;
}

}  // namespace fullbase::cli
