// What is true of every communicator, written once: the tests run it alone, with threads as ranks and under mpirun, each with the
// usual and with a tiny message limit.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace fullbase::testing {

inline void collectives_hold(comm::Communicator& world) {
  using comm::int128;
  const int rank = world.rank();
  const int size = world.size();
  const std::int64_t ranks = size;
  const auto message = "rank " + std::to_string(rank) + " of " + std::to_string(size);
  SCOPED_TRACE(message);

  // sums, over more values than fit one message
  std::vector<std::int64_t> numbers(100);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::int64_t>(i) * (rank + 1) - 17;
  world.sum(std::span(numbers));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_EQ(numbers[i], static_cast<std::int64_t>(i) * ranks * (ranks + 1) / 2 - 17 * ranks);
  EXPECT_EQ(world.sum_value(std::uint64_t{1} << 40), static_cast<std::uint64_t>(ranks) << 40);

  // carries from the low into the high half, and signs
  std::vector<int128> wide = {std::numeric_limits<std::uint64_t>::max(), -1, -(int128{1} << 100), rank};
  wide.resize(9, int128{1} << 64);
  world.sum(std::span(wide));
  EXPECT_TRUE(wide[0] == int128{std::numeric_limits<std::uint64_t>::max()} * ranks);
  EXPECT_TRUE(wide[1] == -ranks);
  EXPECT_TRUE(wide[2] == -(int128{1} << 100) * ranks);
  EXPECT_TRUE(wide[3] == ranks * (ranks - 1) / 2);
  EXPECT_TRUE(wide[8] == (int128{1} << 64) * ranks);

  // exact sums: no digit of 1 is lost beside 1e300, whatever the order of ranks
  std::vector<base::ExactSum> exact(3);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    exact[i].add(1.0 + static_cast<double>(i) * rank);
    exact[i].add(rank == size - 1 ? 1e300 : 0.0);
    exact[i].add(rank == 0 ? -1e300 : 0.0);
  }
  const auto sent = world.statistics().total().bytes;
  world.sum(std::span(exact));
  EXPECT_EQ(world.statistics().total().bytes - sent, 3 * 8 * base::ExactSum::limb_count);
  for (std::size_t i = 0; i < exact.size(); ++i)
    EXPECT_EQ(exact[i].value(), static_cast<double>(ranks + static_cast<std::int64_t>(i) * ranks * (ranks - 1) / 2));

  // extremes
  EXPECT_EQ(world.min_value(std::int64_t{-rank}), 1 - ranks);
  EXPECT_EQ(world.max_value(std::int64_t{rank}), ranks - 1);
  EXPECT_EQ(world.max_value(~static_cast<std::uint64_t>(rank)), ~std::uint64_t{0});
  EXPECT_EQ(world.min_value(1.5 - rank), 2.5 - size);
  EXPECT_EQ(world.max_value(-0.25F * static_cast<float>(rank)), 0.0F);
  EXPECT_EQ(world.min_value(rank == 0 ? -std::numeric_limits<double>::infinity() : 3.0),
            -std::numeric_limits<double>::infinity());
  std::vector<double> doubles = {-1.0 * rank, 1.0 * rank, -0.0, 1e300, -1e300, 5e-324, 0, 1, 2, 3};
  world.max(std::span(doubles));
  EXPECT_EQ(doubles, (std::vector<double>{0, size - 1.0, 0, 1e300, -1e300, 5e-324, 0, 1, 2, 3}));

  // a tie of value goes to the lowest index, which here the last rank has; absent candidates lose
  std::vector<comm::Extreme> extremes(7, {.value = 2, .index = 100 - rank});
  extremes[1] = {.value = 1.0 * rank, .index = rank};
  extremes[2] = {.value = -5, .index = rank == size - 1 ? 7 : -1};
  extremes[3] = {.value = 0, .index = -1};
  extremes[4] = {.value = rank % 2 == 0 ? 0.0 : -0.0, .index = 50 + rank};
  auto highest = extremes;
  world.argmin(std::span(extremes));
  EXPECT_EQ(extremes[0], (comm::Extreme{.value = 2, .index = 101 - size}));
  EXPECT_EQ(extremes[1], (comm::Extreme{.value = 0, .index = 0}));
  EXPECT_EQ(extremes[2], (comm::Extreme{.value = -5, .index = 7}));
  EXPECT_EQ(extremes[3].index, -1);
  EXPECT_EQ(extremes[4].index, 50);
  world.argmax(std::span(highest));
  EXPECT_EQ(highest[1], (comm::Extreme{.value = size - 1.0, .index = size - 1}));
  EXPECT_EQ(highest[2].index, 7);
  EXPECT_EQ(highest[4].index, 50);

  // prefix
  EXPECT_EQ(world.exclusive_sum(rank + 1), std::int64_t{rank} * (rank + 1) / 2);

  // broadcasts from the first and the last rank, of nothing, little and much
  for (const int root : {0, size - 1}) {
    std::vector<std::int32_t> values(333, rank == root ? 42 : -1);
    world.broadcast(std::span(values), root);
    EXPECT_EQ(values, std::vector<std::int32_t>(333, 42));
    EXPECT_EQ(world.broadcast_value(rank, root), root);
    EXPECT_EQ(world.broadcast_text(rank == root ? std::string(1000, 'x') : "other", root), std::string(1000, 'x'));
    EXPECT_EQ(world.broadcast_text(rank == root ? "" : "other", root), "");
    const std::vector<std::string> texts = {"", std::string("a\0b", 3), std::string(100, 'y'), "\xff"};
    EXPECT_EQ(world.broadcast_texts(rank == root ? texts : std::vector<std::string>{"other"}, root), texts);
    EXPECT_TRUE(world.broadcast_texts(rank == root ? std::vector<std::string>() : texts, root).empty());
  }

  // gathers: equal, ragged, and of nothing
  const auto one_each = world.all_gather(comm::Extreme{.value = rank / 2.0, .index = rank});
  ASSERT_EQ(one_each.size(), static_cast<std::size_t>(size));
  for (int r = 0; r < size; ++r) EXPECT_EQ(one_each[static_cast<std::size_t>(r)], (comm::Extreme{.value = r / 2.0, .index = r}));
  const auto ragged = [](int r) { return std::vector<std::int64_t>(static_cast<std::size_t>(r % 3 * 20), 1000 + r); };
  const auto mine = ragged(rank);
  const auto all = world.all_gather_all(std::span<const std::int64_t>(mine));
  const auto at_root = world.gather(std::span<const std::int64_t>(mine), size - 1);
  for (int r = 0; r < size; ++r) {
    EXPECT_EQ(std::vector(all.from(r).begin(), all.from(r).end()), ragged(r));
    EXPECT_EQ(std::vector(at_root.from(r).begin(), at_root.from(r).end()),
              rank == size - 1 ? ragged(r) : std::vector<std::int64_t>{});
  }
  EXPECT_TRUE(world.all_gather_all(std::span<const double>()).values.empty());

  // all-to-all: rank a sends (a + 2 b) % 4 * 7 values a * 100 + b to rank b, so some parts are empty
  const auto part = [](int a, int b) {
    return std::vector<std::int32_t>(static_cast<std::size_t>((a + 2 * b) % 4 * 7), a * 100 + b);
  };
  std::vector<std::vector<std::int32_t>> parts;
  for (int r = 0; r < size; ++r) parts.push_back(part(rank, r));
  const std::vector<std::span<const std::int32_t>> send(parts.begin(), parts.end());
  const auto received = world.all_to_all(send);
  for (int r = 0; r < size; ++r) EXPECT_EQ(std::vector(received.from(r).begin(), received.from(r).end()), part(r, rank));
  std::vector<std::vector<std::int32_t>> known;
  for (int r = 0; r < size; ++r) known.emplace_back(part(r, rank).size());
  world.all_to_all_into(send, {known.begin(), known.end()});
  for (int r = 0; r < size; ++r) EXPECT_EQ(known[static_cast<std::size_t>(r)], part(r, rank));
  const std::vector<std::span<const std::byte>> nothing(static_cast<std::size_t>(size));
  EXPECT_TRUE(world.all_to_all(nothing).values.empty());
  world.barrier();
}

