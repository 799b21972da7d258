#include "store/copy_table.hpp"

#include <atomic>
#include <numeric>

#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {

void copy_table(comm::Communicator& communicator, const data::BlockSource& source, const std::string& path,
                const std::string& group, const std::vector<std::int32_t>& string_widths, unsigned mode,
                const std::function<void(std::int64_t done, std::int64_t total)>& progress, Durability durability) {
  std::vector<int> columns(static_cast<std::size_t>(source.schema().columns()));
  std::iota(columns.begin(), columns.end(), 0);
  std::vector<data::DictionaryPointer> dictionaries;
  for (const int column : columns) dictionaries.push_back(source.dictionary(column));
  const auto writer = TableWriter::create(communicator, path, group, source.schema(), source.rows(), dictionaries,
                                          {.string_widths = string_widths, .mode = mode, .durability = durability});
  const auto rows = comm::own_rows(communicator, source.rows());
  comm::collective_try(communicator, "write", [&] {
    std::atomic<std::int64_t> done = 0;
    const auto write = [&](data::Batch&& batch, int) {
      writer->write(batch);
      done += batch.rows.size();
      if (progress) progress(done, rows.size());
    };
    parallel::scan(source, rows, columns, write, blocks_at_once(source, columns));
  });
  writer->finish();
}

}  // namespace fullbase::store
