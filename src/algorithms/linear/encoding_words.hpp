// The encoding that a model's points are in, as part of a stored model.
#pragma once

#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/scorer.hpp"
#include "algorithms/linear/encoding.hpp"

namespace fullbase::kernel_machines {

void write_encoding(learning::ModelWriter& writer, const linear::Encoding& encoding);
/// The encoding of the head's features. Throws input errors for what does not fit them.
linear::Encoding read_encoding(const learning::ModelReader& reader, const learning::ModelHead& head);

}  // namespace fullbase::kernel_machines
