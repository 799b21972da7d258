// What a step comes to before it runs, from sizes alone: rows of its tables and amounts of work, for `plan`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fullbase::runtime {

/// How well a number is known before the run; what comes of several numbers is as certain as the least certain of them.
enum class Certainty {
  exact,     ///< the table is there, or the step makes a row of each
  estimate,  ///< as on the last run, in proportion to what is read
  most,      ///< a bound: a condition or a grouping leaves rows out, and how many only the data tells
  unknown,   ///< nothing is known
};

struct RowForecast {
  std::int64_t rows = 0;
  Certainty certainty = Certainty::unknown;

  friend bool operator==(const RowForecast&, const RowForecast&) = default;
};

/// What a slot of a step reads; no rows and no columns where an optional one is empty.
struct InputSize {
  RowForecast rows;
  int columns = 0;
  std::map<std::string, std::int64_t> categories = {};  ///< by column: how many there are, where a dictionary tells
};

/// Work of all ranks and threads together, in amounts whose pace a machine shows.
struct Forecast {
  double values = 0;         ///< read and looked at: rows x columns x passes
  double keyed_rows = 0;     ///< brought together by key or order: hashed, sent, sorted
  double multiply_adds = 0;  ///< of numeric kernels
  double bytes_sent = 0;     ///< by ranks to each other
  double state_bytes = 0;    ///< of a checkpoint within the step, at its largest; 0: it keeps none, or next to nothing in it
  /// By name of table ("": the main one). A table without an entry has at most as many rows as the first input.
  std::map<std::string, RowForecast> tables = {};
};

/// Every input read `passes` times, and nothing else.
Forecast passes_over(const std::vector<InputSize>& inputs, double passes = 1);
/// The same, with the rows of the first input brought together by key: every row is sent to its rank, 8 bytes a column.
Forecast grouped(const std::vector<InputSize>& inputs, int ranks, double passes = 1);
/// Rows of a table with one for each combination of keys that occurs: no more than there are rows, nor than categories allow.
RowForecast rows_by_key(const InputSize& input, const std::vector<std::string>& keys);
/// Of a table that few rows tell (measures, parameters), however large the inputs.
RowForecast small_table() noexcept;
/// The share of rows that leave their rank when each goes to a rank of its own choice.
double share_sent(int ranks);
/// Bytes that `ranks` ranks send when an array of `bytes` is summed over all of them: each sends and receives it about once.
double bytes_to_sum(double bytes, int ranks);

}  // namespace fullbase::runtime
