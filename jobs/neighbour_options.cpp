#include "jobs/neighbour_options.hpp"

#include <fmt/format.h>

namespace fullbase::jobs {

using recommendation::Likeness;

void check_neighbour_options(const NeighbourJobOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
  const auto report = [&](const char* key, const char* needed) {
    diagnostics.error(config::locate(node, key), fmt::format("`{}` means nothing without `likeness: {}`", key, needed),
                      "leave it out");
  };
  // Defaults are let pass: the echo of a job has them.
  constexpr recommendation::NeighbourOptions defaults;
  if (options.common_only && options.likeness != Likeness::cosine) report("common_only", "cosine");
  if (options.likeness == Likeness::bm25) return;
  if (options.bm25_k1 != defaults.bm25_k1) report("bm25_k1", "bm25");
  if (options.bm25_b != defaults.bm25_b) report("bm25_b", "bm25");
}

}  // namespace fullbase::jobs
