// Items' texts, items by terms and customers' profiles: by hand, against plain sums, on any ranks and threads.
#include "algorithms/recommendation/content.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "algorithms/recommendation/item_texts.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "comm/own_rows.hpp"
#include "data/memory_table.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"
#include "random/generator.hpp"

namespace fullbase::recommendation {
namespace {

using data::Field;
using data::Type;
using fullbase::testing::error_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Row {
  std::string item;
  std::string title;
  std::string text;
};

/// An empty item or text is missing.
data::MemoryTable table_of(const std::vector<Row>& rows) {
  const auto column = [&](const char* name, std::string Row::*member) {
    data::Strings texts;
    std::vector<std::uint8_t> missing;
    for (const auto& row : rows) {
      texts.push_back(row.*member);
      missing.push_back((row.*member).empty());
    }
    return data::Column(Field{.name = name, .type = Type::string, .nullable = true}, std::move(texts), std::move(missing));
  };
  data::Batch batch{{0, std::ssize(rows)}, {}};
  batch.columns.push_back(column("item", &Row::item));
  batch.columns.push_back(column("title", &Row::title));
  batch.columns.push_back(column("text", &Row::text));
  return {"products", std::move(batch)};
}

struct Read {
  std::map<std::string, std::vector<std::string>> texts;
  std::int64_t missing = 0;
  std::int64_t without_any = 0;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read(const data::BlockSource& table, int ranks, std::int64_t memory = 1 << 26) {
  Read result;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    const auto items = read_item_texts(communicator, table, 0, std::vector<int>{1, 2}, budget);
    const auto own = items.shares.rows_of(communicator.rank());
    EXPECT_EQ(items.documents.size(), own.size());
    const auto keys = items.items.keys(own);
    const std::scoped_lock lock(mutex);
    for (std::int64_t d = 0; d < items.documents.size(); ++d) {
      auto& into = result.texts[std::string(keys.strings()[d])];
      EXPECT_TRUE(into.empty());
      for (auto i = items.documents.starts[static_cast<std::size_t>(d)];
           i < items.documents.starts[static_cast<std::size_t>(d) + 1]; ++i)
        into.emplace_back(items.documents.texts[i]);
    }
    result.missing = items.missing;
    result.without_any = items.without_any;
  });
  return result;
}

TEST(ItemTexts, TheDifferentTextsOfAllRowsOfAnItem) {
  const auto table =
      table_of({{"b", "red tea", "hot"}, {"a", "", ""}, {"b", "red tea", "cold"}, {"", "lost", "x"}, {"c", "早餐", "早餐"}});
  const std::map<std::string, std::vector<std::string>> expected = {
      {"a", {}}, {"b", {"cold", "hot", "red tea"}}, {"c", {"早餐"}}};
  for (const int ranks : {1, 2, 4}) {
    const auto found = read(table, ranks);
    EXPECT_EQ(found.texts, expected);
    EXPECT_EQ(found.missing, 1);
    EXPECT_EQ(found.without_any, 1);
  }
}

TEST(ItemTexts, TheSameOnAnyRanksAndThreads) {
  const random::Generator draws(random::Key{8});
  std::vector<Row> rows;
  for (std::int64_t r = 0; r < 70000; ++r) {
    const auto item = static_cast<int>(draws.uniform(r, 0) * 5000);
    rows.push_back({"item " + std::to_string(item), "title " + std::to_string(item % 90),
                    r % 3 == 0 ? "" : "text " + std::to_string(r % 700)});
  }
  const auto table = table_of(rows);
  const auto expected = read(table, 1);
  EXPECT_EQ(expected.texts.size(), 5000U);
  const int threads = parallel::thread_count();
  for (const int ranks : {1, 3}) {
    for (const int each : {1, 2}) {
      parallel::set_thread_count(each);
      EXPECT_EQ(read(table, ranks), expected) << ranks << " x " << each;
    }
  }
  parallel::set_thread_count(threads);
}

TEST(ItemTexts, ATextThatIsNotUtf8IsRefusedByItsPlace) {
  std::vector<Row> rows(5000, {"a", "fine", "fine"});
  rows[3000].text = "caf\xE9";
  rows[4000].text = "\xFF";
  for (const int ranks : {1, 2, 3}) {
    EXPECT_THAT(error_text([&] { read(table_of(rows), ranks); }),
                ::testing::AllOf(HasSubstr("products.text[3000]"), HasSubstr("not UTF-8")));
  }
}

TEST(ItemTexts, WithoutAnItemThereIsNothing) {
  EXPECT_THAT(error_text([] { read(table_of({{"", "a", "b"}}), 2); }), HasSubstr("there is no item"));
}

TEST(ItemTexts, AFailureOnOneRankEndsAll) {
  std::vector<Row> rows(5 * base::block_rows, {"a", "some text", "b"});
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r].item += std::to_string(r);
  const auto table = table_of(rows);
  for (int rank = 0; rank < 3; ++rank) {
    const fullbase::testing::BrokenSource broken(table, base::Partition(table.rows(), 3).rows_of(rank), 1);
    EXPECT_THAT(error_text([&] { read(broken, 3); }, base::ErrorKind::io),
                HasSubstr("rank " + std::to_string(rank) + ": products: cannot read"));
  }
  EXPECT_THAT(error_text([&] { read(table, 3, 50000); }, base::ErrorKind::job_file), HasSubstr("memory_per_rank"));
}

