#include "algorithms/recommendation/needed_rows.hpp"

#include <algorithm>
#include <exception>
#include <limits>

#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "parallel/alongside.hpp"
#include "parallel/stop.hpp"

namespace fullbase::recommendation {
namespace {

using Work = NeededRows::Work;

std::vector<Work> pieces_of(const SparseRows& rows) {
  std::vector<Work> pieces;
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto last = rows.starts[static_cast<std::size_t>(row) + 1];
    auto first = rows.starts[static_cast<std::size_t>(row)];
    do {
      pieces.push_back({row, first, std::min(last, first + work_entries)});
      first = pieces.back().last;
    } while (first < last);
  }
  return pieces;
}

}  // namespace

NeededRows::NeededRows(comm::Communicator& communicator, SparseRows& rows, const RowShares& side, std::int64_t most_rows,
                       data::Budget& budget) {
  FULLBASE_EXPECTS(most_rows >= work_entries, "a round has the rows of a piece of work");
  const auto own = side.rows_of(communicator.rank());
  own_rows_ = own.size();
  std::int64_t missing = 0;  // rows of other ranks, each once
  comm::collective_try(communicator, "rows that are needed", [&] {
    const auto memory = budget.require(side.rows(), "rows of factors that are needed");
    std::vector<std::uint8_t> is_needed(static_cast<std::size_t>(side.rows()), 0);
    for (const auto column : rows.columns) {
      auto& known = is_needed[static_cast<std::size_t>(column)];
      missing += known == 0 && !own.contains(column) ? 1 : 0;
      known = 1;
    }
  });
  const bool at_once = communicator.max_value(std::int64_t{missing > 2 * most_rows ? 1 : 0}) == 0;
  std::vector<std::vector<std::int32_t>> needed;
  data::Reservation needed_memory;
  comm::collective_try(communicator, "rows that are needed", [&] {
    constexpr const char* purpose = "rows of factors that are needed";
    const auto pieces = rows.rows() + rows.entries() / work_entries;
    memory_ = budget.require(24 * pieces, purpose);
    auto planning = budget.require(24 * pieces + 8 * side.rows() + 4 * missing, purpose);
    plan(rows, side, own, at_once ? std::numeric_limits<std::int64_t>::max() : most_rows, needed);
    planning = {};
    needed_memory = budget.require(4 * coming_, purpose);
  });
  const auto rounds = communicator.max_value(std::ssize(rounds_));
  rounds_.resize(static_cast<std::size_t>(rounds));
  needed.resize(static_cast<std::size_t>(rounds));
  exchange_plans(communicator, side, needed, budget);
}

void NeededRows::plan(SparseRows& rows, const RowShares& side, base::RowRange own, std::int64_t most_rows,
                      std::vector<std::vector<std::int32_t>>& needed) {
  const auto pieces = pieces_of(rows);
  std::vector<std::int32_t> round_of(static_cast<std::size_t>(side.rows()), -1);  // the last that needs a row
  std::vector<std::int32_t> places(static_cast<std::size_t>(side.rows()));
  rounds_.emplace_back();
  needed.emplace_back();
  for (const Work& piece : pieces) {
    const auto columns = std::span(rows.columns)
                             .subspan(static_cast<std::size_t>(piece.first), static_cast<std::size_t>(piece.last - piece.first));
    const auto add = [&] {
      const auto round = static_cast<std::int32_t>(rounds_.size()) - 1;
      const auto before = needed.back().size();
      for (const auto column : columns) {
        auto& known = round_of[static_cast<std::size_t>(column)];
        if (own.contains(column) || known == round) continue;
        known = round;
        needed.back().push_back(column);
      }
      if (std::ssize(needed.back()) <= most_rows || before == 0) return true;
      for (auto i = before; i < needed.back().size(); ++i) round_of[static_cast<std::size_t>(needed.back()[i])] = -1;
      needed.back().resize(before);
      return false;
    };
    if (!add()) {
      rounds_.emplace_back();
      needed.emplace_back();
      add();
    }
    rounds_.back().pieces.push_back(piece);
  }
  for (const auto& list : needed) most_coming_ = std::max(most_coming_, std::ssize(list));
  for (std::size_t round = 0; round < rounds_.size(); ++round) {
    auto& list = needed[round];
    std::ranges::sort(list);
    coming_ += std::ssize(list);
    for (std::size_t i = 0; i < list.size(); ++i)
      places[static_cast<std::size_t>(list[i])] = static_cast<std::int32_t>(place_of(round) + static_cast<std::int64_t>(i));
    for (const Work& piece : rounds_[round].pieces) {
      for (auto entry = piece.first; entry < piece.last; ++entry) {
        auto& column = rows.columns[static_cast<std::size_t>(entry)];
        column = own.contains(column) ? static_cast<std::int32_t>(column - own.first) : places[static_cast<std::size_t>(column)];
      }
    }
  }
}

