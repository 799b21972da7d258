// The rows of two tables, matched by key.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/compare/common_columns.hpp"
#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/budget.hpp"

namespace fullbase::compare {

struct MatchRequest {
  const data::BlockSource& earlier;
  const data::BlockSource& later;
  std::vector<CommonColumn> keys;    ///< at least one; no floats
  std::vector<CommonColumn> values;  ///< what goes with the rows
};

/// The key columns of these names as common columns. Throws an input error for a column that is in one table alone, whose types
/// do not compare, or that holds floats. The same on every rank.
std::vector<CommonColumn> key_columns(const data::BlockSource& earlier, const data::BlockSource& later,
                                      std::span<const std::string> names);

/// Where a key's rows lie; -1: the table has none.
struct Match {
  std::int64_t before = -1;
  std::int64_t after = -1;
};

/// Some keys of both tables, ascending, with all that belongs to them.
struct MatchedRows {
  data::Batch rows;            ///< the keys, then each row's side (boolean), its number in its table (int64), then the values
  std::vector<Match> matches;  ///< positions in `rows`

  std::size_t keys = 0;  ///< how many columns of `rows` are keys
  const data::Column& value(std::size_t i) const { return rows.columns[keys + 2 + i]; }
  std::int64_t row_number(std::int64_t position) const {
    return rows.columns[keys + 1].int64s()[static_cast<std::size_t>(position)];
  }
};

struct MatchCounts {
  std::int64_t matched = 0;
  std::int64_t before_only = 0;
  std::int64_t after_only = 0;
  std::int64_t before_without_key = 0;  ///< rows of the earlier table with a missing value in a key column; they match nothing
  std::int64_t after_without_key = 0;
};

/// Whether an error is the one of match_rows() for a key that stands in two rows, for callers that have other tables to compare.
bool is_repeated_key(const base::Error& error);

/// Calls consume(rows) on every rank for its keys of each pass, each key of the two tables once, and returns the counts of all
/// ranks. Which keys come in which pass depends on the memory: what is made of them must not depend on it. What consume throws on
/// any rank is thrown on all. Throws an input error if a key stands in two rows of one table, with the first such row.
///
/// Collective. Rows are shuffled by key, as many passes as the budget asks for: pass p of n takes the keys whose hash is p modulo
/// n. Reads the columns once a pass; sends every row at most once. Memory: about 128 bytes a row, twice its values and four times
/// its texts, divided by the passes: at most half of the budget that is left, but at least 1 MiB.
MatchCounts match_rows(comm::Communicator& communicator, const MatchRequest& request, data::Budget& budget,
                       const std::function<void(const MatchedRows&)>& consume);

}  // namespace fullbase::compare
