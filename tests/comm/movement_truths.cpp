#include <numeric>

#include "base/error.hpp"
#include "comm/dictionary.hpp"
#include "comm/gather.hpp"
#include "comm/redistribute.hpp"
#include "comm/row_exchange.hpp"
#include "comm/rows_of_test.hpp"
#include "comm/table_truths.hpp"

namespace fullbase::testing {

void redistribution_keeps_the_order(comm::Communicator& world) {
  for (const std::int64_t rows : {0, 1, 1023, 1025, 9000}) {
    const auto whole = whole_table(rows, 20, 3);
    const auto owned = base::Partition(rows, world.size()).rows_of(world.rank());
    auto moved = comm::redistribute(world, ragged_part(whole, world));
    for (int again = 0; again < 2; ++again) {  // in place already: nothing is sent
      EXPECT_EQ(moved.rows, owned);
      for (std::int64_t i = 0; i < moved.rows.size(); ++i) ASSERT_EQ(row_text(moved, i), row_text(whole, owned.first + i));
      world.statistics() = {};
      moved = comm::redistribute(world, std::move(moved));
      EXPECT_FALSE(world.statistics().table().contains({"redistribute", "all_to_all"}));
    }
    const auto mine = ragged_part(whole, world);
    const auto records = comm::redistribute(world, mine[7].int64s());
    ASSERT_EQ(std::ssize(records), owned.size());
    for (std::int64_t i = 0; i < owned.size(); ++i) EXPECT_EQ(records[static_cast<std::size_t>(i)], owned.first + i);
  }
}

void rows_of_values_arrive_whole(comm::Communicator& world) {
  constexpr std::int64_t rows = 50;
  constexpr std::int64_t width = 3;
  // Row i of rank r goes to rank i mod size, the last first.
  std::vector<float> values;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t w = 0; w < width; ++w) values.push_back(static_cast<float>(1000 * world.rank() + 10 * i + w));
  }
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> starts = {0};
  for (int rank = 0; rank < world.size(); ++rank) {
    for (std::int64_t i = rows - 1; i >= 0; --i) {
      if (i % world.size() == rank) order.push_back(i);
    }
    starts.push_back(std::ssize(order));
  }
  for (const std::int64_t round_bytes : {std::int64_t{1}, comm::usual_round_bytes}) {
    comm::RowExchange exchange(world, order, starts, round_bytes);
    const auto arrived = exchange.values(std::span<const float>(values), width);
    std::vector<float> expected;
    for (int rank = 0; rank < world.size(); ++rank) {
      for (std::int64_t i = rows - 1; i >= 0; --i) {
        for (std::int64_t w = 0; w < width && i % world.size() == world.rank(); ++w)
          expected.push_back(static_cast<float>(1000 * rank + 10 * i + w));
      }
    }
    EXPECT_EQ(arrived, expected);
  }
}

void gathering_keeps_the_order(comm::Communicator& world) {
  const auto whole = whole_table(2500, 20, 11);
  for (const int root : {0, world.size() - 1}) {
    std::int64_t seen = 0;
    comm::for_each_in_order(
        world, root, ragged_part(whole, world),
        [&](data::Batch&& piece) {
          EXPECT_EQ(world.rank(), root);
          EXPECT_EQ(piece.rows.first, seen);
          EXPECT_LE(piece.rows.size(), 300);
          for (std::int64_t i = 0; i < piece.rows.size(); ++i) ASSERT_EQ(row_text(piece, i), row_text(whole, seen + i));
          seen = piece.rows.last;
        },
        300);
    EXPECT_EQ(seen, world.rank() == root ? 2500 : 0);
    try {
      comm::for_each_in_order(world, root, ragged_part(whole, world), [](data::Batch&&) { throw base::io_error("disk full"); });
      ADD_FAILURE() << "no error on rank " << world.rank();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.problem(), "disk full");
    }
  }
}

void dictionaries_unite(comm::Communicator& world) {
  for (const int spread : {0, 1, 50, 3000}) {
    std::set<std::string> all;
    std::set<std::string> mine;
    for (int r = 0; r < world.size(); ++r) {
      for (int i = 0; i < spread; ++i) {
        if (r % 3 == 1 && i % 2 == 1) continue;
        const auto text = std::to_string((i * 7919 + r * spread / 2) % 10007);
        all.insert(text);
        if (r == world.rank()) mine.insert(text);
      }
    }
    data::Strings texts;
    for (const auto& text : mine) texts.push_back(text);
    const data::Dictionary local(std::move(texts));
    const auto united = comm::unite_dictionaries(world, local);
    ASSERT_EQ(united.dictionary->size(), std::ssize(all));
    std::int32_t code = 0;
    for (const auto& text : all) ASSERT_EQ((*united.dictionary)[code++], text);
    ASSERT_EQ(std::ssize(united.remap), local.size());
    for (std::int32_t i = 0; i < local.size(); ++i)
      ASSERT_EQ((*united.dictionary)[united.remap[static_cast<std::size_t>(i)]], local[i]);
  }
}

}  // namespace fullbase::testing
