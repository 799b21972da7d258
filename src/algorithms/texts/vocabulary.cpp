#include "algorithms/texts/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

#include "algorithms/texts/text_numbers.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/dictionary.hpp"
#include "comm/row_exchange.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::texts {
namespace {

/// Terms and how many documents have each.
struct CountedTerms {
  explicit CountedTerms(data::Budget& budget) : table(budget) {}

  void add(std::string_view term, std::int32_t times) {
    const auto number = static_cast<std::size_t>(table.add(term));
    if (number == documents.size()) documents.push_back(0);
    documents[number] += times;
  }

  TextNumbers table;
  std::vector<std::int32_t> documents;
};

/// What a thread meets: a term counts once a document.
struct MetTerms {
  explicit MetTerms(data::Budget& budget) : counted(budget) {}

  void add(std::string_view term, std::int32_t document) {
    const auto number = static_cast<std::size_t>(counted.table.add(term));
    if (number == last.size()) {
      last.push_back(-1);
      counted.documents.push_back(0);
    }
    if (std::exchange(last[number], document) != document) ++counted.documents[number];
  }

  CountedTerms counted;
  std::vector<std::int32_t> last;  ///< document that had the term
};

CountedTerms met_terms(const Documents& documents, const TermReader& reader, data::Budget& budget) {
  constexpr std::int64_t grain = 64;
  std::vector<std::unique_ptr<MetTerms>> of_threads(static_cast<std::size_t>(parallel::thread_count()));
  std::vector<data::Strings> terms(of_threads.size());
  parallel::for_each(
      0, documents.size(),
      [&](std::int64_t document, int thread) {
        const auto t = static_cast<std::size_t>(thread);
        if (!of_threads[t]) of_threads[t] = std::make_unique<MetTerms>(budget);
        for (auto text = documents.starts[static_cast<std::size_t>(document)];
             text < documents.starts[static_cast<std::size_t>(document) + 1]; ++text) {
          terms[t].clear();
          reader.read(documents.texts[text], terms[t]);
          for (std::int64_t i = 0; i < terms[t].size(); ++i) of_threads[t]->add(terms[t][i], static_cast<std::int32_t>(document));
        }
      },
      grain);
  CountedTerms all(budget);
  for (auto& met : of_threads) {
    if (!met) continue;
    if (all.documents.empty()) {
      all = std::move(met->counted);
    } else {
      for (std::int32_t i = 0; i < met->counted.table.size(); ++i)
        all.add(met->counted.table.texts()[i], met->counted.documents[static_cast<std::size_t>(i)]);
    }
    met.reset();
  }
  return all;
}

/// The terms of all ranks that this one owns. Collective.
CountedTerms owned_terms(comm::Communicator& communicator, CountedTerms met, data::Budget& budget) {
  if (communicator.size() == 1) return met;
  std::vector<std::int64_t> starts(static_cast<std::size_t>(communicator.size()) + 1, 0);
  std::vector<std::int64_t> order;
  data::Reservation memory;
  const data::Field field{.name = "term", .type = data::Type::string};
  data::Column column(field, 0);
  comm::collective_try(communicator, "send terms", [&] {
    const auto& terms = met.table.texts();
    memory = budget.require(16 * terms.size() + std::ssize(terms.bytes()), "the order of terms");
    const auto ranks = static_cast<std::uint64_t>(communicator.size());
    const auto owner = [&](std::int64_t i) { return static_cast<std::size_t>((text_hash(terms[i]) >> 32U) % ranks); };
    for (std::int64_t i = 0; i < terms.size(); ++i) ++starts[owner(i) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    order.resize(static_cast<std::size_t>(terms.size()));
    auto next = starts;
    for (std::int64_t i = 0; i < terms.size(); ++i) order[static_cast<std::size_t>(next[owner(i)]++)] = i;
    column = data::Column(field, terms);
  });
  const auto [received, documents] = [&] {
    const comm::StageScope stage(communicator.statistics(), "send terms");
    comm::RowExchange exchange(communicator, order, std::move(starts));
    auto texts = exchange.column(column);
    return std::pair(std::move(texts), exchange.values(std::span<const std::int32_t>(met.documents)));
  }();
  met = CountedTerms(budget);
  CountedTerms owned(budget);
  comm::collective_try(communicator, "count terms", [&] {
    for (std::int64_t i = 0; i < received.rows(); ++i) owned.add(received.strings()[i], documents[static_cast<std::size_t>(i)]);
  });
  return owned;
}

/// The terms that count, by bytes, and how many documents have each.
std::pair<data::Dictionary, std::vector<std::int64_t>> counting_terms(const CountedTerms& terms, std::int64_t all_documents,
                                                                      const VocabularyOptions& options) {
  const auto& texts = terms.table.texts();
  std::vector<std::int32_t> kept;
  const double most = options.most_share * static_cast<double>(all_documents);
  for (std::int32_t i = 0; i < terms.table.size(); ++i) {
    const auto documents = terms.documents[static_cast<std::size_t>(i)];
    if (documents >= options.least_documents && documents <= most) kept.push_back(i);
  }
  std::ranges::sort(kept, [&](std::int32_t a, std::int32_t b) { return texts[a] < texts[b]; });
  data::Strings sorted;
  std::vector<std::int64_t> documents;
  for (const auto i : kept) {
    sorted.push_back(texts[i]);
    documents.push_back(terms.documents[static_cast<std::size_t>(i)]);
  }
  return {data::Dictionary(std::move(sorted)), std::move(documents)};
}

}  // namespace

Vocabulary build_vocabulary(comm::Communicator& communicator, const Documents& documents, const TermReader& reader,
                            const VocabularyOptions& options, data::Budget& budget) {
  Vocabulary result;
  result.all_documents = communicator.sum_value(documents.size());
  auto met = comm::collective_try(communicator, "read terms", [&] { return met_terms(documents, reader, budget); });
  auto terms = owned_terms(communicator, std::move(met), budget);
  data::Reservation making;
  auto [own, own_documents] = comm::collective_try(communicator, "choose terms", [&] {
    making = budget.require(28 * terms.table.size() + std::ssize(terms.table.texts().bytes()), "the terms that count");
    return counting_terms(terms, result.all_documents, options);
  });
  std::vector<std::int64_t> sums = {terms.table.size(), own.size(), std::ssize(own.texts().bytes())};
  terms = CountedTerms(budget);
  communicator.sum(std::span(sums));
  result.found = sums[0];
  if (result.found == 0)
    throw base::input_error("no text has a term", "", "see which columns hold the texts, and `least_characters`").known_to_all();
  if (sums[1] == 0) {
    throw base::input_error(
        fmt::format("none of {} terms is in at least {} and at most {} of {} texts", base::format_count(result.found),
                    base::format_count(options.least_documents),
                    base::format_count(static_cast<std::int64_t>(options.most_share * static_cast<double>(result.all_documents))),
                    base::format_count(result.all_documents)),
        "", "leave fewer terms out")
        .known_to_all();
  }
  comm::collective_try(communicator, "unite terms",
                       [&] { result.memory = budget.require(16 * sums[1] + sums[2], "the vocabulary of texts"); });
  auto united = comm::unite_dictionaries(communicator, own);
  result.terms = united.dictionary;
  result.documents.assign(static_cast<std::size_t>(result.terms->size()), 0);
  for (std::size_t i = 0; i < united.remap.size(); ++i)
    result.documents[static_cast<std::size_t>(united.remap[i])] = own_documents[i];
  const comm::StageScope stage(communicator.statistics(), "unite terms");
  communicator.sum(std::span(result.documents));
  return result;
}

}  // namespace fullbase::texts
