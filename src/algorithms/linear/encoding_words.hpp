// An encoding as part of a stored model.
#pragma once

#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/scorer.hpp"
#include "algorithms/linear/encoding.hpp"

namespace fullbase::linear {

/// What encode() takes: neither spread nor greatest.
void write_encoding(learning::ModelWriter& writer, const Encoding& encoding);
/// The encoding of the head's features. Throws input errors for what does not fit them.
Encoding read_encoding(const learning::ModelReader& reader, const learning::ModelHead& head);

}  // namespace fullbase::linear
