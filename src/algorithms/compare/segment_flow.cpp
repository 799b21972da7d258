#include "algorithms/compare/segment_flow.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/hash.hpp"
#include "comm/agreement.hpp"
#include "comm/shuffle.hpp"
#include "parallel/scan.hpp"

namespace fullbase::compare {
namespace {

/// Of a key and its group while they are shuffled.
constexpr std::int64_t bytes_a_row = 96;
/// A text lies in an array that doubles, is sent, received and put in order.
constexpr std::int64_t copies_of_a_text = 4;
constexpr std::int64_t piece = parallel::scan_group_blocks * base::block_rows;
constexpr std::int64_t least_bytes = std::int64_t{1} << 20;

bool is_text(const data::Column& column) {
  return column.field().type == data::Type::string || column.field().type == data::Type::category;
}

std::int64_t integer(const data::Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  if (column.field().type == data::Type::date) return column.int32s()[at];
  if (column.field().type == data::Type::boolean) return column.bools()[at];
  return column.int64s()[at];
}

std::uint64_t hash_of(const data::Column& column, std::int64_t row) {
  if (is_text(column)) {
    const auto text = column.text(row);
    return base::xxh3(std::as_bytes(std::span(text.data(), text.size())));
  }
  const auto value = integer(column, row);
  return base::xxh3(std::as_bytes(std::span(&value, 1)));
}

/// Bytes that a night takes on this rank in one pass, by the texts of its first piece.
std::int64_t bytes_of(const Night& night) {
  if (night.rows.empty()) return 0;
  const auto batch = night.read({night.rows.first, std::min(night.rows.last, night.rows.first + piece)});
  std::int64_t texts = 0;
  for (std::int64_t row = 0; is_text(batch[0]) && row < batch.rows.size(); ++row) texts += std::ssize(batch[0].text(row));
  return night.rows.size() * (bytes_a_row + copies_of_a_text * texts / batch.rows.size());
}

/// Keys of both nights in one column, integers or texts, each with 2 x group + (0: before, 1: after).
class Pooled {
 public:
  void add(const Night& night, std::int64_t after, std::int64_t passes, std::int64_t pass) {
    for (auto first = night.rows.first; first < night.rows.last; first += piece) {
      const auto batch = night.read({first, std::min(night.rows.last, first + piece)});
      const auto& keys = batch[0];
      const auto groups = batch[1].int64s();
      for (std::int64_t row = 0; row < keys.rows(); ++row) {
        if (keys.is_missing(row)) continue;
        if (passes > 1 && hash_of(keys, row) % static_cast<std::uint64_t>(passes) != static_cast<std::uint64_t>(pass)) continue;
        if (is_text(keys)) {
          texts_.push_back(keys.text(row));
        } else {
          integers_.push_back(integer(keys, row));
        }
        groups_.push_back(2 * groups[static_cast<std::size_t>(row)] + after);
      }
    }
  }
  /// `texts`: whether keys are, which a rank without rows cannot see.
  data::Batch take(bool texts) {
    data::Batch batch{.rows = {0, std::ssize(groups_)}, .columns = {}};
    if (texts) {
      batch.columns.emplace_back(data::Field{.name = "key", .type = data::Type::string}, std::move(texts_));
    } else {
      batch.columns.emplace_back(data::Field{.name = "key", .type = data::Type::int64}, std::move(integers_));
    }
    batch.columns.emplace_back(data::Field{.name = "group", .type = data::Type::int64}, std::move(groups_));
    return batch;
  }
  bool has_texts() const noexcept { return texts_.size() > 0; }

 private:
  data::Strings texts_;
  std::vector<std::int64_t> integers_;
  std::vector<std::int64_t> groups_;
};

void count(const data::Batch& rows, Flow& flow) {
  const int keys = 0;
  const auto starts = comm::group_starts(rows, std::span(&keys, 1));
  const auto groups = rows[1].int64s();
  for (std::size_t g = 0; g + 1 < starts.size(); ++g) {
    std::array<std::int32_t, 2> place = {flow.before(), flow.after()};
    for (auto row = starts[g]; row < starts[g + 1]; ++row) {
      const auto group = groups[static_cast<std::size_t>(row)];
      place[static_cast<std::size_t>(group % 2)] = static_cast<std::int32_t>(group / 2);
    }
    ++flow.at(place[0], place[1]);
  }
}

}  // namespace

Flow segment_flow(comm::Communicator& communicator, const Night& before, const Night& after, data::Budget& budget) {
  auto cells = comm::collective_try(communicator, "groups", [&] {
    return budget.require(Flow::bytes(before.groups, after.groups), "the customers by their group on two nights");
  });
  Flow flow(before.groups, after.groups);
  const auto bytes = comm::collective_try(communicator, "read keys", [&] { return bytes_of(before) + bytes_of(after); });
  const auto reservation = budget.reserve_up_to(std::min(budget.available() / 2, bytes));
  const auto room = std::max(least_bytes, reservation.bytes());
  const auto passes = std::max<std::int64_t>(1, communicator.max_value((bytes + room - 1) / room));
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    Pooled pooled;
    comm::collective_try(communicator, "read keys", [&] {
      pooled.add(before, 0, passes, pass);
      pooled.add(after, 1, passes, pass);
    });
    const bool texts = communicator.max_value(std::int64_t{pooled.has_texts()}) != 0;
    const auto groups = comm::shuffle(communicator, pooled.take(texts), {.keys = {0}, .whole_groups = 1});
    count(groups.batch, flow);
  }
  communicator.sum(std::span(flow.counts()));
  return flow;
}

}  // namespace fullbase::compare
