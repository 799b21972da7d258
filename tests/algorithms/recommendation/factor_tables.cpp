// Factors come back from their tables as they were written, whichever ranks have which rows.
#include "algorithms/recommendation/factor_tables.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "algorithms/recommendation/read_interactions.hpp"
#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using data::Field;
using data::Type;
using ::testing::HasSubstr;

/// Every customer buys one item of three: customers are all rows but those that `leaves_out` says.
data::MemoryTable pairs_of(std::int64_t customers, Type type, const std::function<bool(std::int64_t)>& leaves_out) {
  std::vector<std::int64_t> numbers;
  data::Strings texts;
  data::Strings categories;
  for (std::int64_t u = 0; u < customers; ++u) categories.push_back("customer " + std::to_string(100'000 + u));
  std::vector<std::int32_t> codes;
  std::vector<std::int64_t> items;
  std::vector<double> values;
  for (std::int64_t u = 0; u < customers; ++u) {
    if (leaves_out(u)) continue;
    numbers.push_back(7 * u);
    texts.push_back(categories[u]);
    codes.push_back(static_cast<std::int32_t>(u));
    items.push_back(u % 3);
    values.push_back(1);
  }
  data::Batch batch{{0, std::ssize(items)}, {}};
  const Field customer{.name = "customer", .type = type};
  if (type == Type::int64) {
    batch.columns.emplace_back(customer, std::move(numbers));
  } else if (type == Type::string) {
    batch.columns.emplace_back(customer, std::move(texts));
  } else {
    batch.columns.emplace_back(customer, std::move(codes), std::vector<std::uint8_t>(),
                               std::make_shared<data::Dictionary>(categories));
  }
  batch.columns.emplace_back(Field{.name = "item", .type = Type::int64}, std::move(items));
  batch.columns.emplace_back(Field{.name = "value", .type = Type::float64}, std::move(values));
  return {"pairs", std::move(batch)};
}

bool nobody(std::int64_t) {
  return false;
}

/// What factor f of a key is: another number for each.
float value_of(const data::Column& keys, std::int64_t row, int f) {
  const auto number = keys.field().type == Type::int64 ? keys.int64s()[static_cast<std::size_t>(row)] / 7
                                                       : std::stoll(std::string(keys.text(row).substr(9))) - 100'000;
  return static_cast<float>(number) + static_cast<float>(f) / 16;
}

/// The rows of a fit with these shares whose factors are value_of().
FactorRows rows_of(const SideKeys& keys, base::RowRange own, const FactorsShape& shape, bool is_customers) {
  FactorRows rows(own.size(), shape.columns());
  const auto column = keys.keys(own);
  for (std::int64_t row = 0; row < own.size(); ++row) {
    for (int f = 0; f < shape.columns(); ++f) rows.row(row)[f] = value_of(column, row, f);
    if (shape.biases) rows.row(row)[is_customers ? shape.rank + 1 : shape.rank] = 1;
  }
  return rows;
}

data::MemoryTable written(const data::MemoryTable& pairs, const FactorsShape& shape, int ranks, bool is_customers = true) {
  data::MemorySink sink;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto read = read_interactions(communicator, pairs, {0, 1, 2}, budget);
    const auto& shares = is_customers ? read.matrix.customers : read.matrix.items;
    const auto& keys = is_customers ? read.customers : read.items;
    const auto rows = rows_of(keys, shares.rows_of(communicator.rank()), shape, is_customers);
    write_factors(communicator, rows, shares, keys, is_customers, shape, sink);
  });
  return sink.table("factors", is_customers ? "customer" : "item");
}

struct Found {
  std::vector<float> values;  ///< of all ranks' rows, without padding
  std::vector<std::uint8_t> known;
  friend bool operator==(const Found&, const Found&) = default;
};

