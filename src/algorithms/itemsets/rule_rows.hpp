// Rules as rows of their table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/itemsets/rule_search.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "data/batch.hpp"

namespace fullbase::itemsets {

/// Bytes of the text of each set: its items' names, rarest first, with the separator between them. Memory: 4 bytes a set.
std::vector<std::int32_t> text_lengths(const SetIndex& sets, std::int64_t separator);

/// Rows of rules_schema() that follow each other.
class RuleRows {
 public:
  /// For `rows` rules; `sets` and `options` must outlive this.
  RuleRows(const SetIndex& sets, const RuleOptions& options, std::int64_t rows);

  void add(const FoundRule& rule);
  std::int64_t size() const noexcept { return std::ssize(columns_[0]); }
  /// What was added, as rows from `first` on.
  data::Batch take(std::int64_t first);

 private:
  const SetIndex& sets_;
  const RuleOptions& options_;
  std::string text_;
  data::Strings antecedents_;
  data::Strings consequents_;
  std::vector<std::int64_t> columns_[4];  ///< antecedent_set, consequent_set, itemset, count
  std::vector<double> metrics_[5];
};

}  // namespace fullbase::itemsets
