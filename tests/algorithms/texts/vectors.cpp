// Vocabularies and vectors: by hand, against a plain count, on any ranks and threads, with little memory.
#include "algorithms/texts/document_terms.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "algorithms/texts/text_numbers.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"
#include "random/generator.hpp"

namespace fullbase::texts {
namespace {

using fullbase::testing::error_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Texts = std::vector<std::vector<std::string>>;  ///< by document

/// What any rank may say of a run, put together in the order of documents.
struct Outcome {
  std::vector<std::string> terms;
  std::vector<std::int64_t> documents;
  std::int64_t found = 0;
  std::vector<std::map<std::string, float>> vectors;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome_of(const Texts& texts, const TermOptions& terms, const VocabularyOptions& counting = {},
                   const WeightOptions& weights = {}, int ranks = 1, std::int64_t memory = 1 << 28) {
  Outcome outcome;
  outcome.vectors.resize(texts.size());
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    // Ranks have documents in any numbers, the second none.
    const auto of_rank = [&](std::size_t d) {
      return ranks == 1 ? 0 : d % 7 == 0 || ranks == 2 ? 0 : static_cast<int>(d % 7 < 4 ? ranks - 1 : 2);
    };
    Documents documents;
    std::vector<std::size_t> own;
    for (std::size_t d = 0; d < texts.size(); ++d) {
      if (of_rank(d) != communicator.rank()) continue;
      own.push_back(d);
      for (const auto& text : texts[d]) documents.texts.push_back(text);
      documents.starts.push_back(documents.texts.size());
    }
    const TermReader reader(terms);
    const auto vocabulary = build_vocabulary(communicator, documents, reader, counting, budget);
    data::Reservation held;
    const auto vectors = tf_idf(documents, reader, vocabulary, inverse_document_frequencies(vocabulary), weights, budget, held);
    EXPECT_EQ(vectors.starts.size(), own.size() + 1);
    const std::scoped_lock lock(mutex);
    Outcome mine{.terms = {}, .documents = vocabulary.documents, .found = vocabulary.found, .vectors = {}};
    for (std::int32_t t = 0; t < vocabulary.size(); ++t) mine.terms.emplace_back((*vocabulary.terms)[t]);
    if (!outcome.terms.empty()) {
      EXPECT_EQ(mine.terms, outcome.terms);
      EXPECT_EQ(mine.documents, outcome.documents);
    }
    outcome.terms = mine.terms;
    outcome.documents = mine.documents;
    outcome.found = mine.found;
    for (std::size_t i = 0; i < own.size(); ++i) {
      for (auto at = vectors.starts[i]; at < vectors.starts[i + 1]; ++at) {
        const auto place = static_cast<std::size_t>(at);
        EXPECT_TRUE(at == vectors.starts[i] || vectors.terms[place - 1] < vectors.terms[place]);
        outcome.vectors[own[i]][outcome.terms[static_cast<std::size_t>(vectors.terms[place])]] = vectors.weights[place];
      }
    }
  });
  return outcome;
}

TEST(TfIdf, AnExampleByHand) {
  const auto outcome = outcome_of({{"red tea"}, {"tea, tea", "pot"}, {""}}, {});
  EXPECT_THAT(outcome.terms, ElementsAre("pot", "red", "tea"));
  EXPECT_THAT(outcome.documents, ElementsAre(1, 1, 2));
  const double rare = std::log(4.0 / 2.0) + 1;
  const double often = std::log(4.0 / 3.0) + 1;
  const double length = std::sqrt(4 * often * often + rare * rare);
  EXPECT_NEAR(outcome.vectors[1].at("tea"), 2 * often / length, 1e-7);
  EXPECT_NEAR(outcome.vectors[1].at("pot"), rare / length, 1e-7);
  EXPECT_TRUE(outcome.vectors[2].empty());
  // 1 + ln 2 in place of 2.
  const auto sublinear = outcome_of({{"red tea"}, {"tea, tea", "pot"}, {""}}, {}, {}, {.sublinear = true});
  EXPECT_NEAR(sublinear.vectors[1].at("tea") / sublinear.vectors[1].at("pot"), (1 + std::log(2.0)) * often / rare, 1e-6);
}

TEST(TfIdf, RareAndCommonTermsAreLeftOut) {
  const Texts texts = {{"a b"}, {"a c"}, {"a c d"}, {"a e"}};
  const auto some = outcome_of(texts, {}, {.least_documents = 2, .most_share = 0.5});
  EXPECT_THAT(some.terms, ElementsAre("c"));
  EXPECT_EQ(some.found, 5);
  EXPECT_TRUE(some.vectors[0].empty());
  EXPECT_FLOAT_EQ(some.vectors[1].at("c"), 1);
}

Texts random_texts(std::int64_t documents) {
  const random::Generator draws(random::Key{5});
  const std::vector<std::string> syllables = {"ka", "Lo", "mi", "早", "餐", "é", "x", "酒店"};
  Texts texts;
  for (std::int64_t d = 0; d < documents; ++d) {
    texts.emplace_back();
    const auto parts = static_cast<std::int64_t>(draws.uniform(d, 0) * 3);
    for (std::int64_t p = 0; p < parts; ++p) {
      std::string text;
      for (std::int64_t w = 0; w < 6; ++w) {
        const auto count = 1 + static_cast<std::int64_t>(draws.uniform(d, 100 * p + 10 * w + 1) * 3);
        for (std::int64_t s = 0; s < count; ++s)
          text += syllables[static_cast<std::size_t>(draws.uniform(d, 100 * p + 10 * w + 2 + s) * 8)];
        text += w % 2 == 0 ? " " : ", ";
      }
      texts.back().push_back(text);
    }
  }
  return texts;
}

TEST(TfIdf, EveryTermOfEveryDocumentCounts) {
  const auto texts = random_texts(300);
  const TermOptions options{.words = WordOptions{}, .n_grams = NGramOptions{2, 3}};
  const auto outcome = outcome_of(texts, options, {.least_documents = 3, .most_share = 0.5});
  const TermReader reader(options);
  std::map<std::string, std::set<std::size_t>> holders;
  std::vector<std::map<std::string, double>> counts(texts.size());
  for (std::size_t d = 0; d < texts.size(); ++d) {
    data::Strings terms;
    for (const auto& text : texts[d]) reader.read(text, terms);
    for (std::int64_t i = 0; i < terms.size(); ++i) {
      holders[std::string(terms[i])].insert(d);
      ++counts[d][std::string(terms[i])];
    }
  }
  EXPECT_EQ(outcome.found, std::ssize(holders));
  std::erase_if(holders, [](const auto& one) { return one.second.size() < 3 || one.second.size() > 150; });
  ASSERT_EQ(outcome.terms.size(), holders.size());
  std::size_t t = 0;
  for (const auto& [term, documents] : holders) {
    EXPECT_EQ(outcome.terms[t], term);
    EXPECT_EQ(outcome.documents[t++], std::ssize(documents));
  }
  for (std::size_t d = 0; d < texts.size(); ++d) {
    std::erase_if(counts[d], [&](const auto& one) { return !holders.contains(one.first); });
    double squares = 0;
    for (auto& [term, weight] : counts[d]) {
      weight *= std::log(301.0 / (1.0 + static_cast<double>(holders[term].size()))) + 1;
      squares += weight * weight;
    }
    ASSERT_EQ(outcome.vectors[d].size(), counts[d].size()) << d;
    for (const auto& [term, weight] : counts[d]) EXPECT_NEAR(outcome.vectors[d].at(term), weight / std::sqrt(squares), 1e-7);
  }
}

TEST(TfIdf, TheSameOnAnyRanksThreadsAndBudget) {
  const auto texts = random_texts(600);
  const TermOptions options{.words = WordOptions{}, .n_grams = NGramOptions{2, 4}};
  const auto expected = outcome_of(texts, options, {.least_documents = 2});
  const int threads = parallel::thread_count();
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int each : {1, 2}) {
      parallel::set_thread_count(each);
      EXPECT_EQ(outcome_of(texts, options, {.least_documents = 2}, {}, ranks, 8 << 20), expected) << ranks << " x " << each;
    }
  }
  parallel::set_thread_count(threads);
}