/// What a matrix of these pairs gets from the table; `expected`: what it should be.
Found read_back(const data::BlockSource& table, const data::MemoryTable& pairs, int ranks, bool is_customers = true,
                Found* expected = nullptr, std::int64_t round_bytes = comm::usual_round_bytes,
                std::int64_t budget_bytes = 1 << 28) {
  Found found;
  std::vector<Found> parts(static_cast<std::size_t>(ranks));
  std::vector<Found> truths(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto matrix = read_interactions(communicator, pairs, {0, 1, 2}, budget);
    const auto& keys = is_customers ? matrix.customers : matrix.items;
    // Other shares than the table's: all that can be on the first rank but one.
    std::vector<std::int64_t> costs(static_cast<std::size_t>(base::block_count(keys.rows())), 1);
    costs.front() = 1000;
    const RowShares shares(keys.rows(), communicator.size(), costs);
    const auto own = shares.rows_of(communicator.rank());
    data::Budget to_read(budget_bytes);
    const auto read = read_factors(communicator, table, keys, shares, is_customers, to_read, round_bytes);
    auto& part = parts[static_cast<std::size_t>(communicator.rank())];
    auto& truth = truths[static_cast<std::size_t>(communicator.rank())];
    part.known = read.known;
    const auto true_rows = rows_of(keys, own, factors_shape(table.schema()), is_customers);
    for (std::int64_t row = 0; row < read.rows.rows(); ++row) {
      const auto* values = read.rows.row(row);
      part.values.insert(part.values.end(), values, values + read.rows.size());
      truth.values.insert(truth.values.end(), true_rows.row(row), true_rows.row(row) + true_rows.size());
      truth.known.push_back(1);
    }
  });
  for (std::size_t rank = 0; rank < parts.size(); ++rank) {
    const auto join = [&](Found& into, const Found& part) {
      into.values.insert(into.values.end(), part.values.begin(), part.values.end());
      into.known.insert(into.known.end(), part.known.begin(), part.known.end());
    };
    join(found, parts[rank]);
    if (expected != nullptr) join(*expected, truths[rank]);
  }
  return found;
}

TEST(FactorTables, AreReadInRoundsThatTheBudgetHasRoomFor) {
  const auto pairs = pairs_of(5000, Type::int64, nobody);
  constexpr int rank = 40;
  const auto table = written(pairs, {rank, false}, 1);
  const auto expected = read_back(table, pairs, 1);
  const auto rows = std::ssize(expected.known);
  const auto little = FactorRows::bytes(rows, rank) + rows * 130;  // less than all rows take at once on their way
  EXPECT_EQ(read_back(table, pairs, 1, true, nullptr, comm::usual_round_bytes, little), expected);
}

TEST(FactorTables, ComeBackAsTheyWereOnAnyRanks) {
  for (const auto type : {Type::int64, Type::string, Type::category}) {
    const auto pairs = pairs_of(5000, type, nobody);
    for (const bool biases : {false, true}) {
      const FactorsShape shape{3, biases};
      const auto one = written(pairs, shape, 1);
      EXPECT_EQ(factors_shape(one.schema()), shape);
      EXPECT_EQ(one.schema(), factors_schema({.name = "customer", .type = type == Type::int64 ? type : Type::string}, 3, biases));
      for (const int ranks : {1, 2, 3, 4}) {
        const auto table = written(pairs, shape, ranks);
        EXPECT_EQ(table.whole().columns.back().values(), one.whole().columns.back().values()) << ranks << " ranks";
        Found expected;
        EXPECT_EQ(read_back(table, pairs, ranks, true, &expected), expected) << ranks << " ranks";
      }
    }
  }
}

TEST(FactorTables, SayWhichColumnsAreTheBiasAndWhoseTheyAre) {
  const auto pairs = pairs_of(4, Type::int64, nobody);
  const auto table = written(pairs, {2, true}, 1);
  EXPECT_EQ(table.whole().at("customer").int64s()[3], 21);
  EXPECT_EQ(table.whole().at("entries").int64s()[3], 1);
  EXPECT_EQ(table.whole().at("factor_1").float32s()[3], 3.0F);
  EXPECT_EQ(table.whole().at("factor_2").float32s()[3], 3.0625F);
  EXPECT_EQ(table.whole().at("bias").float32s()[3], 3.125F);
  const auto items = written(pairs, {2, true}, 1, false);
  EXPECT_EQ(items.whole().at("entries").int64s()[0], 2);
  EXPECT_EQ(items.whole().at("bias").float32s()[0], 0.1875F);
  for (const bool is_customers : {true, false}) {
    Found expected;
    EXPECT_EQ(read_back(is_customers ? table : items, pairs, 2, is_customers, &expected), expected);
  }
}

