#include "jobs/registry.hpp"

namespace fullbase::jobs {

const runtime::JobKinds& job_kinds() {
  static const runtime::JobKinds kinds = {select_kind(), aggregate_kind(), join_kind(),  dedupe_kind(),  rfm_kind(),
                                          kmeans_kind(), predict_kind(),   drift_kind(), evaluate_kind()};
  return kinds;
}

}  // namespace fullbase::jobs
