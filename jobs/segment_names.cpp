#include "jobs/segment_names.hpp"

#include <charconv>
#include <memory>
#include <set>
#include <system_error>

namespace fullbase::jobs {

std::optional<std::int64_t> segment_number(const std::string& key) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
  const bool whole = error == std::errc() && end == key.data() + key.size() && number >= 0;
  return whole && std::to_string(number) == key ? std::optional(number) : std::nullopt;
}

std::string_view name_of(const NamesByNumber& names, std::int64_t segment) {
  for (const auto& [key, name] : names) {
    if (segment_number(key) == segment) return name;
  }
  return {};
}

SegmentNames::SegmentNames(const NamesByNumber& names, const std::vector<std::int64_t>& number_of) {
  std::set<std::string_view> different;
  for (const auto& [key, name] : names) different.insert(name);
  data::Strings texts;
  for (const auto name : different) texts.push_back(name);
  dictionary_ = std::make_shared<const data::Dictionary>(std::move(texts));
  for (const auto number : number_of) codes_.push_back(dictionary_->find(name_of(names, number)).value_or(data::missing_code));
}

data::Column SegmentNames::column(std::span<const std::int32_t> clusters) const {
  std::vector<std::int32_t> codes;
  for (const auto cluster : clusters) codes.push_back(codes_[static_cast<std::size_t>(cluster)]);
  return {field(), std::move(codes), {}, dictionary_};
}

}  // namespace fullbase::jobs
