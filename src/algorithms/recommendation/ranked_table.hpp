// Lists of the best as a table: a row an entry.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"

namespace fullbase::recommendation {

/// The columns of a table of lists: whose it is, rank (int64, from 1), what is listed, <score> (float32), and what a caller adds.
struct RankedTable {
  data::Field row;  ///< as SideKeys::field(), with the name that the table gives it
  data::Field listed;
  std::string score = "score";
  std::vector<data::Field> more = {};

  data::Schema schema() const;
};

/// The added columns of a rank's entries [first, last), safe from several threads, and asked for none too.
using MoreColumns = std::function<std::vector<data::Column>(std::int64_t first, std::int64_t last)>;

/// Collective. Writes the lists of all ranks, rows in order. `sink` has entries of all ranks as rows: total_entries(). Memory:
/// 16 blocks a thread; sends what prepare::write_rows() does.
void write_ranked(comm::Communicator& communicator, const RankedRows& lists, const RowShares& shares, const SideKeys& row_keys,
                  const SideKeys& listed_keys, const RankedTable& table, data::BlockSink& sink, const MoreColumns& more = {});
/// The same where this rank's rows are those from `first_row` on, in the order of ranks.
void write_ranked(comm::Communicator& communicator, const RankedRows& lists, std::int64_t first_row, const SideKeys& row_keys,
                  const SideKeys& listed_keys, const RankedTable& table, data::BlockSink& sink, const MoreColumns& more = {});
std::int64_t total_entries(comm::Communicator& communicator, const RankedRows& lists);

/// Columns of such a table by position; the score is any number.
struct RankedColumns {
  int row = 0;
  int listed = 2;
  int score = 3;
};

struct RankedRead {
  RankedRows lists;
  data::Reservation memory;
};

/// Collective. The lists of such a table for rows that `row_keys` know, at the ranks that have them by `shares`; what keys do not
/// know, or is missing, is left out. Scores are rounded once to float32 and lists put in order, whatever the order of the table's
/// rows. Throws an input error for something that a list has twice (the lowest such row of the lowest rank). Sends each row at
/// most once: 24 bytes. Memory, from the budget: 8 bytes an entry and a row of the side; while it is made 56 bytes more for each
/// entry that is read or arrives, and what comm::RowExchange packs.
RankedRead read_ranked(comm::Communicator& communicator, const data::BlockSource& source, const RankedColumns& columns,
                       const SideKeys& row_keys, const RowShares& shares, const SideKeys& listed_keys, data::Budget& budget);

}  // namespace fullbase::recommendation
