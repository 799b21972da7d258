// A synthetic customer base as a store: what `fullbase generate` does.
#pragma once

#include <cstdint>
#include <string>

#include "algorithms/synthetic/options.hpp"
#include "comm/communicator.hpp"
#include "runtime/progress.hpp"
#include "store/store.hpp"

namespace fullbase::runtime {

struct GenerateReport {
  std::int64_t customers = 0;
  std::int64_t lines = 0;
  bool changed = true;  ///< false: the store had exactly this base already
};

/// Whether the table is one that generate_store made.
bool is_generated(const store::StoreTable& table);

/// Collective. Makes the tables `transactions` and `customers` of the store: the same bits for the same options on any ranks and
/// threads. A store that holds the same base is left as it is; other tables of it stay. Tables of these names that were not
/// generated are replaced only where `replaces_others`. Every rank computes the orders (20 bytes each) and writes the blocks that
/// it owns. Throws usage errors for options that cannot be met and for a table that is not to be replaced, io errors; the same on
/// every rank.
GenerateReport generate_store(comm::Communicator& communicator, const std::string& folder, const synthetic::Options& options,
                              bool replaces_others, Progress& progress);

}  // namespace fullbase::runtime
