#include "store/inspect.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "base/error.hpp"
#include "store/columnar_format.hpp"
#include "store/guard.hpp"
#include "store/hdf5.hpp"
#include "store/manifest_dataset.hpp"
#include "store/table_layout.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

constexpr int deepest = 16;
constexpr std::size_t most_tables = 10'000;

struct Walk {
  std::set<haddr_t> seen;
  std::vector<std::pair<std::string, bool>> tables;  ///< path, ours

  void enter(hid_t object, const std::string& path, int depth, const std::string& where) {
    H5O_info_t info;
    hdf5::check_read(H5Oget_info2(object, &info, H5O_INFO_BASIC), "look at an object", where);
    if (depth > deepest || tables.size() >= most_tables || !seen.insert(info.addr).second) return;
    if (is_dataset(object)) {
      if (extent_of(object, where).size() == 2) tables.emplace_back(path, false);
      return;
    }
    if (!is_group(object)) return;
    const bool ours = hdf5::integer_attribute(object, format_attribute, where).has_value();
    const auto encoding = hdf5::text_attribute(object, "encoding-type", where);
    if (ours || encoding == "dataframe") {
      tables.emplace_back(path, ours);
    } else if (encoding) {
      return;  // a column of a data frame
    }
    bool has_columns = false;
    for (const auto& name : member_names(object, where)) {
      if (name == checksums_name || name == manifest_name) continue;
      const hdf5::Handle member = open_object(object, "/" + name, where);
      if (is_dataset(member.get())) has_columns |= extent_of(member.get(), where).size() == 1;
      enter(member.get(), path + "/" + name, depth + 1, where);
    }
    if (has_columns && !encoding) tables.emplace_back(path, false);
  }
};

}  // namespace

std::vector<TableSummary> list_tables(const std::string& path) {
  if (is_parquet_file(path)) {
    const auto source = open_table(path, "");
    return {{columnar_table_name, source->schema(), source->rows(), false, {}}};
  }
  Walk walk;
  {
    const hdf5::Session session;
    const hdf5::Handle file = hdf5::open_file(path);
    const hdf5::Handle root = open_object(file.get(), "/", path);
    walk.enter(root.get(), "", 0, path);
  }
  std::sort(walk.tables.begin(), walk.tables.end());
  std::vector<TableSummary> result;
  for (const auto& [table, ours] : walk.tables) {
    TableSummary summary;
    summary.name = table.empty() ? "/" : table.substr(1);
    summary.is_ours = ours;
    try {
      const auto source = open_table(path, table);
      summary.schema = source->schema();
      summary.rows = source->rows();
    } catch (const base::Error& error) {
      summary.problem = error.what();
    }
    result.push_back(std::move(summary));
  }
  return result;
}

std::optional<std::string> output_manifest(const std::string& path) {
  const hdf5::Session session;
  const hdf5::Handle file = hdf5::open_file(path);
  if (hdf5::check_read(H5Lexists(file.get(), manifest_name, H5P_DEFAULT), "look for the manifest", path) == 0)
    return std::nullopt;
  return read_manifest(file.get(), path);
}

}  // namespace fullbase::store
