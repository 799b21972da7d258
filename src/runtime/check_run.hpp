// A check while the job runs: the table looked through, what was found kept for the manifest.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "runtime/bound_check.hpp"
#include "runtime/manifest.hpp"

namespace fullbase::runtime {

/// Collective. `reference`: the other table of a key check, null for others. `step`: what the table's step noted, null for tables
/// of the store and inputs. The same record on every rank. Reads the check's columns (see algorithms/checks/findings.hpp), and on
/// rank 0 the rows that are named.
CheckRecord run_check(comm::Communicator& communicator, const BoundCheck& check, const data::BlockSource& table,
                      const data::BlockSource* reference, const StepRecord* step, data::Budget& budget);

/// The record of a check whose table was not made, and why.
CheckRecord skipped_check(const BoundCheck& check, std::string why);

/// "rfm: range recency_days: 3 rows break it: row 17 (recency_days 9000), ..."; for one that did not pass.
std::string check_text(const CheckRecord& check);

/// What is thrown where checks of severity error have not passed: all of them at once; nothing if all have.
std::optional<base::Error> checks_error(std::span<const CheckRecord> checks);

}  // namespace fullbase::runtime
