#include "algorithms/recommendation/als.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "algorithms/recommendation/gramian.hpp"
#include "algorithms/recommendation/kernel.hpp"
#include "algorithms/recommendation/needed_rows.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

constexpr std::int64_t piece_entries = 512;  ///< summed in float32

/// What a thread solves one row after the other with.
class RowSolver {
 public:
  RowSolver(const FactorRows& panel, const std::vector<double>& gram, const AlsOptions& options)
      : panel_(panel), gram_(gram), options_(options), size_(panel.size()), stride_(panel.stride()) {
    const auto square = static_cast<std::size_t>(size_ * stride_);
    rows_.resize(static_cast<std::size_t>(kernel::panel_rows * stride_));
    scaled_.resize(rows_.size());
    piece_.resize(square);
    system_.resize(square);
    work_.resize(square);
    piece_right_.resize(static_cast<std::size_t>(stride_));
    right_.resize(static_cast<std::size_t>(stride_));
  }

  /// False where the system is not positive definite.
  bool solve(std::span<const std::int32_t> columns, std::span<const float> values, float* into) {
    begin();
    for (std::size_t first = 0; first < columns.size(); first += piece_entries) {
      const auto count = std::min<std::size_t>(piece_entries, columns.size() - first);
      add_piece(columns.subspan(first, count), values.subspan(first, count));
    }
    if (columns.empty()) {
      std::fill_n(into, stride_, 0.0F);
      return true;
    }
    if (!kernel::active().solve(system_.data(), work_.data(), size_, stride_, right_.data())) return false;
    for (std::int64_t f = 0; f < size_; ++f) into[f] = static_cast<float>(right_[static_cast<std::size_t>(f)]);
    return true;
  }

 private:
  void begin() {
    for (std::int64_t a = 0; a < size_; ++a) {
      for (std::int64_t b = 0; b <= a; ++b)
        system_[static_cast<std::size_t>(a * stride_ + b)] = gram_.empty() ? 0 : gram_[static_cast<std::size_t>(a * size_ + b)];
      system_[static_cast<std::size_t>(a * stride_ + a)] += options_.regularisation;
    }
    std::ranges::fill(right_, 0.0);
  }

  void add_piece(std::span<const std::int32_t> columns, std::span<const float> values) {
    const auto& kernels = kernel::active();
    const bool implicit = options_.feedback == Feedback::implicit;
    std::ranges::fill(piece_, 0.0F);
    std::ranges::fill(piece_right_, 0.0F);
    float weights[kernel::panel_rows];
    float targets[kernel::panel_rows];
    for (std::size_t first = 0; first < columns.size(); first += kernel::panel_rows) {
      const auto count = std::min<std::size_t>(kernel::panel_rows, columns.size() - first);
      for (std::size_t i = 0; i < count; ++i) {
        const float value = values[first + i];
        weights[i] = implicit ? static_cast<float>(options_.alpha) * value : 1;
        targets[i] = implicit ? 1 + weights[i] : value;
      }
      kernels.pack(panel_.row(0), columns.data() + first, weights, static_cast<std::int64_t>(count), stride_, rows_.data(),
                   scaled_.data());
      const auto rows = static_cast<std::int64_t>(count);
      kernels.gram(rows_.data(), scaled_.data(), rows, size_, stride_, piece_.data());
      kernels.weighted_sum(rows_.data(), targets, rows, stride_, piece_right_.data());
    }
    kernels.add(piece_.data(), size_ * stride_, system_.data());
    kernels.add(piece_right_.data(), stride_, right_.data());
  }

  const FactorRows& panel_;
  const std::vector<double>& gram_;
  const AlsOptions& options_;
  std::int64_t size_;
  std::int64_t stride_;
  std::vector<float> rows_;
  std::vector<float> scaled_;
  std::vector<float> piece_;
  std::vector<float> piece_right_;
  std::vector<double> system_;
  std::vector<double> work_;
  std::vector<double> right_;
};

double trace_of_product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double trace(const std::vector<double>& matrix, int size) {
  double sum = 0;
  for (int i = 0; i < size; ++i) sum += matrix[static_cast<std::size_t>(i) * static_cast<std::size_t>(size + 1)];
  return sum;
}

}  // namespace

