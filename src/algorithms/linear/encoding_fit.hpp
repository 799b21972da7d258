// Means and deviations of number columns, shares of categories: what an encoding is fitted to.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "algorithms/learning/features.hpp"
#include "algorithms/linear/design.hpp"
#include "algorithms/linear/encoding.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::linear {

/// Throws an input error, known to all, for more categories than an encoding can place.
Encoding lay_out(const data::BlockSource& source, std::span<const learning::Feature> features);

/// Bytes that fit_encoding() takes on a rank with so many blocks: the moments of each number column in each block.
std::int64_t encoding_fit_bytes(std::int64_t blocks, std::int64_t numbers) noexcept;

/// Collective; the pass of build_design() over the columns, whose docstring says what it throws, sends and how exact it is. Calls
/// visit(block, values), where it is given, for each local block with feature f of its row i at values[f * base::block_rows + i],
/// on any thread, before anything has been found wrong with the values. Memory: encoding_fit_bytes(), which the caller takes from
/// its budget.
Encoding fit_encoding(comm::Communicator& communicator, const data::BlockSource& source,
                      std::span<const learning::Feature> features, const learning::FeatureReader& reader,
                      const DesignOptions& options,
                      const std::function<void(std::int64_t block, const double* values)>& visit = {});

}  // namespace fullbase::linear
