#include "algorithms/kernel_machines/nystroem.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "algorithms/kernel_machines/cholesky.hpp"
#include "algorithms/kernel_machines/dense_rows.hpp"
#include "algorithms/kernel_machines/kernel.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::kernel_machines {

namespace {

constexpr double jitter = 1e-8;

struct Ticket {
  std::uint64_t word = 0;
  std::int64_t row = 0;
};

void keep_lowest(std::vector<Ticket>& tickets, std::int64_t count) {
  const auto most = std::min<std::ptrdiff_t>(std::ssize(tickets), count);
  std::ranges::partial_sort(tickets, tickets.begin() + most, {},
                            [](const Ticket& ticket) { return std::tuple(ticket.word, ticket.row); });
  tickets.resize(static_cast<std::size_t>(most));
}

/// A linear design's encoding of features that need none. Each is at most 1: phi'phi approximates 1 from below.
linear::Encoding plain_encoding(std::int64_t count) {
  linear::Encoding encoding;
  encoding.numbers.resize(static_cast<std::size_t>(count));
  std::iota(encoding.numbers.begin(), encoding.numbers.end(), 0);
  encoding.mean.assign(encoding.numbers.size(), 0.0);
  encoding.deviation.assign(encoding.numbers.size(), 1.0);
  encoding.spread.assign(encoding.numbers.size(), 1.0);
  encoding.greatest.assign(encoding.numbers.size(), 1.5);
  return encoding;
}

}  // namespace

std::vector<std::int64_t> draw_rows(comm::Communicator& communicator, random::Key key, std::int64_t rows, std::int64_t count) {
  const auto local = comm::own_rows(communicator, rows);
  auto tickets = comm::collective_try(communicator, "draw landmarks", [&] {
    const random::Generator generator(key);
    // A few times as many as are wanted, so that memory does not grow with the rows.
    const auto room = static_cast<std::size_t>(std::max(4 * count, base::block_rows));
    std::vector<Ticket> mine;
    for (auto row = local.first; row < local.last; ++row) {
      if (mine.size() == room) keep_lowest(mine, count);
      mine.push_back({generator.word(row), row});
    }
    keep_lowest(mine, count);
    return mine;
  });
  tickets = communicator.all_gather_all(std::span<const Ticket>(tickets)).values;
  keep_lowest(tickets, count);
  std::vector<std::int64_t> drawn;
  for (const auto& ticket : tickets) drawn.push_back(ticket.row);
  std::ranges::sort(drawn);
  return drawn;
}

std::vector<double> gather_rows(comm::Communicator& communicator, const data::BlockSource& source,
                                std::span<const learning::Feature> features, const linear::Encoding& encoding,
                                std::span<const std::int64_t> rows) {
  const auto local = comm::own_rows(communicator, source.rows());
  const auto mine = comm::collective_try(communicator, "read landmarks", [&] {
    std::vector<double> values;
    const auto width = static_cast<std::size_t>(dense_columns(encoding));
    for (const auto row : rows) {
      if (!local.contains(row)) continue;
      values.resize(values.size() + width);
      read_rows(source, {row, row + 1}, features, encoding).copy_row(0, std::span(values).last(width));
    }
    return values;
  });
  return communicator.all_gather_all(std::span<const double>(mine)).values;
}

NystroemMap::NystroemMap(double gamma, std::int64_t columns, std::vector<double> landmarks)
    : gamma_(gamma),
      columns_(columns),
      count_(static_cast<std::int64_t>(landmarks.size()) / columns),
      landmarks_(std::move(landmarks)) {
  RowPanel panel(count_, columns);
  for (std::int64_t i = 0; i < count_; ++i)
    panel.set_row(i, std::span(landmarks_).subspan(static_cast<std::size_t>(i * columns), static_cast<std::size_t>(columns)));
  std::vector<double> kernel(static_cast<std::size_t>(count_ * count_));
  std::vector<double> values(static_cast<std::size_t>(base::block_rows));
  for (std::int64_t i = 0; i < count_; ++i) {
    const auto point = std::span(landmarks_).subspan(static_cast<std::size_t>(i * columns));
    for (std::int64_t block = 0; block < panel.blocks(); ++block) {
      rbf_values(panel.block(block), panel.rows_in(block), point, 1, columns, gamma, values.data());
      std::copy_n(values.data(), panel.rows_in(block), kernel.data() + i * count_ + block * base::block_rows);
    }
    kernel[static_cast<std::size_t>(i * count_ + i)] += jitter;
  }
  inverse_ = inverse_cholesky(kernel, count_);
}

