#include "data/memory_table.hpp"

#include <algorithm>
#include <utility>

#include "base/contract.hpp"

namespace fullbase::data {
namespace {

Schema schema_of(const Batch& batch, std::string key) {
  Schema schema;
  for (const Column& column : batch.columns) schema.fields.push_back(column.field());
  schema.key = std::move(key);
  return schema;
}

Batch joined(std::vector<Batch> batches) {
  FULLBASE_EXPECTS(!batches.empty(), "a table of batches has at least one; without rows, give a schema");
  Batch whole = std::move(batches.front());
  for (std::size_t i = 1; i < batches.size(); ++i) {
    const Batch& next = batches[i];
    FULLBASE_EXPECTS(next.rows.first == whole.rows.last && next.columns.size() == whole.columns.size(),
                     "batches of a table follow each other and have the same columns");
    for (std::size_t c = 0; c < whole.columns.size(); ++c) {
      whole.columns[c].append_from(next.columns[c], 0, next.columns[c].rows());
    }
    whole.rows.last = next.rows.last;
  }
  return whole;
}

}  // namespace

MemoryTable::MemoryTable(std::string name, Schema schema, std::vector<DictionaryPointer> dictionaries)
    : name_(std::move(name)), schema_(std::move(schema)), whole_(empty_batch(schema_, dictionaries)) {}

MemoryTable::MemoryTable(std::string name, Batch whole, std::string key)
    : name_(std::move(name)), schema_(schema_of(whole, std::move(key))), whole_(std::move(whole)) {
  FULLBASE_EXPECTS(whole_.rows.first == 0, "a table starts at row 0");
  for (const Column& column : whole_.columns) {
    FULLBASE_EXPECTS(column.rows() == whole_.rows.last, "every column of a table has its rows");
  }
}

MemoryTable::MemoryTable(std::string name, std::vector<Batch> batches, std::string key)
    : MemoryTable(std::move(name), joined(std::move(batches)), std::move(key)) {}

DictionaryPointer MemoryTable::dictionary(int column) const {
  return whole_.columns.at(static_cast<std::size_t>(column)).dictionary();
}

Batch MemoryTable::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= whole_.rows.last, "rows read lie within the table");
  Batch batch{.rows = rows, .columns = {}};
  for (const int c : columns) {
    const Column& from = whole_.columns.at(static_cast<std::size_t>(c));
    Column column(from.field(), 0, from.dictionary());
    column.append_from(from, rows.first, rows.last);
    batch.columns.push_back(std::move(column));
  }
  return batch;
}

void MemorySink::write(const Batch& batch) {
  const std::scoped_lock lock(mutex_);
  batches_.push_back(batch);
}

MemoryTable MemorySink::table(std::string name, std::string key) const {
  const std::scoped_lock lock(mutex_);
  auto batches = batches_;
  std::sort(batches.begin(), batches.end(), [](const Batch& a, const Batch& b) { return a.rows.first < b.rows.first; });
  return MemoryTable(std::move(name), std::move(batches), std::move(key));
}

std::int64_t MemorySink::rows_written() const {
  const std::scoped_lock lock(mutex_);
  std::int64_t rows = 0;
  for (const Batch& batch : batches_) rows += batch.rows.size();
  return rows;
}

}  // namespace fullbase::data