/// Item i has the terms t apart with (i + t) % 3 == 0, t < terms, weight 1 / (1 + t); every tenth has none.
SparseRows vectors_of(base::RowRange rows, std::int64_t terms, std::int64_t apart = 1) {
  SparseRows vectors;
  for (auto row = rows.first; row < rows.last; ++row) {
    for (std::int64_t t = 0; t < terms; ++t) {
      if ((row + t) % 3 != 0 || row % 10 == 9) continue;
      vectors.columns.push_back(static_cast<std::int32_t>(t * apart));
      vectors.values.push_back(1.0F / static_cast<float>(1 + t));
    }
    vectors.starts.push_back(std::ssize(vectors.columns));
  }
  return vectors;
}

TEST(ContentMatrix, TermsHaveTheItemsThatHaveThem) {
  constexpr std::int64_t items = 2500;
  constexpr std::int64_t apart = 500;  // so that several ranks have terms
  constexpr std::int64_t terms = 7 * apart;
  const auto all = vectors_of({0, items}, 7, apart);
  for (const int ranks : {1, 2, 3}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 26);
      const RowShares shares(items, ranks);
      const auto own = shares.rows_of(communicator.rank());
      const auto content = content_matrix(communicator, vectors_of(own, 7, apart), shares, terms, budget);
      EXPECT_EQ(content.matrix.of_customers.rows(), own.size());
      const auto own_terms = content.matrix.items.rows_of(communicator.rank());
      ASSERT_EQ(content.matrix.of_items.rows(), own_terms.size());
      for (auto t = own_terms.first; t < own_terms.last; ++t) {
        std::vector<std::int32_t> expected;
        for (std::int64_t row = 0; row < items; ++row) {
          if (std::ranges::count(all.columns_of(row), t) > 0) expected.push_back(static_cast<std::int32_t>(row));
        }
        const auto found = content.matrix.of_items.columns_of(t - own_terms.first);
        EXPECT_EQ(std::vector<std::int32_t>(found.begin(), found.end()), expected);
        for (const auto value : content.matrix.of_items.values_of(t - own_terms.first))
          EXPECT_EQ(value, 1.0F / static_cast<float>(1 + t / apart));
      }
    });
  }
}

/// Keys 0, step, 2 step, ... below `end`, each with an entry.
SideKeys keys_of(comm::Communicator& communicator, std::int64_t end, std::int64_t step, data::Budget& budget) {
  std::vector<std::int64_t> keys;
  for (std::int64_t key = 0; key < end; key += step) keys.push_back(key);
  const auto rows = std::ssize(keys);
  data::Batch batch{{0, rows}, {}};
  batch.columns.emplace_back(Field{.name = "item", .type = Type::int64}, std::move(keys));
  const data::MemoryTable table("keys", std::move(batch));
  auto slots = prepare::KeySlots::build(communicator, table, 0, comm::own_rows(communicator, rows), budget);
  std::vector<std::int32_t> entries(static_cast<std::size_t>(slots.size()), 0);
  const auto found = slots.find(table.whole()[0]);
  for (const auto slot : found) entries[static_cast<std::size_t>(slot)] = 1;
  return {std::move(slots), table.schema()[0], entries, budget};
}

using Lists = std::map<std::int64_t, std::vector<std::pair<std::int32_t, float>>>;

/// Customers 0 to 1999 bought items 0, 2, 4, ... of 400 (customer u: those with number % (u % 7 + 2) == 0, value u % 3 - 0.5);
/// items 0, 3, 6, ... below 300 have texts.
Lists profiles_of(int ranks, std::int64_t terms, std::int64_t top, std::int64_t& served) {
  Lists lists;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 26);
    const auto item_keys = keys_of(communicator, 400, 2, budget);
    const auto content_keys = keys_of(communicator, 300, 3, budget);
    const RowShares customers(2000, ranks);
    const RowShares items(content_keys.rows(), ranks);
    const auto own = customers.rows_of(communicator.rank());
    SparseRows purchases;
    for (auto u = own.first; u < own.last; ++u) {
      for (std::int64_t i = 0; i < item_keys.rows(); ++i) {
        if (i % (u % 7 + 2) != 0 || u % 50 == 0) continue;
        purchases.columns.push_back(static_cast<std::int32_t>(i));
        purchases.values.push_back(static_cast<float>(u % 3) - 0.5F);
      }
      purchases.starts.push_back(std::ssize(purchases.columns));
    }
    const auto profiles =
        customer_profiles(communicator, purchases, item_keys, vectors_of(items.rows_of(communicator.rank()), terms), items,
                          content_keys, terms, top, budget);
    const std::scoped_lock lock(mutex);
    served = profiles.served;
    for (auto u = own.first; u < own.last; ++u) {
      const auto ids = profiles.lists.ids_of(u - own.first);
      for (std::size_t i = 0; i < ids.size(); ++i) lists[u].emplace_back(ids[i], profiles.lists.scores_of(u - own.first)[i]);
    }
  });
  return lists;
}