void NystroemMap::map(const double* block, std::int64_t rows, double* buffer, double* out) const {
  const auto& loops = kernel::active();
  for (std::int64_t p = 0; p < count_; p += kernel::point_group)
    rbf_values(block, rows, std::span(landmarks_).subspan(static_cast<std::size_t>(p * columns_)),
               std::min(kernel::point_group, count_ - p), columns_, gamma_, buffer + p * base::block_rows);
  // Weights beyond a row's own place are zeros.
  for (std::int64_t p = 0; p < count_; p += kernel::point_group)
    loops.weighted_sums(buffer, rows, inverse_.data() + p * count_, std::min(kernel::point_group, count_ - p), count_,
                        std::min(p + kernel::point_group, count_), out + p * base::block_rows);
}

KernelExpansion NystroemMap::expansion(const linear::LinearFit& fit, std::int64_t classes) const {
  KernelExpansion expansion{
      .scheme = Scheme::one_vs_rest, .classes = classes, .columns = columns_, .gamma = gamma_, .points = landmarks_};
  const std::int64_t machines = expansion.machines();
  expansion.coefficients.assign(static_cast<std::size_t>(count_ * machines), 0.0);
  for (std::int64_t m = 0; m < machines; ++m) {
    const double* const weights = fit.coefficients.data() + m * (count_ + 1);
    for (std::int64_t p = 0; p < count_; ++p)
      for (std::int64_t k = 0; k <= p; ++k)
        expansion.coefficients[static_cast<std::size_t>(k * machines + m)] +=
            inverse_[static_cast<std::size_t>(p * count_ + k)] * weights[p];
    expansion.biases.push_back(weights[count_]);
  }
  return expansion;
}

std::int64_t NystroemMap::bytes(std::int64_t count, std::int64_t columns) noexcept {
  return static_cast<std::int64_t>(sizeof(double)) * (2 * count * count + RowPanel::bytes(count, columns) / 8 + count * columns);
}

std::int64_t map_bytes(std::int64_t count) noexcept {
  return parallel::thread_count() * 2 * count * base::block_rows * static_cast<std::int64_t>(sizeof(double));
}

linear::Design map_rows(comm::Communicator& communicator, const data::BlockSource& source,
                        std::span<const learning::Feature> features, const linear::Encoding& encoding, const NystroemMap& map,
                        data::Budget& budget, data::Spill& spill, std::int64_t beside) {
  const base::Partition partition(source.rows(), communicator.size());
  return comm::collective_try(communicator, "map rows to landmarks", [&] {
    const auto rooms_reservation = budget.require(map_bytes(map.count()), "kernel values of landmarks");
    auto left = budget.require(beside, "the fit to landmarks");
    linear::Design design(source.rows(), partition.blocks_of(communicator.rank()), plain_encoding(map.count()), budget, spill);
    left = {};
    struct Room {
      std::vector<double> kernel, mapped;
    };
    std::vector<Room> rooms(static_cast<std::size_t>(parallel::thread_count()));
    for_each_encoded_block(source, partition.rows_of(communicator.rank()), features, encoding,
                           [&](std::int64_t first, std::int64_t count, const double* columns, int thread) {
                             auto& room = rooms[static_cast<std::size_t>(thread)];
                             room.kernel.resize(static_cast<std::size_t>(map.count() * base::block_rows));
                             room.mapped.resize(room.kernel.size());
                             map.map(columns, count, room.kernel.data(), room.mapped.data());
                             design.write(base::block_of_row(first), room.mapped.data(), base::block_rows);
                           });
    design.scale(plain_encoding(map.count()));
    return design;
  });
}

}  // namespace fullbase::kernel_machines
