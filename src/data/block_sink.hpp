// Where rows go: an output table, a store, memory. Ranks write the rows that they own; together they write every row once.
#pragma once

#include <cstdint>

#include "data/batch.hpp"

namespace fullbase::data {

class BlockSink {
 public:
  virtual ~BlockSink() = default;

  /// Writes all columns of batch.rows: whole blocks (the table's last block may be short), each row once, in any order, from any
  /// rank. Not collective. Safe to call from several threads of a rank at once.
  virtual void write(const Batch& batch) = 0;

 protected:
  BlockSink() = default;
  BlockSink(const BlockSink&) = default;
  BlockSink& operator=(const BlockSink&) = default;
};

}  // namespace fullbase::data