void NeededRows::exchange_plans(comm::Communicator& communicator, const RowShares& side,
                                const std::vector<std::vector<std::int32_t>>& needed, data::Budget& budget) {
  const comm::StageScope stage(communicator.statistics(), "rows that are needed");
  std::int64_t all_asked = 0;
  for (std::size_t round = 0; round < rounds_.size(); ++round) {
    rounds_[round].ranks = ask_ranks(communicator, needed[round], side);
    std::int64_t rows = 0;
    for (const auto& list : rounds_[round].ranks.asked) rows += std::ssize(list);
    most_asked_ = std::max(most_asked_, rows);
    all_asked += rows;
  }
  comm::collective_try(communicator, "rows that are needed",
                       [&] { asked_memory_ = budget.require(4 * all_asked, "rows of factors that other ranks need"); });
}

void NeededRows::fetch(comm::Communicator& communicator, std::size_t round, FactorRows& factors) const {
  if (communicator.size() == 1) return;
  const Round& plan = rounds_[round];
  const auto size = static_cast<std::size_t>(factors.size());
  const auto ranks = plan.ranks.asked.size();
  const bool is_padded = factors.stride() != factors.size();
  std::vector<std::vector<float>> packed(ranks);
  std::vector<float> arrived;
  comm::collective_try(communicator, "factors that are needed", [&] {
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      packed[rank].reserve(plan.ranks.asked[rank].size() * size);
      for (const auto row : plan.ranks.asked[rank])
        packed[rank].insert(packed[rank].end(), factors.row(row), factors.row(row) + size);
    }
    if (is_padded) arrived.resize(static_cast<std::size_t>(plan.ranks.starts.back()) * size);
  });
  std::vector<std::span<const float>> send(packed.begin(), packed.end());
  std::vector<std::span<float>> receive;
  float* const into = is_padded ? arrived.data() : factors.row(place_of(round));
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    receive.emplace_back(into + plan.ranks.starts[rank] * factors.size(),
                         static_cast<std::size_t>(plan.ranks.starts[rank + 1] - plan.ranks.starts[rank]) * size);
  }
  {
    const comm::StageScope stage(communicator.statistics(), "factors that are needed");
    communicator.all_to_all_into(send, receive);
  }
  for (std::int64_t i = 0; is_padded && i < plan.ranks.starts.back(); ++i)
    std::copy_n(arrived.data() + i * factors.size(), size, factors.row(place_of(round) + i));
}

void NeededRows::for_each_round(comm::Communicator& communicator, const char* stage, FactorRows& factors,
                                const std::function<void(std::span<const Work> pieces)>& work) const {
  fetch(communicator, 0, factors);
  for (std::size_t round = 0; round < rounds_.size(); ++round) {
    const auto& pieces = rounds_[round].pieces;
    if (round + 1 == rounds_.size()) {
      comm::collective_try(communicator, stage, [&] { work(pieces); });
      continue;
    }
    std::exception_ptr failure;
    parallel::alongside(
        [&] {
          const parallel::Stoppable scope;
          try {
            work(pieces);
          } catch (...) {
            failure = std::current_exception();
          }
        },
        [&] { fetch(communicator, round + 1, factors); });
    comm::collective_try(communicator, stage, [&] {
      if (failure) std::rethrow_exception(failure);
    });
  }
}

void NeededRows::for_each_round_again(comm::Communicator& communicator, const char* stage, FactorRows& factors,
                                      const std::function<void(std::span<const Work> pieces)>& work) const {
  if (rounds() > 1) return for_each_round(communicator, stage, factors, work);
  comm::collective_try(communicator, stage, [&] { work(rounds_.front().pieces); });
}

}  // namespace fullbase::recommendation