TEST(CustomerProfiles, AreTheTermsOfWhatCustomersBought) {
  constexpr std::int64_t terms = 11;
  const auto vectors = vectors_of({0, 100}, terms);
  std::int64_t served = 0;
  const auto found = profiles_of(1, terms, 4, served);
  EXPECT_EQ(served, std::ssize(found));
  for (std::int64_t u = 0; u < 2000; ++u) {
    std::vector<double> sums(terms, 0);
    for (std::int64_t key = 0; key < 300; key += 6) {  // bought and with a text
      if (key / 2 % (u % 7 + 2) != 0 || u % 50 == 0) continue;
      const auto columns = vectors.columns_of(key / 3);
      for (std::size_t i = 0; i < columns.size(); ++i)
        sums[static_cast<std::size_t>(columns[i])] +=
            (static_cast<double>(u % 3) - 0.5) * static_cast<double>(vectors.values_of(key / 3)[i]);
    }
    double squares = 0;
    for (const double sum : sums) squares += sum * sum;
    std::vector<std::pair<double, std::int32_t>> expected;
    for (std::int32_t t = 0; t < terms; ++t) {
      if (sums[static_cast<std::size_t>(t)] > 0)
        expected.emplace_back(-sums[static_cast<std::size_t>(t)] / std::sqrt(squares), t);
    }
    std::ranges::sort(expected);
    expected.resize(std::min<std::size_t>(expected.size(), 4));
    if (expected.empty()) {
      EXPECT_FALSE(found.contains(u)) << u;
      continue;
    }
    ASSERT_TRUE(found.contains(u)) << u;
    ASSERT_EQ(found.at(u).size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(found.at(u)[i].first, expected[i].second);
      EXPECT_NEAR(found.at(u)[i].second, -expected[i].first, 1e-6);
    }
  }
}

TEST(CustomerProfiles, TheSameOnAnyRanksAndThreads) {
  std::int64_t expected_served = 0;
  const auto expected = profiles_of(1, 11, 4, expected_served);
  const int threads = parallel::thread_count();
  for (const int ranks : {1, 2, 4}) {
    for (const int each : {1, 2}) {
      parallel::set_thread_count(each);
      std::int64_t served = 0;
      EXPECT_EQ(profiles_of(ranks, 11, 4, served), expected);
      EXPECT_EQ(served, expected_served);
    }
  }
  parallel::set_thread_count(threads);
}

TEST(WriteEntries, EveryEntryIsARow) {
  constexpr std::int64_t items = 3000;
  const auto all = vectors_of({0, items}, 7);
  for (const int ranks : {1, 3}) {
    data::MemorySink sink;
    data::Schema schema;
    std::mutex mutex;
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 26);
      const auto item_keys = keys_of(communicator, 2 * items, 2, budget);
      const auto column_keys = keys_of(communicator, 7, 1, budget);
      const RowShares shares(items, ranks);
      const auto written = entries_schema(item_keys.field(), {.name = "term", .type = Type::int64}, "weight");
      write_entries(communicator, vectors_of(shares.rows_of(communicator.rank()), 7), shares, item_keys, column_keys, written,
                    sink);
      const std::scoped_lock lock(mutex);
      schema = written;
    });
    const auto table = sink.table("vectors");
    EXPECT_EQ(table.schema().fields, schema.fields);
    ASSERT_EQ(table.rows(), all.entries());
    std::int64_t entry = 0;
    for (std::int64_t row = 0; row < items; ++row) {
      for (std::size_t i = 0; i < all.columns_of(row).size(); ++i, ++entry) {
        EXPECT_EQ(table.whole()[0].int64s()[static_cast<std::size_t>(entry)], 2 * row);
        EXPECT_EQ(table.whole()[1].int64s()[static_cast<std::size_t>(entry)], all.columns_of(row)[i]);
        EXPECT_EQ(table.whole()[2].float32s()[static_cast<std::size_t>(entry)], all.values_of(row)[i]);
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::recommendation
