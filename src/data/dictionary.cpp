#include "data/dictionary.hpp"

#include <algorithm>
#include <numeric>
#include <queue>
#include <utility>

#include "base/checked.hpp"
#include "base/contract.hpp"

namespace fullbase::data {

Dictionary::Dictionary(Strings sorted) : texts_(std::move(sorted)) {
  const auto n = base::checked_cast<std::int32_t>(texts_.size());
  for (std::int32_t i = 1; i < n; ++i) {
    FULLBASE_EXPECTS(texts_[i - 1] < texts_[i], "a dictionary's categories are distinct and in ascending byte order");
  }
}

std::optional<std::int32_t> Dictionary::find(std::string_view text) const noexcept {
  std::int32_t first = 0;
  std::int32_t last = size();
  while (first < last) {
    const std::int32_t middle = first + (last - first) / 2;
    if (texts_[middle] < text) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  if (first == size() || texts_[first] != text) return std::nullopt;
  return first;
}

UnitedDictionary unite(std::span<const DictionaryPointer> parts) {
  using Head = std::pair<std::string_view, std::size_t>;  // next text of a part
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  UnitedDictionary result;
  result.remap.resize(parts.size());
  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (!parts[part] || parts[part]->size() == 0) continue;
    result.remap[part].reserve(static_cast<std::size_t>(parts[part]->size()));
    heads.emplace((*parts[part])[0], part);
  }
  Strings united;
  while (!heads.empty()) {
    const auto [text, part] = heads.top();
    heads.pop();
    if (united.size() == 0 || united[united.size() - 1] != text) united.push_back(text);
    auto& remap = result.remap[part];
    remap.push_back(base::checked_cast<std::int32_t>(united.size() - 1));
    const auto next = static_cast<std::int32_t>(remap.size());
    if (next < parts[part]->size()) heads.emplace((*parts[part])[next], part);
  }
  result.dictionary = std::make_shared<const Dictionary>(std::move(united));
  return result;
}

}  // namespace fullbase::data
