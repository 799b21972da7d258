// The passes over a table in which RFM adds up its customers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "algorithms/prepare/key_slots.hpp"
#include "algorithms/value/customer_totals.hpp"
#include "algorithms/value/rfm_lines.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::value {

struct Customers {
  std::vector<CustomerTotals> totals;
  data::Reservation memory;
};

struct AddedUp {
  Customers customers;        ///< those of this rank by Partition(total, ranks), ascending
  std::int64_t total = 0;     ///< of all ranks
  LeftOut left_out;           ///< of this rank's lines
  std::int64_t filtered = 0;  ///< of this rank's lines
  std::int64_t passes = 0;
};

/// Every customer with at least one line before as_of, added up: in one pass over this rank's rows, or in several that look at a
/// range of the customers each, where the budget is too small for all. Collective; memory and traffic as rfm() says.
AddedUp add_up_customers(comm::Communicator& communicator, const data::BlockSource& source, const RfmLines& lines,
                         const prepare::KeySlots& slots, std::int64_t as_of, data::Budget& budget,
                         const std::function<void(std::int64_t done, std::int64_t total)>& progress);

}  // namespace fullbase::value
