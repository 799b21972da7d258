#include "cli/change_file.hpp"

#include <unistd.h>

#include <optional>
#include <span>
#include <utility>

#include "algorithms/compare/change_records.hpp"
#include "comm/agreement.hpp"
#include "comm/gather.hpp"
#include "store/csv_writer.hpp"
#include "store/file.hpp"

namespace fullbase::cli {
namespace {

data::Batch in_columns_of_file(const data::Batch& records, std::size_t keys, const std::vector<std::string>& names) {
  data::Batch batch{.rows = records.rows, .columns = {}};
  batch.columns.push_back(records.columns[keys]);
  for (std::size_t k = 0; k < keys; ++k) batch.columns.push_back(records.columns[k]);
  batch.columns.push_back(compare::column_names(records, keys, names));
  batch.columns.push_back(records.columns[keys + 2]);
  batch.columns.push_back(records.columns[keys + 3]);
  return batch;
}

}  // namespace

void write_changes(comm::Communicator& communicator, const data::Batch& records, std::size_t keys,
                   const std::vector<std::string>& names, const std::string& path, bool guard_formulas) {
  const std::string fresh = path + ".new";
  std::optional<store::File> file;
  std::int64_t offset = 0;
  const auto append = [&](const std::string& text) {
    file->write_at(offset, std::as_bytes(std::span(text)));
    offset += std::ssize(text);
  };
  try {
    const auto batch = comm::collective_try(communicator, "write changes", [&] {
      auto columns = in_columns_of_file(records, keys, names);
      if (communicator.is_root()) {
        file.emplace(store::File::create(fresh));
        std::vector<data::Field> fields;
        for (const auto& column : columns.columns) fields.push_back(column.field());
        append(store::csv_header(fields, {.guard_formulas = guard_formulas}));
      }
      return columns;
    });
    comm::for_each_in_order(communicator, 0, batch, [&](data::Batch&& piece) {
      std::string text;
      store::append_csv(piece, text, {.guard_formulas = guard_formulas});
      append(text);
    });
    comm::collective_try(communicator, "write changes", [&] {
      if (!file) return;
      file->sync();
      file->close();
      store::rename_durably(fresh, path);
    });
  } catch (...) {
    if (file) ::unlink(fresh.c_str());
    throw;
  }
}

}  // namespace fullbase::cli
