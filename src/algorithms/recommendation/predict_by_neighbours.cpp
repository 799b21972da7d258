#include "algorithms/recommendation/predict_by_neighbours.hpp"

#include <algorithm>
#include <utility>

#include "algorithms/recommendation/likeness_pass.hpp"
#include "algorithms/recommendation/needed_entries.hpp"
#include "algorithms/recommendation/running_lists.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "comm/row_exchange.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// What is predicted: the value of row x of the side at row y of the other.
struct Question {
  std::int32_t x;
  std::int32_t y;
};

struct Answers {
  std::vector<double> values;
  std::vector<std::int32_t> neighbours;
};

/// Questions on their way to other ranks, whose answers come back.
class Trip {
 public:
  /// Not collective. Those of questions[order[i]] go to rank r for i in [starts[r], starts[r + 1]).
  Trip(std::vector<std::int64_t> order, std::vector<std::int64_t> starts)
      : order_(std::move(order)), starts_(std::move(starts)) {}

  /// Collective. In the order (rank, order at that rank).
  std::vector<Question> go(comm::Communicator& communicator, const std::vector<Question>& questions) {
    comm::RowExchange exchange(communicator, order_, starts_);
    received_starts_ = exchange.received_starts();
    return exchange.values(std::span<const Question>(questions));
  }

  /// Collective. Answers to all that arrived here; those to questions[i] become into[i].
  void back(comm::Communicator& communicator, const Answers& answers, Answers& into) const {
    comm::RowExchange exchange(communicator, {}, received_starts_);
    const auto values = exchange.values(std::span<const double>(answers.values));
    const auto neighbours = exchange.values(std::span<const std::int32_t>(answers.neighbours));
    for (std::size_t i = 0; i < order_.size(); ++i) {
      into.values[static_cast<std::size_t>(order_[i])] = values[i];
      into.neighbours[static_cast<std::size_t>(order_[i])] = neighbours[i];
    }
  }

 private:
  std::vector<std::int64_t> order_;
  std::vector<std::int64_t> starts_;
  std::vector<std::int64_t> received_starts_;
};

/// By row x, those that know theirs; cut where `first_rows` (one a rank, and one more) begin.
template <class F>
Trip trip_by_row(const std::vector<Question>& questions, int ranks, F&& first_row) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < std::ssize(questions); ++i) {
    const auto& [x, y] = questions[static_cast<std::size_t>(i)];
    if (x >= 0 && y >= 0) order.push_back(i);
  }
  const auto row = [&](std::int64_t i) { return std::int64_t{questions[static_cast<std::size_t>(i)].x}; };
  std::ranges::stable_sort(order, {}, row);
  std::vector<std::int64_t> starts;
  for (int rank = 0; rank < ranks; ++rank)
    starts.push_back(std::ranges::lower_bound(order, first_row(rank), {}, row) - order.begin());
  starts.push_back(std::ssize(order));
  return {std::move(order), std::move(starts)};
}

/// Means of entries.
struct Means {
  double all = 0;
  std::vector<double> of_row;  ///< of the side, on every rank; those without any entry have the mean of all
};

Means means_of(comm::Communicator& communicator, const SparseRows& own, bool by_row) {
  Means means;
  base::ExactSum total;
  std::vector<double> sums;
  for (std::int64_t r = 0; r < own.rows(); ++r) {
    double sum = 0;
    for (const float value : own.values_of(r)) sum += static_cast<double>(value);
    sums.push_back(sum);
    total.add(sum);
  }
  communicator.sum(std::span(&total, 1));
  const auto entries = communicator.sum_value(own.entries());
  means.all = entries == 0 ? 0 : total.value() / static_cast<double>(entries);
  if (!by_row) return means;
  for (std::int64_t r = 0; r < own.rows(); ++r) {
    auto& mean = sums[static_cast<std::size_t>(r)];
    mean = own.length(r) == 0 ? means.all : mean / static_cast<double>(own.length(r));
  }
  means.of_row = communicator.all_gather_all(std::span<const double>(sums)).values;
  return means;
}