TEST(TfIdf, WithoutTermsItIsAnError) {
  EXPECT_THAT(error_text([] { outcome_of({{"..."}, {}}, {}, {}, {}, 3); }), HasSubstr("no text has a term"));
  EXPECT_THAT(error_text([] {
                outcome_of({{"a"}, {"b"}}, {}, {.least_documents = 2}, {}, 3);
              }),
              HasSubstr("none of 2 terms is in at least 2 and at most 2 of 2 texts"));
}

TEST(TfIdf, WhatDoesNotFitTheBudgetIsSaid) {
  for (const int ranks : {1, 3}) {
    EXPECT_THAT(error_text(
                    [&] {
                      outcome_of(random_texts(600), {.n_grams = NGramOptions{2, 6}}, {}, {}, ranks, 200000);
                    },
                    base::ErrorKind::job_file),
                HasSubstr("memory_per_rank"));
  }
}

TEST(TextNumbers, TextsAreFoundByTheNumberThatTheyGot) {
  data::Budget budget(1 << 24);
  {
    TextNumbers numbers(budget);
    EXPECT_EQ(numbers.find("a"), -1);
    for (std::int32_t i = 0; i < 10000; ++i) EXPECT_EQ(numbers.add("text " + std::to_string(i)), i);
    EXPECT_EQ(numbers.add("text 17"), 17);
    EXPECT_EQ(numbers.find("text 9999"), 9999);
    EXPECT_EQ(numbers.find("text"), -1);
    EXPECT_EQ(numbers.size(), 10000);
    EXPECT_LT(budget.available(), 1 << 24);
  }
  EXPECT_EQ(budget.available(), 1 << 24);
}

}  // namespace
}  // namespace fullbase::texts
