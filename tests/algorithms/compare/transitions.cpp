// Transitions are the contingency table of the matched rows.
#include "algorithms/compare/transitions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"

namespace fullbase::compare {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> by_id = {"id"};

TransitionTable count(const data::MemoryTable& earlier, const data::MemoryTable& later, int ranks,
                      std::int64_t memory = std::int64_t{1} << 30) {
  std::vector<TransitionTable> tables(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    tables[static_cast<std::size_t>(communicator.rank())] = transitions(communicator, earlier, later, by_id, "segment", budget);
  });
  for (const auto& table : tables) EXPECT_EQ(table.transitions, tables.front().transitions);
  return tables.front();
}

State value(std::int64_t number) {
  return {State::Kind::value, number};
}

TEST(Transitions, CategoriesComeTogetherFromTwoDictionaries) {
  const auto earlier = make_table(
      "old", {int64_column("id", {1, 2, 3, 4, 5}), category_column("segment", {"gold", "gold", "iron", std::nullopt, "iron"})});
  const auto later = make_table(
      "new", {int64_column("id", {5, 4, 3, 2, 6}), category_column("segment", {"copper", "iron", "iron", "gold", "gold"})});
  const auto table = count(earlier, later, 2);
  // copper 0, gold 1, iron 2
  EXPECT_EQ((*table.dictionary)[2], "iron");
  const State missing{State::Kind::missing, 0};
  const State absent;
  EXPECT_THAT(table.transitions,
              ElementsAre(Transition{value(1), value(1), 1}, Transition{value(1), absent, 1}, Transition{value(2), value(0), 1},
                          Transition{value(2), value(2), 1}, Transition{missing, value(2), 1}, Transition{absent, value(1), 1}));
}

TEST(Transitions, EqualBruteForceOnAnyRanksAndMemory) {
  std::mt19937 random(5);
  Optional<std::int64_t> ids, from, to;
  std::map<std::pair<State, State>, std::int64_t> expected;
  for (std::int64_t id = 0; id < 7'000; ++id) {
    ids.emplace_back(id);
    from.emplace_back(static_cast<std::int64_t>(random() % 5));
    to.emplace_back(static_cast<std::int64_t>(random() % 4) - 2);
    ++expected[{value(*from.back()), value(*to.back())}];
  }
  const auto earlier = make_table("old", {int64_column("id", ids), int64_column("segment", from)});
  const auto later = make_table("new", {int64_column("id", ids), int64_column("segment", to)});
  for (const int ranks : {1, 2, 3, 4}) {
    for (const auto memory : {std::int64_t{1} << 30, std::int64_t{1} << 10}) {
      std::map<std::pair<State, State>, std::int64_t> found;
      for (const auto& t : count(earlier, later, ranks, memory).transitions) found[{t.from, t.to}] = t.rows;
      EXPECT_EQ(found, expected);
    }
  }
}

TEST(Transitions, OtherTypesAndTooManyValuesAreRefused) {
  const auto of = [](data::Column segment) {
    Optional<std::int64_t> ids;
    for (std::int64_t i = 0; i < segment.rows(); ++i) ids.emplace_back(i);
    return make_table("t", {int64_column("id", ids), std::move(segment)});
  };
  const auto complaint = [](const data::MemoryTable& earlier, const data::MemoryTable& later) -> std::string {
    try {
      count(earlier, later, 2);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
      EXPECT_TRUE(error.is_known_to_all());
      return error.what();
    }
    return {};
  };
  const auto real = of(float64_column("segment", {1, 2}));
  EXPECT_THAT(complaint(real, real), HasSubstr("not of float64"));
  EXPECT_THAT(complaint(of(int64_column("segment", {1})), of(category_column("segment", {"1"}))), HasSubstr("has another type"));
  Optional<std::int64_t> many;
  for (std::int64_t i = 0; i <= most_transitions; ++i) many.emplace_back(i);
  EXPECT_THAT(complaint(of(int64_column("segment", many)), of(int64_column("segment", many))),
              HasSubstr("more than 100,000 different transitions"));
}

}  // namespace
}  // namespace fullbase::compare
