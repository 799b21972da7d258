// The rows of a table, and beside them the part that each has fallen into.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::jobs {

/// The columns of the input, then one more: an int64 (the part's number), or a category (part 0: test, part 1: train). A rank
/// reads its own rows (base::Partition), of which `parts` has the parts. Keeps what it is made of by reference.
class SplitRows final : public data::BlockSource {
 public:
  SplitRows(const comm::Communicator& communicator, const data::BlockSource& input, data::Field added,
            std::span<const std::int32_t> parts);

  const std::string& name() const noexcept override { return input_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return input_.rows(); }
  data::DictionaryPointer dictionary(int column) const override { return is_added(column) ? names_ : input_.dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return input_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return input_.bytes_read(); }

 private:
  bool is_added(int column) const noexcept { return column == input_.schema().columns(); }

  const data::BlockSource& input_;
  std::span<const std::int32_t> parts_;
  std::int64_t first_row_;  ///< of parts_
  data::Schema schema_;
  data::DictionaryPointer names_;  ///< null: numbers
};

}  // namespace fullbase::jobs
