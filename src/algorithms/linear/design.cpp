#include "algorithms/linear/design.hpp"

#include <algorithm>
#include <utility>

#include "algorithms/linear/encoding_fit.hpp"
#include "comm/agreement.hpp"
#include "data/column.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::linear {

Design::Design(std::int64_t rows, base::BlockRange local, Encoding encoding, data::Budget& budget, data::Spill& spill)
    : rows_(rows),
      encoding_(std::move(encoding)),
      blocks_(base::block_count(rows) * base::block_rows, static_cast<int>(row_bytes(encoding_.dense() - 1, encoding_.indexes())),
              local, budget, spill) {}

void Design::write(std::int64_t block, const double* values, std::int64_t stride) {
  store(block, values, stride, true);
}

void Design::write_unscaled(std::int64_t block, const double* values, std::int64_t stride) {
  store(block, values, stride, false);
}

void Design::store(std::int64_t block, const double* values, std::int64_t stride, bool scaled) {
  const auto rows = base::rows_of_block(block, rows_).size();
  const auto dense = encoding_.dense() * base::block_rows;
  const auto indexes = encoding_.indexes() * base::block_rows;
  blocks_.fill(block, [&](std::uint8_t* bytes) {
    // Arrays of bytes begin the lives of doubles and integers in them.
    auto* columns = reinterpret_cast<double*>(bytes);
    auto* index = reinterpret_cast<std::int32_t*>(bytes + dense * 8);
    // What is not there is missing until it is scaled to 0.
    if (rows < base::block_rows) {
      std::fill_n(columns, dense, data::missing_float64);
      std::fill_n(columns + dense - base::block_rows, base::block_rows, 0.0);
      std::fill_n(index, indexes, -1);
    }
    encoding_.place(values, stride, rows, columns, index, base::block_rows);
    if (scaled) encoding_.scale(columns, base::block_rows, base::block_rows);
    std::fill(bytes + dense * 8 + indexes * 4, bytes + blocks_.block_values(), std::uint8_t{0});
  });
}

void Design::scale(Encoding fitted) {
  encoding_ = std::move(fitted);
  parallel::for_each_block(blocks_.local(), [&](std::int64_t block, int) {
    blocks_.change(block, [&](std::uint8_t* bytes) {
      encoding_.scale(reinterpret_cast<double*>(bytes), base::block_rows, base::block_rows);
    });
  });
}

void Design::for_each(const std::function<void(const DesignBlock& block, int thread)>& work) const {
  parallel::for_each_block(blocks_, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread) {
    const auto* dense = reinterpret_cast<const double*>(values.data());
    const auto* index = reinterpret_cast<const std::int32_t*>(values.data() + encoding_.dense() * base::block_rows * 8);
    work({block, base::rows_of_block(block, rows_).size(), dense, index}, thread);
  });
}

Design build_design(comm::Communicator& communicator, const data::BlockSource& source,
                    std::span<const learning::Feature> features, const DesignOptions& options, data::Budget& budget,
                    data::Spill& spill, std::int64_t beside) {
  comm::StageScope stage(communicator.statistics(), "design");
  const learning::FeatureReader reader(source, features);
  const auto local = base::Partition(source.rows(), communicator.size()).blocks_of(communicator.rank());
  auto laid_out = lay_out(source, features);
  const auto moments = encoding_fit_bytes(local.size(), std::ssize(laid_out.numbers));
  data::Reservation fitting;
  auto design = comm::collective_try(communicator, "design", [&] {
    auto kept = budget.require(std::max(beside, moments), "what a fit needs beside its rows");
    Design made(source.rows(), local, std::move(laid_out), budget, spill);
    kept = {};
    fitting = budget.require(moments, "what an encoding is fitted to");
    return made;
  });
  auto fitted = fit_encoding(communicator, source, features, reader, options, [&](std::int64_t block, const double* values) {
    design.write_unscaled(block, values, base::block_rows);
  });
  comm::collective_try(communicator, "scale rows", [&] { design.scale(std::move(fitted)); });
  return design;
}

}  // namespace fullbase::linear
