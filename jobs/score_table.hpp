// The table `scores` that predict writes: every class's score of every row, beside the rows that it speaks of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::jobs {

/// A class as text, the way learning::Target names it: of a boolean, int64, category or string value that is not missing.
std::string class_text(const data::Column& column, std::int64_t row);

/// A row for each row of `rows` and class, class fastest: the key of the row, `class`, `score`. Keeps both by reference.
class ScoreTable {
 public:
  /// The column that says which row a score is of, in `scores`: the first that both tables have, of one type. Nothing: none.
  static std::optional<int> key_column(const data::Schema& rows, const data::Schema& scores);

  /// Collective. Throws an input error, known to all, where the table has not as many rows for each row.
  ScoreTable(comm::Communicator& communicator, const data::BlockSource& rows, const data::BlockSource& scores);

  /// In the order of the table. Empty where there are no rows.
  const std::vector<std::string>& classes() const noexcept { return classes_; }

  /// Scores of these rows: that of class c of the row first + i goes to into[i * outputs + output_of[c]]; NaN where missing. Not
  /// collective; the rank's threads share the work. Throws an input error that names the row where key or class are others.
  void read(base::RowRange rows, std::span<const int> output_of, int outputs, std::span<double> into) const;

 private:
  const data::BlockSource& rows_;
  const data::BlockSource& scores_;
  std::vector<std::string> classes_;
};

}  // namespace fullbase::jobs
