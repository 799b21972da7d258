// A table with further columns that are worked out while it is read.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::data {

/// Name and expression of a new column. It may refer to those before it.
struct Derivation {
  std::string name;
  Expression expression;
};

/// The schema with the derived columns after its own. Throws ExpressionError; a job-file error if a name is taken.
Schema derived_schema(const Schema& schema, const std::vector<Derivation>& derivations, const ExpressionEnvironment& environment);

/// The columns of `source`, then the derived ones. Keeps the source by reference. What a derived column needs and the reader does
/// not ask for is read beside it. With a condition `where`, bound to the source's schema and kept by reference, a number that
/// does not fit is an error only in rows that meet it; in the others derived values mean nothing.
class DerivedSource final : public BlockSource {
 public:
  DerivedSource(const BlockSource& source, const std::vector<Derivation>& derivations, const ExpressionEnvironment& environment,
                const BoundExpression* where = nullptr);

  const std::string& name() const noexcept override { return source_.name(); }
  const Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  DictionaryPointer dictionary(int column) const override;
  Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return source_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return source_.bytes_read(); }

 private:
  const BlockSource& source_;
  const BoundExpression* where_;
  std::vector<BoundExpression> derived_;  ///< before the schema, which is made together with it
  Schema schema_;
};

}  // namespace fullbase::data
