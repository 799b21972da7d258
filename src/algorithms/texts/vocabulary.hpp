// The terms of all documents, and how many documents have each.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/texts/documents.hpp"
#include "algorithms/texts/terms.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/dictionary.hpp"

namespace fullbase::texts {

/// Which terms count.
struct VocabularyOptions {
  std::int64_t least_documents = 1;  ///< that have a term
  double most_share = 1;             ///< of all documents, that have it
};

/// The same on every rank.
struct Vocabulary {
  data::DictionaryPointer terms;        ///< by bytes
  std::vector<std::int64_t> documents;  ///< that have each term
  std::int64_t all_documents = 0;       ///< those without any term too
  std::int64_t found = 0;               ///< different terms before some were left out
  data::Reservation memory;

  std::int32_t size() const noexcept { return terms->size(); }
};

/// Collective. `documents`: this rank's; every document is on one rank. Throws an input error if no term is left.
/// Method: a rank's different terms with their documents go to owners by hash, who leave out what does not count; the rest goes
/// to all. Sends a rank's terms once with 12 bytes each, then what counts as comm::unite_dictionaries(), and 8 bytes a term.
/// Memory, from the budget: TextNumbers of a rank's terms for each thread that has met them, and of those that it owns, with 8
/// bytes a term to send them; in the end 16 bytes a term that counts, and its bytes.
Vocabulary build_vocabulary(comm::Communicator& communicator, const Documents& documents, const TermReader& reader,
                            const VocabularyOptions& options, data::Budget& budget);

}  // namespace fullbase::texts
