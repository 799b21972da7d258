// The rows that a clustering has labelled, as a table: whose row, and which cluster.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/feature_matrix.hpp"
#include "data/block_source.hpp"

namespace fullbase::jobs {

/// Columns: the input's key column, and int64 `segment`, the cluster. Rows are those of the matrix; a rank reads its own
/// (base::Partition). Keeps what it is made of by reference.
class LabelledRows final : public data::BlockSource {
 public:
  LabelledRows(const data::BlockSource& input, int key, const prepare::FeatureMatrix& features,
               std::span<const std::int32_t> labels);

  const std::string& name() const noexcept override { return input_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return features_.matrix->rows(); }
  data::DictionaryPointer dictionary(int column) const override { return column == 0 ? input_.dictionary(key_) : nullptr; }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;

 private:
  const data::BlockSource& input_;
  int key_;
  const prepare::FeatureMatrix& features_;
  std::span<const std::int32_t> labels_;
  data::Schema schema_;
};

}  // namespace fullbase::jobs