FactorRows random_factors(const random::Generator& generator, std::int64_t first_row, std::int64_t rows, int size, int side) {
  FactorRows factors(rows, size);
  const double scale = 2 / std::sqrt(static_cast<double>(size));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (int f = 0; f < size; ++f)
      factors.row(r)[f] = static_cast<float>((generator.uniform(first_row + r, f, side) - 0.5) * scale);
  }
  return factors;
}

void solve_rows(const SparseRows& entries, const FactorRows& panel, const std::vector<double>& gram, const AlsOptions& options,
                FactorRows& into) {
  std::vector<std::unique_ptr<RowSolver>> solvers(static_cast<std::size_t>(parallel::thread_count()));
  parallel::for_each(
      0, entries.rows(),
      [&](std::int64_t row, int thread) {
        auto& solver = solvers[static_cast<std::size_t>(thread)];
        if (!solver) solver = std::make_unique<RowSolver>(panel, gram, options);
        if (!solver->solve(entries.columns_of(row), entries.values_of(row), into.row(row)))
          throw base::input_error("the factors of a row are not determined", {}, "ask for more regularisation");
      },
      16);
}

double objective(comm::Communicator& communicator, const SparseRows& entries, const FactorRows& rows, const FactorRows& panel,
                 const std::vector<double>& rows_gram, const std::vector<double>& panel_gram, const AlsOptions& options) {
  const bool implicit = options.feedback == Feedback::implicit;
  base::ExactSum sum;
  comm::collective_try(communicator, "objective", [&] {
    std::mutex mutex;
    std::vector<std::vector<double>> scores(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each(0, base::block_count(entries.rows()), [&](std::int64_t block, int thread) {
      const auto range = base::rows_of_block(block, entries.rows());
      double block_sum = 0;
      for (auto row = range.first; row < range.last; ++row) {
        const auto columns = entries.columns_of(row);
        const auto values = entries.values_of(row);
        auto& mine = scores[static_cast<std::size_t>(thread)];
        mine.resize(columns.size());
        kernel::active().scores(rows.row(row), panel.row(0), columns.data(), std::ssize(columns), rows.stride(), mine.data());
        for (std::size_t i = 0; i < columns.size(); ++i) {
          const double score = mine[i];
          const double value = values[i];
          if (implicit) {
            // c (1 - s)^2 in place of s^2.
            const double confidence = 1 + options.alpha * value;
            block_sum += confidence * (1 - score) * (1 - score) - score * score;
          } else {
            block_sum += (value - score) * (value - score);
          }
        }
      }
      const std::scoped_lock lock(mutex);
      sum.add(block_sum);
    });
  });
  communicator.sum(std::span(&sum, 1));
  const double squares = options.regularisation * (trace(rows_gram, rows.size()) + trace(panel_gram, rows.size()));
  return sum.value() + squares + (implicit ? trace_of_product(rows_gram, panel_gram) : 0);
}

Factors fit_als(comm::Communicator& communicator, Interactions& interactions, const AlsOptions& options,
                const random::Generator& generator, const std::function<void(const AlsRound&)>& observe) {
  const NeededRows items_needed(communicator, interactions.of_customers, interactions.items);
  const NeededRows customers_needed(communicator, interactions.of_items, interactions.customers);
  const bool implicit = options.feedback == Feedback::implicit;
  const auto own_items = interactions.items.rows_of(communicator.rank());
  Factors factors;
  comm::collective_try(communicator, "factors", [&] {
    factors.customers = FactorRows(interactions.of_customers.rows(), options.rank);
    factors.items = random_factors(generator, own_items.first, own_items.size(), options.rank, 1);
  });
  const std::vector<double> none;
  auto items_gram = gramian(communicator, factors.items);
  for (int iteration = 1; iteration <= options.iterations; ++iteration) {
    {
      const auto panel = items_needed.fetch(communicator, factors.items);
      comm::collective_try(communicator, "solve customers", [&] {
        solve_rows(interactions.of_customers, panel, implicit ? items_gram : none, options, factors.customers);
      });
    }
    const auto customers_gram = gramian(communicator, factors.customers);
    const auto panel = customers_needed.fetch(communicator, factors.customers);
    comm::collective_try(communicator, "solve items", [&] {
      solve_rows(interactions.of_items, panel, implicit ? customers_gram : none, options, factors.items);
    });
    items_gram = gramian(communicator, factors.items);
    if (observe)
      observe(
          {iteration, objective(communicator, interactions.of_items, factors.items, panel, items_gram, customers_gram, options)});
  }
  return factors;
}

}  // namespace fullbase::recommendation
