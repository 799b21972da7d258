#include "algorithms/itemsets/customer_rows.hpp"

#include <algorithm>
#include <utility>

#include "algorithms/prepare/block_assembly.hpp"
#include "algorithms/prepare/block_ends.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {

CustomerRows::CustomerRows(std::int64_t row_words, data::Budget& budget, data::Spill& spill)
    : row_words_(row_words), words_("customers", budget, spill) {}

void CustomerRows::keep(std::int64_t pass, std::int64_t piece, std::vector<std::uint64_t>&& rows) {
  if (rows.empty()) return;
  Run run{.pass = pass, .piece = piece, .rows = {0, std::ssize(rows) / row_words_}, .words = {}};
  run.words = words_.keep(std::move(rows));
  const std::scoped_lock lock(mutex_);
  runs_.push_back(std::move(run));
}

void CustomerRows::finish(comm::Communicator& communicator, std::int64_t passes) {
  // Runs of a piece stay in the order in which its thread kept them.
  std::ranges::stable_sort(runs_, {}, [](const Run& run) { return std::pair(run.pass, run.piece); });
  std::vector<std::int64_t> of_pass(static_cast<std::size_t>(passes), 0);
  for (const Run& run : runs_) of_pass[static_cast<std::size_t>(run.pass)] += run.rows.size();
  const auto all = communicator.all_gather_all(std::span<const std::int64_t>(of_pass));
  std::vector<std::int64_t> next(of_pass.size());
  rows_ = 0;
  for (std::size_t pass = 0; pass < of_pass.size(); ++pass) {
    for (int rank = 0; rank < communicator.size(); ++rank) {
      if (rank == communicator.rank()) next[pass] = rows_;
      rows_ += all.from(rank)[pass];
    }
  }
  for (Run& run : runs_) {
    auto& first = next[static_cast<std::size_t>(run.pass)];
    run.rows = {first, first + run.rows.size()};
    first = run.rows.last;
  }
}

void CustomerRows::write(
    comm::Communicator& communicator, data::BlockSink& sink,
    const std::function<data::Batch(std::span<const std::uint64_t> words, base::RowRange rows)>& batch_of) const {
  prepare::BlockAssembly assembly(sink, rows_);
  comm::collective_try(communicator, "write customers", [&] {
    parallel::for_each(0, std::ssize(runs_), [&](std::int64_t i, int) {
      const Run& run = runs_[static_cast<std::size_t>(i)];
      std::vector<std::uint64_t> buffer;
      assembly.add(batch_of(words_.read(run.words, 0, run.rows.size() * row_words_, buffer), run.rows));
    });
  });
  prepare::write_ends(communicator, assembly.take_waiting(), batch_of({}, {0, 0}), rows_, sink);
}

}  // namespace fullbase::itemsets
