// Every kind of model there is: one line each. What a step wrote into its table `model`, read back as what scores rows.
#pragma once

#include <memory>

#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/scorer.hpp"

namespace fullbase::jobs {

/// Throws input errors for a kind that this program does not have, and what the kind's own loader throws.
std::unique_ptr<learning::Scorer> load_scorer(const learning::ModelReader& reader);

}  // namespace fullbase::jobs
