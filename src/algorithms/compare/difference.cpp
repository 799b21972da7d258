#include "algorithms/compare/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "algorithms/compare/value_difference.hpp"
#include "base/error.hpp"
#include "base/exact_sum.hpp"
#include "base/size.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::compare {
namespace {

constexpr std::int64_t matches_a_piece = 4096;
/// Records lie here, are sent and received.
constexpr std::int64_t copies_of_a_record = 3;

struct ColumnPart {
  base::ExactSum sum;
  std::int64_t rows = 0;
  std::int64_t distances = 0;
  double greatest = 0;

  void add(const data::Column& column, const Match& match) {
    ++rows;
    const auto apart = distance(column, match.before, match.after);
    if (!apart) return;
    ++distances;
    sum.add(*apart);
    greatest = std::max(greatest, *apart);
  }
  void add(const ColumnPart& other) {
    sum.add(other.sum);
    rows += other.rows;
    distances += other.distances;
    greatest = std::max(greatest, other.greatest);
  }
};

/// What one rank finds.
class Finder {
 public:
  Finder(const ComparedTables& tables, const DifferenceOptions& options, data::Budget& budget)
      : tables_(tables),
        options_(options),
        budget_(budget),
        columns_(tables.columns.size()),
        transitions_(tables.segment ? tables.later.name() + "." + tables.segment->field.name : std::string()),
        first_(3, ChangeRecords(tables.keys)),
        every_(tables.keys) {}

  void look_at(const MatchedRows& rows) {
    const auto changed = compare_values(rows);
    std::array<std::int64_t, 3> keys{};
    for (std::size_t m = 0; m < rows.matches.size(); ++m) {
      const auto& match = rows.matches[m];
      if (tables_.segment) add_transition(rows, match);
      if (match.before >= 0 && match.after >= 0 && changed[m] == 0) continue;
      const auto kind = match.before < 0 ? Change::added : match.after < 0 ? Change::removed : Change::changed;
      if (kind == Change::changed) ++changed_;
      if (options_.every_change) record(rows, match, kind, every_);
      if (keys[static_cast<std::size_t>(kind)]++ < options_.first_keys)
        record(rows, match, kind, first_[static_cast<std::size_t>(kind)]);
    }
    for (auto& records : first_) records.keep_first(options_.first_keys);
    if (options_.every_change) reserve_records();
  }

  /// Collective.
  Difference result(comm::Communicator& communicator, MatchCounts counts) {
    Difference all;
    all.counts = counts;
    all.changed = communicator.sum_value(changed_);
    for (std::size_t c = 0; c < columns_.size(); ++c) all.columns.push_back(united(communicator, c));
    if (tables_.segment) all.transitions = transitions_.united(communicator);
    all.first_added = first_records(communicator, Change::added);
    all.first_changed = first_records(communicator, Change::changed);
    all.first_removed = first_records(communicator, Change::removed);
    if (options_.every_change) all.every_change = every_.in_order(communicator);
    return all;
  }

 private:
  /// 1 for each match whose rows differ.
  std::vector<std::uint8_t> compare_values(const MatchedRows& rows) {
    const auto matches = std::ssize(rows.matches);
    std::vector<std::uint8_t> changed(rows.matches.size(), 0);
    std::vector<std::vector<ColumnPart>> parts(static_cast<std::size_t>(parallel::thread_count()),
                                               std::vector<ColumnPart>(columns_.size()));
    parallel::for_each(0, (matches + matches_a_piece - 1) / matches_a_piece, [&](std::int64_t piece, int thread) {
      const auto last = std::min(matches, (piece + 1) * matches_a_piece);
      for (auto m = piece * matches_a_piece; m < last; ++m) {
        const auto& match = rows.matches[static_cast<std::size_t>(m)];
        if (match.before < 0 || match.after < 0) continue;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
          if (!differs(rows.value(c), match.before, match.after, options_.tolerance)) continue;
          changed[static_cast<std::size_t>(m)] = 1;
          parts[static_cast<std::size_t>(thread)][c].add(rows.value(c), match);
        }
      }
    });
    for (const auto& part : parts) {
      for (std::size_t c = 0; c < columns_.size(); ++c) columns_[c].add(part[c]);
    }
    return changed;
  }

  void add_transition(const MatchedRows& rows, const Match& match) {
    const auto& segments = rows.value(columns_.size());
    transitions_.add(match.before < 0 ? State{} : state_of(segments, match.before),
                     match.after < 0 ? State{} : state_of(segments, match.after));
  }

  void record(const MatchedRows& rows, const Match& match, Change kind, ChangeRecords& records) const {
    if (kind != Change::changed) {
      records.add(rows, std::max(match.before, match.after), kind);
      return;
    }
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (differs(rows.value(c), match.before, match.after, options_.tolerance))
        records.add(rows, match, static_cast<std::int64_t>(c), options_.text);
    }
  }

  void reserve_records() {
    const auto bytes = copies_of_a_record * every_.bytes();
    memory_ = {};
    auto reserved = budget_.try_reserve(bytes);
    if (!reserved) {
      throw base::input_error(fmt::format("the changes of one rank alone take more than the {} that are left",
                                          base::format_bytes(budget_.available())),
                              tables_.later.name(), "give more --memory or ranks, or leave --output out");
    }
    memory_ = std::move(*reserved);
  }

  /// Collective.
  ColumnChange united(comm::Communicator& communicator, std::size_t c) {
    auto& part = columns_[c];
    communicator.sum(std::span(&part.sum, 1));
    ColumnChange change{tables_.columns[c].field.name, communicator.sum_value(part.rows), communicator.sum_value(part.distances),
                        0, communicator.max_value(part.greatest)};
    if (change.distances > 0) change.mean = part.sum.value() / static_cast<double>(change.distances);
    return change;
  }

  data::Batch first_records(comm::Communicator& communicator, Change kind) {
    auto& records = first_[static_cast<std::size_t>(kind)];
    return records.at_root(communicator, options_.first_keys);
  }

  const ComparedTables& tables_;
  const DifferenceOptions& options_;
  data::Budget& budget_;
  std::int64_t changed_ = 0;
  std::vector<ColumnPart> columns_;
  TransitionCounts transitions_;
  std::vector<ChangeRecords> first_;  ///< by kind of change
  ChangeRecords every_;
  data::Reservation memory_;
};

}  // namespace

Difference difference(comm::Communicator& communicator, const ComparedTables& tables, const DifferenceOptions& options,
                      data::Budget& budget) {
  Finder finder(tables, options, budget);
  MatchRequest request{tables.earlier, tables.later, tables.keys, tables.columns};
  if (tables.segment) request.values.push_back(*tables.segment);
  const auto counts = match_rows(communicator, request, budget, [&](const MatchedRows& rows) { finder.look_at(rows); });
  return finder.result(communicator, counts);
}

}  // namespace fullbase::compare