/// The table of Statistics after these calls is what its docstring says.
inline void statistics_hold(comm::Communicator& world) {
  const int rank = world.rank();
  const int size = world.size();
  world.statistics() = {};
  std::vector<std::int64_t> ten(10, 1);
  {
    const comm::StageScope outer(world.statistics(), "fit");
    world.sum(std::span(ten));
    {
      const comm::StageScope inner(world.statistics(), "round");
      world.broadcast(std::span(ten), size - 1);
      world.all_gather(std::int32_t{7});
    }
    world.all_gather_all(std::span<const std::int64_t>(ten));
    world.gather(std::span<const std::int64_t>(ten), 0);
  }
  const std::vector<std::span<const std::int64_t>> send(static_cast<std::size_t>(size), ten);
  world.all_to_all(send);
  world.broadcast_text("twelve bytes");
  world.max_value(1.0F);
  const auto& table = world.statistics().table();
  const auto bytes = [&](const char* stage, const char* collective) { return table.at({stage, collective}).bytes; };
  EXPECT_EQ(bytes("fit", "sum"), 80);
  EXPECT_EQ(bytes("fit/round", "broadcast"), rank == size - 1 ? 80 : 0);
  EXPECT_EQ(bytes("fit/round", "all_gather"), 4);
  EXPECT_EQ(bytes("fit", "all_gather"), 80);
  EXPECT_EQ(bytes("fit", "gather"), rank == 0 ? 0 : 80);
  EXPECT_EQ(bytes("", "all_to_all"), 80 * (size - 1));
  EXPECT_EQ(bytes("", "broadcast"), rank == 0 ? 12 : 0);
  EXPECT_EQ(bytes("", "max"), 8);
  EXPECT_EQ(world.statistics().total("fit/round").calls, 2);
  EXPECT_EQ(world.statistics().total("fit").calls, 5);
  EXPECT_EQ(world.statistics().total("fi").calls, 0);
  EXPECT_EQ(world.statistics().total().calls, 8);
}

inline constexpr std::int64_t usual_message = std::int64_t{1} << 30;

}  // namespace fullbase::testing
