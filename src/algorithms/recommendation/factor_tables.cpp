#include "algorithms/recommendation/factor_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/row_exchange.hpp"
#include "comm/rows_by_rank.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

using data::Field;
using data::Type;

constexpr std::int64_t write_blocks = 16;  ///< that a thread writes at a time

std::string factor_name(int factor) {
  return fmt::format("factor_{}", factor + 1);
}

bool has_floats(const data::Schema& schema, const std::string& name) {
  const auto column = schema.find(name);
  return column && schema[*column].type == Type::float32;
}

/// Where the bias, and the 1 that meets the bias of the other side, stand in a row.
struct BiasColumns {
  int own;
  int one;
};
BiasColumns bias_columns(int rank, bool is_customers) noexcept {
  return is_customers ? BiasColumns{rank, rank + 1} : BiasColumns{rank + 1, rank};
}

/// Rows of a rank that a round reads, each of `width` values, in the order of the table.
struct Round {
  std::vector<std::int32_t> sides;  ///< the side's row of each; -1 where it is not known
  std::vector<float> values;
};

class Reading {
 public:
  Reading(comm::Communicator& communicator, const data::BlockSource& source, const SideKeys& keys, const RowShares& shares,
          bool is_customers, data::Budget& budget, std::int64_t round_bytes)
      : communicator_(communicator),
        source_(source),
        keys_(keys),
        shares_(shares),
        shape_(factors_shape(source.schema())),
        is_customers_(is_customers),
        budget_(budget),
        round_bytes_(round_bytes),
        own_(shares.rows_of(communicator.rank())),
        width_(shape_.rank + (shape_.biases ? 1 : 0)) {
    columns_.push_back(source.schema().find(source.schema().key).value_or(0));
    if (shape_.biases) columns_.push_back(*source.schema().find("bias"));
    for (int factor = 0; factor < shape_.rank; ++factor) columns_.push_back(*source.schema().find(factor_name(factor)));
  }

  FactorsRead run() {
    require_kind();
    comm::collective_try(communicator_, "read factors", [&] {
      result_.memory = budget_.require(FactorRows::bytes(own_.size(), shape_.columns()) + own_.size(), "the factors of a table");
      result_.rows = FactorRows(own_.size(), shape_.columns());
      result_.known.assign(static_cast<std::size_t>(own_.size()), 0);
    });
    // A round takes some three times its bytes: on its way here, and to the ranks that have the rows.
    round_bytes_ = communicator_.min_value(std::min(round_bytes_, budget_.available() / 8));
    const auto rows = comm::own_rows(communicator_, source_.rows());
    const auto most = base::Partition(source_.rows(), communicator_.size()).most_rows();
    const auto step = std::min(most, round_rows());
    for (std::int64_t first = 0; first < most; first += step)
      move({std::min(rows.last, rows.first + first), std::min(rows.last, rows.first + first + step)});
    comm::collective_try(communicator_, "read factors", [&] {
      if (bad_row_) throw_bad_value(*bad_row_);
    });
    comm::collective_try(communicator_, "read factors", [&] {
      if (repeated_) throw_repeated();
    });
    return std::move(result_);
  }

 private:
  void require_kind() const {
    const auto& key = source_.schema()[columns_.front()];
    if ((key.type == Type::int64) == (keys_.field().type == Type::int64) &&
        (key.type == Type::int64 || key.type == Type::string || key.type == Type::category))
      return;
    throw base::job_file_error(fmt::format("the key '{}' of the factors is {}, and the matrix has {} for it", key.name,
                                           data::type_text(key), data::type_text(keys_.field())),
                               source_.name(), "take the factors and the matrix of one base")
        .known_to_all();
  }

  std::int64_t round_rows() const noexcept {
    return std::max<std::int64_t>(1, round_bytes_ / (4 * width_ * base::block_rows)) * base::block_rows;
  }

  /// Collective. Rows of the table of this rank, possibly none, to their owners.
  void move(base::RowRange rows) {
    data::Reservation memory;
    Round round;
    auto [order, starts] = comm::collective_try(communicator_, "read factors", [&] {
      memory = budget_.require((8 * width_ + 12) * rows.size(), "rows of factors that are read");
      round = read(rows);
      return comm::rows_by_rank(communicator_.size(), rows.size(), [&](std::int64_t i) {
        const auto side = round.sides[static_cast<std::size_t>(i)];
        return side < 0 ? -1 : shares_.owner_of_row(side);
      });
    });
    const comm::StageScope stage(communicator_.statistics(), "send factors");
    comm::RowExchange exchange(communicator_, order, std::move(starts));
    data::Reservation arriving;
    comm::collective_try(communicator_, "send factors", [&] {
      arriving = budget_.require((4 * width_ + 4) * exchange.received(), "rows of factors that arrive");
    });
    const auto sides = exchange.values(std::span<const std::int32_t>(round.sides));
    place(sides, exchange.values(std::span<const float>(round.values), width_));
  }

  Round read(base::RowRange rows) {
    Round round;
    round.sides.resize(static_cast<std::size_t>(rows.size()));
    round.values.resize(static_cast<std::size_t>(rows.size() * width_));
    std::mutex mutex;
    const auto group =
        std::clamp<std::int64_t>(round_rows() / base::block_rows / parallel::thread_count(), 1, parallel::scan_group_blocks);
    parallel::scan(
        source_, rows, columns_,
        [&](data::Batch&& batch, int) {
          const auto at = batch.rows.first - rows.first;
          const auto sides = keys_.rows_of(batch[0]);
          std::ranges::copy(sides, round.sides.begin() + at);
          std::optional<std::int64_t> bad;
          for (int column = 0; column < width_; ++column) {
            const auto values = batch[static_cast<std::size_t>(column) + 1].float32s();
            for (std::size_t i = 0; i < values.size(); ++i) {
              round.values[(static_cast<std::size_t>(at) + i) * static_cast<std::size_t>(width_) +
                           static_cast<std::size_t>(column)] = values[i];
              const auto row = batch.rows.first + static_cast<std::int64_t>(i);
              if (!std::isfinite(values[i]) && sides[i] >= 0 && row < bad.value_or(std::numeric_limits<std::int64_t>::max()))
                bad = row;
            }
          }
          if (!bad) return;
          const std::scoped_lock lock(mutex);
          bad_row_ = std::min(*bad, bad_row_.value_or(*bad));
        },
        group);
    return round;
  }

