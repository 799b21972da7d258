// The lowest row numbers among many (private to this folder).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "algorithms/checks/findings.hpp"

namespace fullbase::checks {

/// Keeps the lowest named_rows of what it is given in any order, and counts all.
class LowestRows {
 public:
  void add(std::int64_t row) {
    ++finding_.rows;
    auto& first = finding_.first;
    if (first.size() == named_rows && row >= first.back()) return;
    first.insert(std::upper_bound(first.begin(), first.end(), row), row);
    if (first.size() > named_rows) first.pop_back();
  }
  void add(const Finding& other) {
    const auto rows = finding_.rows + other.rows;
    for (const auto row : other.first) add(row);
    finding_.rows = rows;
  }
  const Finding& finding() const noexcept { return finding_; }

  /// Collective: those of all ranks.
  Finding united(comm::Communicator& communicator) const {
    LowestRows all;
    for (const auto row : communicator.all_gather_all(std::span<const std::int64_t>(finding_.first)).values) all.add(row);
    Finding result = all.finding();
    result.rows = communicator.sum_value(finding_.rows);
    return result;
  }

 private:
  Finding finding_;
};

}  // namespace fullbase::checks
