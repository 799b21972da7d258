// Every job kind there is: one line each. A kind's page is jobs/<kind>.cpp.
#pragma once

#include "runtime/job_kind.hpp"

namespace fullbase::jobs {

// One page each.
std::shared_ptr<const runtime::JobKind> select_kind();
std::shared_ptr<const runtime::JobKind> aggregate_kind();
std::shared_ptr<const runtime::JobKind> join_kind();
std::shared_ptr<const runtime::JobKind> dedupe_kind();
std::shared_ptr<const runtime::JobKind> rfm_kind();
std::shared_ptr<const runtime::JobKind> kmeans_kind();
std::shared_ptr<const runtime::JobKind> split_kind();
std::shared_ptr<const runtime::JobKind> encode_kind();
std::shared_ptr<const runtime::JobKind> select_features_kind();
std::shared_ptr<const runtime::JobKind> forest_kind();
std::shared_ptr<const runtime::JobKind> logistic_kind();
std::shared_ptr<const runtime::JobKind> svm_kind();
std::shared_ptr<const runtime::JobKind> predict_kind();
std::shared_ptr<const runtime::JobKind> evaluate_kind();
std::shared_ptr<const runtime::JobKind> drift_kind();
std::shared_ptr<const runtime::JobKind> itemsets_kind();
std::shared_ptr<const runtime::JobKind> rules_kind();
std::shared_ptr<const runtime::JobKind> recommend_rules_kind();
std::shared_ptr<const runtime::JobKind> itemset_groups_kind();
std::shared_ptr<const runtime::JobKind> interactions_kind();
std::shared_ptr<const runtime::JobKind> factorise_kind();
std::shared_ptr<const runtime::JobKind> recommend_kind();
std::shared_ptr<const runtime::JobKind> content_kind();
std::shared_ptr<const runtime::JobKind> neighbours_kind();
std::shared_ptr<const runtime::JobKind> evaluate_recommendations_kind();

/// All of them, in the order of the documentation.
const runtime::JobKinds& job_kinds();

}  // namespace fullbase::jobs