/// Answers questions that lie in ascending order of x.
class Answering {
 public:
  Answering(comm::Communicator& communicator, LikenessPass& pass, const NeighbourOptions& options,
            const PredictionOptions& prediction, const Means& means, data::Budget& budget)
      : communicator_(communicator),
        pass_(pass),
        most_(options.neighbours),
        prediction_(prediction),
        means_(means),
        budget_(budget) {}

  /// Collective.
  Answers run(const std::vector<Question>& questions) {
    std::vector<std::int32_t> rows;
    std::vector<std::int32_t> others;
    std::vector<std::int64_t> starts;  // of the questions of each row
    Answers answers;
    comm::collective_try(communicator_, "predictions", [&] {
      for (std::size_t i = 0; i < questions.size(); ++i) {
        others.push_back(questions[i].y);
        if (i > 0 && questions[i].x == rows.back()) continue;
        rows.push_back(questions[i].x);
        starts.push_back(static_cast<std::int64_t>(i));
      }
      starts.push_back(std::ssize(questions));
      lists_ = Lists(std::ssize(questions), most_);
      threads_.assign(static_cast<std::size_t>(parallel::thread_count()), {TopList(most_)});
      answers.values.resize(questions.size());
      answers.neighbours.resize(questions.size());
    });
    const auto asked = fetch_entries(communicator_, others, pass_.own_other(), pass_.other(), budget_);
    std::vector<std::int64_t> next;  // entry of y at which the next strip begins, by question
    comm::collective_try(communicator_, "predictions", [&] {
      for (const auto y : others) next.push_back(asked.rows.starts[place_of(asked, y)]);
    });
    pass_.run(rows, [&](std::int64_t i, const EntryStrip& strip, const StripLikenesses& found, const RowScorer&, int thread) {
      for (auto q = starts[static_cast<std::size_t>(i)]; q < starts[static_cast<std::size_t>(i) + 1]; ++q) {
        const auto end = asked.rows.starts[place_of(asked, others[static_cast<std::size_t>(q)]) + 1];
        look_at(q, strip, found, asked.rows, end, next[static_cast<std::size_t>(q)], threads_[static_cast<std::size_t>(thread)]);
      }
    });
    for (std::size_t q = 0; q < questions.size(); ++q) {
      const auto list = lists_.of(static_cast<std::int64_t>(q));
      answers.values[q] = value_of(questions[q].x, list);
      answers.neighbours[q] = is_enough(list) ? static_cast<std::int32_t>(list.size()) : 0;
    }
    return answers;
  }

 private:
  using Lists = RunningLists<float>;  // noted: the value
  struct Thread {
    TopList best;
    std::vector<Lists::Listed> before = {};
  };

  static std::size_t place_of(const NeededEntries& asked, std::int32_t y) {
    return static_cast<std::size_t>(asked.place_of_row[static_cast<std::size_t>(y)]);
  }

  /// The entries of y in a strip, [next, end) and no further than it reaches; moves `next` behind them.
  void look_at(std::int64_t question, const EntryStrip& strip, const StripLikenesses& found, const SparseRows& rows,
               std::int64_t end, std::int64_t& next, Thread& thread) {
    const auto first = next;
    const auto border = strip.first + strip.width;
    const float floor = lists_.floor(question);
    for (; next < end && rows.columns[static_cast<std::size_t>(next)] < border; ++next) {
      const auto column = rows.columns[static_cast<std::size_t>(next)];
      const float likeness = found.likeness[static_cast<std::size_t>(column - strip.first)];
      if (likeness > 0 && likeness >= floor) thread.best.offer(likeness, column);
    }
    const auto best = thread.best.take();
    lists_.merge(
        question, best,
        [&](std::size_t k) {
          const auto* const from = rows.columns.data();
          return rows.values[static_cast<std::size_t>(std::lower_bound(from + first, from + next, best[k].id) - from)];
        },
        thread.before);
  }

  bool is_enough(std::span<const Lists::Listed> list) const noexcept {
    return !list.empty() && std::ssize(list) >= prediction_.least_neighbours;
  }

