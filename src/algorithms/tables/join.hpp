// A table and what others say of its rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/tables/lookup.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::tables {

/// What becomes of rows without a match, or with one.
enum class Match : std::uint8_t {
  left,   ///< every row stays; added columns are missing, or filled, where there is no match
  inner,  ///< rows without a match are left out
  anti,   ///< rows with a match are left out; nothing is added
};

/// A table that is joined to the first.
struct JoinInput {
  LookupTable table;
  std::vector<int> on;  ///< positions of the first table's key columns
  Match match = Match::left;
};

/// The rows of the first table in their order, each once: its columns, then those that each input adds; last, where an input is
/// not `left`, a mark of the rows that stay (condition()). Keys are unique in every input, so no row occurs twice; a row whose
/// key is missing matches nothing. What is looked up is looked up while rows are read, unless an input did not fit (see Lookup):
/// then only this rank's rows, by base::Partition, can be read. Memory, traffic: those of each input's Lookup.
class JoinedSource final : public data::BlockSource {
 public:
  /// Collective. Every source must outlive this; errors as Lookup's.
  JoinedSource(comm::Communicator& communicator, const data::BlockSource& first, std::vector<JoinInput> inputs,
               data::Budget& budget, data::Spill& spill);

  const std::string& name() const noexcept override { return first_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return first_.rows(); }
  data::DictionaryPointer dictionary(int column) const override;
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return first_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return first_.bytes_read(); }

  /// Which rows stay, bound to schema(); null if all do.
  const data::BoundExpression* condition() const noexcept { return condition_ ? &*condition_ : nullptr; }

  /// Collective. Rows of all ranks that each input leaves out, counted at the first that does. Reads the keys once.
  std::vector<std::int64_t> left_out(comm::Communicator& communicator) const;
  /// By input: the parts that it was read in, on the rank with most.
  std::vector<std::int64_t> parts(comm::Communicator& communicator) const;

 private:
  /// A column of the result that an input adds.
  struct Place {
    std::size_t input;
    std::size_t column;
  };
  bool is_mark(int column) const noexcept { return condition_ && column == schema_.columns() - 1; }
  /// The place of an added column.
  const Place& place(int column) const { return added_.at(static_cast<std::size_t>(column - first_.schema().columns())); }
  /// Positions in `present` of what an input's look-up needs.
  Lookup::Found find(std::size_t input, const data::Batch& batch, std::span<const int> present,
                     std::span<const std::size_t> columns) const;

  const data::BlockSource& first_;
  data::Schema schema_;
  std::vector<Match> matches_;
  std::vector<std::unique_ptr<Lookup>> lookups_;
  std::vector<Place> added_;
  std::optional<data::BoundExpression> condition_;
};

}  // namespace fullbase::tables
