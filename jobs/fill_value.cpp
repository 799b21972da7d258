#include "jobs/fill_value.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.hpp"
#include "base/time.hpp"

namespace fullbase::jobs {
namespace {

using Values = data::Column::Values;

template <class T>
std::optional<Values> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return std::vector<T>{value};
}

data::Strings one_text(std::string_view text) {
  data::Strings texts;
  texts.push_back(text);
  return texts;
}

std::optional<Values> parse(const data::Field& field, std::string_view text, const base::TimeZone& zone) {
  switch (field.type) {
    case data::Type::int64:
      return number<std::int64_t>(text);
    case data::Type::float64:
      return number<double>(text);
    case data::Type::float32:
      return number<float>(text);
    case data::Type::boolean:
      if (text == "true" || text == "false") return std::vector<std::uint8_t>{static_cast<std::uint8_t>(text == "true" ? 1 : 0)};
      return std::nullopt;
    case data::Type::decimal:
      if (const auto units = base::parse_decimal(text, field.scale)) return std::vector<std::int64_t>{units.units};
      return std::nullopt;
    case data::Type::timestamp:
      if (const auto time = base::TimeFormat().parse(text, zone)) return std::vector<std::int64_t>{time.value};
      return std::nullopt;
    case data::Type::date:
      if (const auto day = base::TimeFormat().parse_date(text))
        return std::vector<std::int32_t>{static_cast<std::int32_t>(day.value)};
      return std::nullopt;
    case data::Type::category:
      return std::vector<std::int32_t>{0};
    case data::Type::string:
      return one_text(text);
  }
  return std::nullopt;
}

}  // namespace

std::optional<data::Column> fill_value(runtime::CheckContext& context, std::string_view path, const data::Field& field,
                                       std::string_view text) {
  auto values = parse(field, text, context.environment().zone);
  if (!values) {
    context.error(path, fmt::format("'{}' is no value of '{}', which is {}", text, field.name, data::type_text(field)));
    return std::nullopt;
  }
  data::DictionaryPointer dictionary;
  if (field.type == data::Type::category) dictionary = std::make_shared<const data::Dictionary>(one_text(text));
  return data::Column(field, std::move(*values), {}, std::move(dictionary));
}

}  // namespace fullbase::jobs