  double value_of(std::int32_t x, std::span<const Lists::Listed> list) const {
    const auto mean = [&](std::int32_t row) { return means_.of_row[static_cast<std::size_t>(row)]; };
    const double base = prediction_.means ? mean(x) : 0;
    if (!is_enough(list)) return prediction_.means ? base : means_.all;
    double weights = 0;
    double weighted = 0;
    for (const auto& [place, value] : list) {
      const double likeness = place.score;
      weights += likeness;
      weighted += likeness * (static_cast<double>(value) - (prediction_.means ? mean(place.id) : 0));
    }
    return base + weighted / weights;
  }

  comm::Communicator& communicator_;
  LikenessPass& pass_;
  std::int64_t most_;
  const PredictionOptions& prediction_;
  const Means& means_;
  data::Budget& budget_;
  Lists lists_;
  std::vector<Thread> threads_;
};

/// Where the rows of questions, all of this rank's own, are worked on: a run of rows a rank. Collective.
std::vector<std::int64_t> shares_of_work(comm::Communicator& communicator, const LikenessPass& pass,
                                         const std::vector<Question>& questions) {
  std::vector<std::int64_t> costs;
  comm::collective_try(communicator, "predictions", [&] {
    const auto first = pass.side().rows_of(communicator.rank()).first;
    costs.assign(static_cast<std::size_t>(pass.own().rows()), 0);
    for (const auto& [x, y] : questions) {
      auto& cost = costs[static_cast<std::size_t>(x - first)];
      if (cost == 0) cost = pass.cost_of(x - first);
      cost += pass.other_length(y);
    }
  });
  return even_cuts(communicator, costs);
}

}  // namespace

PairPredictions predict_by_neighbours(comm::Communicator& communicator, const Interactions& matrix,
                                      const NeighbourOptions& options, const PredictionOptions& prediction,
                                      std::span<const Pair> pairs, data::Budget& budget) {
  LikenessPass pass(communicator, matrix, options, budget);
  const comm::StageScope stage(communicator.statistics(), "predictions");
  const auto ranks = communicator.size();
  const auto pair_bytes = [&](std::size_t count) { return static_cast<std::int64_t>(count) * (12 * options.neighbours + 64); };
  data::Reservation memory;
  data::Reservation passed_on;
  data::Reservation worked_on;
  comm::collective_try(communicator, "predictions", [&] {
    memory =
        budget.require(static_cast<std::int64_t>(pairs.size()) * 64 + 8 * pass.side().rows(), "the pairs that are predicted");
  });
  const auto means = means_of(communicator, pass.own(), prediction.means);

  std::vector<Question> asked;
  Answers answers;
  auto home_trip = comm::collective_try(communicator, "predictions", [&] {
    for (const auto& [customer, item] : pairs)
      asked.push_back(options.of == Side::customers ? Question{customer, item} : Question{item, customer});
    answers.values.assign(pairs.size(), means.all);
    answers.neighbours.assign(pairs.size(), 0);
    return trip_by_row(asked, ranks, [&](int rank) { return pass.side().rows_of(rank).first; });
  });
  const auto at_home = home_trip.go(communicator, asked);
  const auto cuts = shares_of_work(communicator, pass, at_home);
  Answers home_answers;
  auto work_trip = comm::collective_try(communicator, "predictions", [&] {
    passed_on = budget.require(static_cast<std::int64_t>(at_home.size()) * 64, "the pairs that are predicted");
    home_answers.values.resize(at_home.size());
    home_answers.neighbours.resize(at_home.size());
    return trip_by_row(at_home, ranks, [&](int rank) { return cuts[static_cast<std::size_t>(rank)]; });
  });
  const auto at_work = work_trip.go(communicator, at_home);
  comm::collective_try(communicator, "predictions",
                       [&] { worked_on = budget.require(pair_bytes(at_work.size()), "the pairs that are predicted"); });
  work_trip.back(communicator, Answering(communicator, pass, options, prediction, means, budget).run(at_work), home_answers);
  home_trip.back(communicator, home_answers, answers);
  return {std::move(answers.values), std::move(answers.neighbours)};
}

}  // namespace fullbase::recommendation
