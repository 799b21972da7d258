#include "jobs/registry.hpp"

namespace fullbase::jobs {

const runtime::JobKinds& job_kinds() {
  static const runtime::JobKinds kinds = {
      select_kind(),
      aggregate_kind(),
      join_kind(),
      dedupe_kind(),
      rfm_kind(),
      kmeans_kind(),
      split_kind(),
      encode_kind(),
      select_features_kind(),
      forest_kind(),
      logistic_kind(),
      svm_kind(),
      predict_kind(),
      evaluate_kind(),
      drift_kind(),
      itemsets_kind(),
      rules_kind(),
      recommend_rules_kind(),
      itemset_groups_kind(),
      interactions_kind(),
      factorise_kind(),
      neighbours_kind(),
      content_kind(),
      recommend_kind(),
      evaluate_recommendations_kind(),
  };
  return kinds;
}

}  // namespace fullbase::jobs
