#include "algorithms/itemsets/set_rows.hpp"

#include <algorithm>
#include <utility>

#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// A run as all ranks know it.
struct RunLength {
  std::int32_t rarest;
  std::int32_t second;
  std::int64_t sets;
};

std::pair<std::int32_t, std::int32_t> order(const RunLength& run) noexcept {
  return {run.rarest, run.second};
}

}  // namespace

SetRows::SetRows(comm::Communicator& communicator, const std::vector<SetRun>& runs, std::int32_t items) : runs_(runs) {
  std::vector<RunLength> lengths;
  comm::collective_try(communicator, "rows of sets", [&] {
    for (const auto& run : runs) {
      FULLBASE_EXPECTS(run.sets.size() > 0, "a run of sets has sets");
      lengths.push_back({run.rarest, run.second, run.sets.size()});
    }
  });
  {
    const comm::StageScope scope(communicator.statistics(), "rows of sets");
    lengths = communicator.all_gather_all(std::span<const RunLength>(lengths)).values;
  }
  comm::collective_try(communicator, "rows of sets", [&] {
    std::ranges::sort(lengths, {}, order);
    single_rows_.assign(static_cast<std::size_t>(items), -1);
    for (const auto& length : lengths) {
      if (length.second < 0) single_rows_[static_cast<std::size_t>(length.rarest)] = rows_;
      const auto own = firsts_.size();
      if (own < runs.size() && order(length) == std::pair(runs[own].rarest, runs[own].second)) firsts_.push_back(rows_);
      rows_ += length.sets;
    }
    FULLBASE_EXPECTS(firsts_.size() == runs.size(), "runs of sets ascend, and no two ranks have the same");
    cut_starts_ = {0};
    for (std::size_t run = 0; run < runs.size(); ++run) {
      auto cuts = cuts_of(run);
      std::ranges::move(cuts, std::back_inserter(cuts_));
      cut_starts_.push_back(std::ssize(cuts_));
    }
  });
}

std::vector<SetRows::Cut> SetRows::cuts_of(std::size_t run) const {
  const auto& sets = runs_[run].sets;
  const auto first = firsts_[run];
  std::vector<Cut> cuts;
  if (base::block_of_row(first) == base::block_of_row(first + sets.size() - 1)) return cuts;
  std::vector<SetCell> path;  // the sets that the one looked at begins with, itself included, by size
  if (runs_[run].second >= 0) path.push_back({runs_[run].rarest, 0, single_rows_[static_cast<std::size_t>(runs_[run].rarest)]});
  for (std::int64_t at = 0; at < sets.size(); ++at) {
    const auto i = static_cast<std::size_t>(at);
    path.resize(sets.sizes[i] - std::size_t{1});
    if (at > 0 && (first + at) % base::block_rows == 0) cuts.push_back({at, path});
    path.push_back({sets.items[i], 0, first + at});
  }
  return cuts;
}

std::int64_t SetRows::longest_text(std::span<const std::int32_t> name_bytes, std::int64_t separator_bytes) const {
  std::vector<std::int64_t> longest(static_cast<std::size_t>(parallel::thread_count()), 0);
  parallel::for_each(
      0, std::ssize(runs_),
      [&](std::int64_t r, int thread) {
        const auto& run = runs_[static_cast<std::size_t>(r)];
        std::vector<std::int64_t> bytes = {-separator_bytes};  // by size
        if (run.second >= 0) bytes.push_back(name_bytes[static_cast<std::size_t>(run.rarest)]);
        auto& most = longest[static_cast<std::size_t>(thread)];
        for (std::size_t i = 0; i < run.sets.items.size(); ++i) {
          bytes.resize(run.sets.sizes[i]);
          bytes.push_back(bytes.back() + separator_bytes + name_bytes[static_cast<std::size_t>(run.sets.items[i])]);
          most = std::max(most, bytes.back());
        }
      },
      64);
  return *std::ranges::max_element(longest);
}

void SetRows::append_piece(std::size_t run, std::int64_t begin, std::int64_t end, std::span<const SetCell> before,
                           std::vector<SetCell>& cells) const {
  const auto& sets = runs_[run].sets;
  cells.push_back({static_cast<std::int32_t>(end - begin), static_cast<std::int32_t>(before.size()), firsts_[run] + begin});
  cells.insert(cells.end(), before.begin(), before.end());
  const auto at = cells.size();
  cells.resize(at + static_cast<std::size_t>(end - begin));
  for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
    cells[at + i - static_cast<std::size_t>(begin)] = {sets.items[i], sets.sizes[i], sets.counts[i]};
}

void SetRows::append(base::RowRange rows, std::vector<SetCell>& cells) const {
  if (rows.empty() || runs_.empty()) return;
  // The first run that ends within or after the rows.
  auto run = static_cast<std::size_t>(std::ranges::upper_bound(firsts_, rows.first) - firsts_.begin());
  if (run > 0) --run;
  for (; run < runs_.size() && firsts_[run] < rows.last; ++run) {
    const auto sets = runs_[run].sets.size();
    std::vector<SetCell> before;
    if (runs_[run].second >= 0)
      before.push_back({runs_[run].rarest, 0, single_rows_[static_cast<std::size_t>(runs_[run].rarest)]});
    std::int64_t begin = 0;
    for (auto cut = cut_starts_[run]; cut <= cut_starts_[run + 1] && firsts_[run] + begin < rows.last; ++cut) {
      const bool last = cut == cut_starts_[run + 1];
      const auto end = last ? sets : cuts_[static_cast<std::size_t>(cut)].at;
      if (firsts_[run] + begin >= rows.first) append_piece(run, begin, end, before, cells);
      if (last) break;
      begin = end;
      before = cuts_[static_cast<std::size_t>(cut)].before;
    }
  }
}

}  // namespace fullbase::itemsets
