// Documents as vectors over the terms of a vocabulary.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/texts/documents.hpp"
#include "algorithms/texts/terms.hpp"
#include "algorithms/texts/vocabulary.hpp"
#include "data/budget.hpp"

namespace fullbase::texts {

/// One rank's documents: document d has entries [starts[d], starts[d + 1]), terms ascending, each once.
struct TermVectors {
  std::vector<std::int64_t> starts = {0};
  std::vector<std::int32_t> terms;  ///< codes of Vocabulary::terms
  std::vector<float> weights;
};

struct WeightOptions {
  bool sublinear = false;  ///< 1 + ln of how often a document has a term, in place of how often
};

/// Of each term: ln((1 + n) / (1 + d)) + 1, n all documents, d those that have it (scikit-learn's smooth idf). Not collective.
std::vector<double> inverse_document_frequencies(const Vocabulary& vocabulary);

/// How often a document has a term times the term's `frequencies`, divided by the vector's length (Salton, Buckley 1988); a
/// document without a term of the vocabulary has no entry. Worked out in double in the order of terms, rounded once to float32:
/// the same bits on any ranks and threads. Not collective. `memory` takes 8 bytes an entry from the budget, twice while it is
/// made, and TextNumbers of the vocabulary.
TermVectors tf_idf(const Documents& documents, const TermReader& reader, const Vocabulary& vocabulary,
                   const std::vector<double>& frequencies, const WeightOptions& options, data::Budget& budget,
                   data::Reservation& memory);

}  // namespace fullbase::texts