TEST(FactorTables, AMatrixGetsWhatItKnows) {
  const auto all = pairs_of(4000, Type::string, nobody);
  const auto some = pairs_of(4500, Type::category, [](std::int64_t u) { return u % 5 == 2 || u < 100; });
  const auto table = written(all, {4, true}, 2);
  Found expected;
  const auto found = read_back(table, some, 3, true, &expected);
  // Customers 4000 and above are not in the table.
  const auto strangers = std::ranges::count(found.known, 0);
  EXPECT_EQ(strangers, 400);
  const auto known = found.known.size() - 400;
  EXPECT_TRUE(
      std::equal(found.values.begin(), found.values.begin() + static_cast<std::ptrdiff_t>(6 * known), expected.values.begin()));
  EXPECT_TRUE(std::all_of(found.values.begin() + static_cast<std::ptrdiff_t>(6 * known), found.values.end(),
                          [](float value) { return value == 0; }));
  for (const int ranks : {1, 2, 4}) {
    EXPECT_EQ(read_back(table, some, ranks), found) << ranks << " ranks";
    EXPECT_EQ(read_back(table, some, ranks, true, nullptr, 1), found) << ranks << " ranks, a block a round";
  }
}

TEST(FactorTables, RowsThatCannotBeAreRefusedOnAnyRanks) {
  const auto pairs = pairs_of(3000, Type::int64, nobody);
  const auto table = written(pairs, {3, false}, 1);
  auto bad = table.whole();
  bad.columns[3].float32s()[2500] = data::missing_float32;
  bad.columns[4].float32s()[2100] = std::numeric_limits<float>::infinity();
  auto twice = table.whole();
  twice.columns[0].int64s()[2999] = 7 * 1800;
  twice.columns[0].int64s()[2998] = 7 * 1700;
  auto texts = pairs_of(3000, Type::string, nobody);
  for (const int ranks : {1, 2, 3}) {
    EXPECT_THAT(testing::error_text([&] { read_back(data::MemoryTable("factors", bad, "customer"), pairs, ranks); }),
                HasSubstr("factors.factor_3[2100]: a factor is infinite"));
    EXPECT_THAT(testing::error_text([&] { read_back(data::MemoryTable("factors", twice, "customer"), pairs, ranks); }),
                HasSubstr("factors: a value of 'customer' stands there more than once"));
    EXPECT_THAT(testing::error_text([&] { read_back(table, texts, ranks); }, base::ErrorKind::job_file),
                HasSubstr("the key 'customer' of the factors is int64, and the matrix has string"));
    const testing::BrokenSource broken(table, {2500, 2501});
    EXPECT_THAT(testing::error_text([&] { read_back(broken, pairs, ranks); }, base::ErrorKind::io), HasSubstr("cannot read"));
  }
}

TEST(FactorTables, OtherTablesAreNone) {
  data::Schema schema{{{.name = "customer", .type = Type::int64}, {.name = "factor_1", .type = Type::float64}}, "customer"};
  const auto text = [&] { return testing::error_text([&] { factors_shape(schema); }, base::ErrorKind::job_file); };
  EXPECT_THAT(text(), HasSubstr("this is no table of factors"));
  schema.fields[1].type = Type::float32;
  EXPECT_EQ(factors_shape(schema), (FactorsShape{1, false}));
  schema.key = "";
  EXPECT_THAT(text(), HasSubstr("this is no table of factors"));
}

}  // namespace
}  // namespace fullbase::recommendation
