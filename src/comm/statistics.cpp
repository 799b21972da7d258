#include "comm/statistics.hpp"

namespace fullbase::comm {

void Statistics::count(std::string_view collective, std::int64_t bytes) {
  auto& traffic = table_[{stage_, std::string(collective)}];
  ++traffic.calls;
  traffic.bytes += bytes;
}

Traffic Statistics::total() const noexcept {
  Traffic sum;
  for (const auto& [key, traffic] : table_) {
    sum.calls += traffic.calls;
    sum.bytes += traffic.bytes;
  }
  return sum;
}

Traffic Statistics::total(std::string_view stage) const noexcept {
  Traffic sum;
  for (const auto& [key, traffic] : table_) {
    const std::string_view name = key.first;
    const bool within = name.starts_with(stage) && (name.size() == stage.size() || stage.empty() || name[stage.size()] == '/');
    if (!within) continue;
    sum.calls += traffic.calls;
    sum.bytes += traffic.bytes;
  }
  return sum;
}

StageScope::StageScope(Statistics& statistics, std::string_view name) : statistics_(statistics), outer_(statistics.stage_) {
  if (!statistics_.stage_.empty()) statistics_.stage_ += '/';
  statistics_.stage_ += name;
}

StageScope::~StageScope() {
  statistics_.stage_ = std::move(outer_);
}

}  // namespace fullbase::comm
