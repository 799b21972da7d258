#include "store/csv/reject_store.hpp"

#include <utility>

namespace fullbase::store::csv {

void RejectStore::add(std::size_t piece, const std::vector<Reject>& rejects) {
  std::vector<std::int64_t> lines;
  std::vector<std::int32_t> columns;
  std::vector<std::uint8_t> reasons;
  data::Strings texts;
  for (const Reject& reject : rejects) {
    lines.push_back(reject.line);
    columns.push_back(reject.column);
    reasons.push_back(static_cast<std::uint8_t>(reject.reason));
    texts.push_back(reject.text);
  }
  RowGroup group{std::ssize(rejects), {}};
  group.columns.push_back({std::move(lines), {}});
  group.columns.push_back({std::move(columns), {}});
  group.columns.push_back({std::move(reasons), {}});
  group.columns.push_back({std::move(texts), {}});
  groups_.add(piece, 0, std::move(group));
}

void RejectStore::seal(std::vector<std::int64_t> first_lines) {
  first_lines_ = std::move(first_lines);
  groups_.seal();
}

std::vector<Reject> RejectStore::read(std::size_t group) const {
  RowGroup buffer;
  const RowGroup& stored = groups_.read(group, buffer);
  const auto& lines = std::get<std::vector<std::int64_t>>(stored.columns[0].values);
  const auto& columns = std::get<std::vector<std::int32_t>>(stored.columns[1].values);
  const auto& reasons = std::get<std::vector<std::uint8_t>>(stored.columns[2].values);
  const auto& texts = std::get<data::Strings>(stored.columns[3].values);
  const std::int64_t first_line = first_lines_[groups_.piece(group)];
  std::vector<Reject> rejects;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto text = texts[static_cast<std::int64_t>(i)];
    rejects.push_back({first_line + lines[i], columns[i], static_cast<Reason>(reasons[i]), std::string(text)});
  }
  return rejects;
}

std::optional<Reject> RejectStore::first() const {
  if (size() == 0) return std::nullopt;
  return std::move(read(0).front());
}

void RejectStore::each(const std::function<void(const std::vector<Reject>&)>& work) const {
  for (std::size_t group = 0; group < groups_.groups(); ++group) work(read(group));
}

}  // namespace fullbase::store::csv
