// Association rules of the frequent itemsets: who has these buys those.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/itemsets/set_index.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"

namespace fullbase::itemsets {

/// What rules are ranked by; support ranks as count does.
enum class Metric : std::uint8_t { support, confidence, lift, leverage, conviction };

/// Which rules are wanted by the items on one side of them, named as SetIndex::name() does.
struct RuleSide {
  std::optional<std::int64_t> longest = {};  ///< items at most
  std::vector<std::string> any_of = {};      ///< at least one of these; empty: whichever
  std::vector<std::string> none_of = {};
};

struct TopRules {
  Metric by = Metric::lift;
  std::int64_t rows = 0;
};

struct RuleOptions {
  double confidence = 0;
  std::optional<double> support = {};
  std::optional<std::int64_t> count = {};
  std::optional<double> lift = {};
  std::optional<double> leverage = {};
  std::optional<double> conviction = {};
  RuleSide antecedent = {};
  RuleSide consequent = {};
  std::optional<TopRules> top = {};
  std::int64_t most = 10'000'000;  ///< rules that are written at most, where `top` does not say it
  bool names = true;
  std::string separator = ", ";
};

/// A row a rule X -> Y, X and Y the parts of a frequent set. Columns:
/// - antecedent, consequent          string: names of the items of X, of Y, rarest first, joined by the separator; only with
/// names
/// - antecedent_set, consequent_set  int64: rows of X and Y in the table of sets
/// - itemset                         int64: row of X and Y together
/// - count                           int64: baskets that hold X and Y
/// - support, confidence, lift, leverage, conviction  float64: see rule_metrics.hpp; conviction may be infinite
/// Ordered by (itemset, consequent_set); with `top` by its metric first, the greatest first.
data::Schema rules_schema(bool names);

/// The rules of a table of sets. They are found twice: to know how many there are and how long their texts, and to write them, so
/// that never more of them are in memory than a thread writes at once.
///
/// Method: Agrawal, Srikant 1994 (ap-genrules), see RuleSearch. Every rank holds all sets and finds the rules of a run of them,
/// runs of about equal numbers of subsets; it then writes the blocks of the table that are its own, finding their rules again.
/// With `top` the best rules are kept as they are found, and sorted over the ranks.
/// Cost: the sum over sets of n items of at most 2^n steps, shared among ranks and threads, twice. Sends 8 bytes for 64 sets;
/// with `top` 16 bytes for each of its rows, and the reductions of comm::cut_positions. Memory, from the budget: 16 bytes for 64
/// sets; 4 bytes a thread for each subset of the longest set; a group of blocks a thread: for each row 88 bytes and, with names,
/// its two texts. With `top` 96 bytes for each of its rows.
class Rules {
 public:
  /// Called on rank 0 with sets looked at, of how many.
  using Observer = std::function<void(std::int64_t done, std::int64_t total)>;

  /// Collective; the first of the two passes. Throws job-file errors, the same on every rank: an item of a side that no set has
  /// (with the nearest name), more rules than `most` (with the confidence that leaves as many). `sets` and `budget` must outlive
  /// this.
  Rules(comm::Communicator& communicator, const SetIndex& sets, RuleOptions options, data::Budget& budget,
        const Observer& observe = {});
  ~Rules();
  Rules(Rules&&) noexcept;

  /// Of all ranks.
  std::int64_t rows() const noexcept;
  /// Rules that the limits leave: rows(), but for what `top` leaves out.
  std::int64_t found() const noexcept;
  /// By column of rules_schema(), as writers of tables want them.
  std::vector<std::int32_t> string_widths() const;

  /// Collective; the second pass. Every rank writes its canonical blocks; nothing is sent but an agreement.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fullbase::itemsets
