#include "jobs/class_column.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace fullbase::jobs {
namespace {

std::int64_t whole_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    throw base::input_error(fmt::format("the model's class '{}' is no whole number", text), {}, "train the model anew");
  return value;
}

}  // namespace

ClassColumn::ClassColumn(const learning::ModelHead& head) {
  switch (head.label_type) {
    case data::Type::boolean:
      for (const auto& text : head.classes) values_.push_back(text == "true" ? 1 : 0);
      return;
    case data::Type::category:
    case data::Type::string: {
      auto sorted = head.classes;
      std::ranges::sort(sorted);
      data::Strings texts;
      for (const auto& text : sorted) texts.push_back(text);
      for (const auto& text : head.classes) values_.push_back(std::ranges::lower_bound(sorted, text) - sorted.begin());
      dictionary_ = std::make_shared<const data::Dictionary>(std::move(texts));
      return;
    }
    default:
      for (const auto& text : head.classes) values_.push_back(whole_number(text));
  }
}

data::Column ClassColumn::column(data::Field field, std::span<const std::int32_t> classes) const {
  const auto value = [&](std::int32_t one) { return one < 0 ? 0 : values_[static_cast<std::size_t>(one)]; };
  std::vector<std::uint8_t> missing;
  if (data::has_mask(field.type) && std::ranges::find(classes, -1) != classes.end()) {
    for (const auto one : classes) missing.push_back(static_cast<std::uint8_t>(one < 0));
  }
  switch (field.type) {
    case data::Type::boolean: {
      std::vector<std::uint8_t> values;
      for (const auto one : classes) values.push_back(static_cast<std::uint8_t>(value(one) != 0));
      return {std::move(field), std::move(values), std::move(missing)};
    }
    case data::Type::category: {
      std::vector<std::int32_t> codes;
      for (const auto one : classes) codes.push_back(one < 0 ? data::missing_code : static_cast<std::int32_t>(value(one)));
      return {std::move(field), std::move(codes), {}, dictionary_};
    }
    default: {
      std::vector<std::int64_t> values;
      for (const auto one : classes) values.push_back(value(one));
      return {std::move(field), std::move(values), std::move(missing)};
    }
  }
}

}  // namespace fullbase::jobs