  /// Puts what arrived where it belongs.
  void place(const std::vector<std::int32_t>& sides, const std::vector<float>& values) {
    const auto bias = bias_columns(shape_.rank, is_customers_);
    const auto* from = values.data();
    for (const auto side : sides) {
      auto& known = result_.known[static_cast<std::size_t>(side - own_.first)];
      if (known != 0) repeated_ = std::min(side, repeated_.value_or(side));
      known = 1;
      auto* row = result_.rows.row(side - own_.first);
      if (shape_.biases) {
        row[bias.own] = *from++;
        row[bias.one] = 1;
      }
      std::copy_n(from, shape_.rank, row);
      from += shape_.rank;
    }
  }

  [[noreturn]] void throw_bad_value(std::int64_t row) const {
    const auto batch = source_.read({row, row + 1}, columns_);
    const auto& schema = source_.schema();
    int column = 1;
    while (std::isfinite(batch[static_cast<std::size_t>(column)].float32s()[0])) ++column;
    const auto value = batch[static_cast<std::size_t>(column)].float32s()[0];
    throw base::input_error(std::isnan(value) ? "a factor is missing" : "a factor is infinite",
                            fmt::format("{}.{}[{}]", source_.name(), schema[columns_[static_cast<std::size_t>(column)]].name,
                                        source_.source_row(row)),
                            "take the table as a factorise step wrote it");
  }

  [[noreturn]] void throw_repeated() const {
    throw base::input_error(fmt::format("a value of '{}' stands there more than once", source_.schema()[columns_.front()].name),
                            source_.name(), "take the table as a factorise step wrote it");
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const SideKeys& keys_;
  const RowShares& shares_;
  FactorsShape shape_;
  bool is_customers_;
  data::Budget& budget_;
  std::int64_t round_bytes_;
  base::RowRange own_;
  std::int64_t width_;  ///< values of a row that are read: the bias, then factors
  std::vector<int> columns_;
  FactorsRead result_;
  std::optional<std::int64_t> bad_row_;   ///< the lowest of the table that cannot be
  std::optional<std::int32_t> repeated_;  ///< the lowest of the side that came twice
};

}  // namespace

data::Schema factors_schema(const data::Field& key, int rank, bool biases) {
  data::Schema schema{{key, {.name = "entries", .type = Type::int64}}, key.name};
  if (biases) schema.fields.push_back({.name = "bias", .type = Type::float32});
  for (int factor = 0; factor < rank; ++factor) schema.fields.push_back({.name = factor_name(factor), .type = Type::float32});
  return schema;
}

FactorsShape factors_shape(const data::Schema& schema) {
  FactorsShape shape;
  while (has_floats(schema, factor_name(shape.rank))) ++shape.rank;
  shape.biases = has_floats(schema, "bias");
  if (shape.rank == 0 || schema.key.empty() || !schema.find(schema.key))
    throw base::job_file_error("this is no table of factors: it has to have a key and float32 columns factor_1, factor_2, ...",
                               {}, "name the table `customers` or `items` of a factorise step");
  return shape;
}

void write_factors(comm::Communicator& communicator, const FactorRows& rows, const RowShares& shares, const SideKeys& keys,
                   bool is_customers, const FactorsShape& shape, data::BlockSink& sink) {
  const auto own = shares.rows_of(communicator.rank());
  const auto schema = factors_schema(keys.field(), shape.rank, shape.biases);
  std::vector<int> columns;  // of `rows`, in the order of the table
  if (shape.biases) columns.push_back(bias_columns(shape.rank, is_customers).own);
  for (int factor = 0; factor < shape.rank; ++factor) columns.push_back(factor);
  constexpr auto piece = write_blocks * base::block_rows;
  parallel::for_each(0, (own.size() + piece - 1) / piece, [&](std::int64_t number, int) {
    const auto first = own.first + number * piece;
    const base::RowRange range{first, std::min(own.last, first + piece)};
    data::Batch batch{range, {}};
    batch.columns.push_back(keys.keys(range));
    std::vector<std::int64_t> entries;
    entries.reserve(static_cast<std::size_t>(range.size()));
    for (auto row = range.first; row < range.last; ++row) entries.push_back(keys.entries_of(row));
    batch.columns.emplace_back(schema[1], std::move(entries));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::vector<float> values;
      values.reserve(static_cast<std::size_t>(range.size()));
      // A sum with 0 is never -0, which results do not have.
      for (auto row = range.first; row < range.last; ++row) values.push_back(rows.row(row - own.first)[columns[i]] + 0.0F);
      batch.columns.emplace_back(schema[static_cast<int>(i) + 2], std::move(values));
    }
    sink.write(batch);
  });
}

FactorsRead read_factors(comm::Communicator& communicator, const data::BlockSource& source, const SideKeys& keys,
                         const RowShares& shares, bool is_customers, data::Budget& budget, std::int64_t round_bytes) {
  return Reading(communicator, source, keys, shares, is_customers, budget, round_bytes).run();
}

}  // namespace fullbase::recommendation
