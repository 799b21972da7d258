#include "config/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace fullbase::config {
namespace {

template <class T>
void append(std::vector<T>& values, std::vector<T> more) {
  values.insert(values.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Rules& Rules::operator&=(Rules other) {
  if (other.least && (!least || other.least->value >= least->value)) least = other.least;
  if (other.most && (!most || other.most->value <= most->value)) most = other.most;
  append(numbers, std::move(other.numbers));
  append(texts, std::move(other.texts));
  append(remarks, std::move(other.remarks));
  not_empty |= other.not_empty;
  distinct |= other.distinct;
  identifier_keys |= other.identifier_keys;
  nan_allowed |= other.nan_allowed;
  infinity_allowed |= other.infinity_allowed;
  if (!other.default_meaning.empty()) default_meaning = std::move(other.default_meaning);
  if (other.number_text != nullptr) number_text = other.number_text;
  return *this;
}

std::string describe(const Rules& rules) {
  const auto text_of_number = rules.number_text != nullptr ? rules.number_text : &number_text;
  std::vector<std::string> parts;
  if (rules.least && rules.most && rules.least->inclusive && rules.most->inclusive) {
    parts.push_back(fmt::format("{} to {}", text_of_number(rules.least->value), text_of_number(rules.most->value)));
  } else {
    if (rules.least) parts.push_back((rules.least->inclusive ? "at least " : "more than ") + text_of_number(rules.least->value));
    if (rules.most) parts.push_back((rules.most->inclusive ? "at most " : "less than ") + text_of_number(rules.most->value));
  }
  std::vector<std::string> allowed = rules.texts;
  for (const Number value : rules.numbers) allowed.push_back(text_of_number(value));
  if (!allowed.empty()) parts.push_back(fmt::format("one of {}", fmt::join(allowed, ", ")));
  if (rules.not_empty) parts.push_back("not empty");
  if (rules.distinct) parts.push_back("no value twice");
  if (rules.identifier_keys) parts.push_back("keys of lower-case letters, digits and _, a letter first");
  if (rules.nan_allowed) parts.push_back(".nan allowed");
  if (rules.infinity_allowed) parts.push_back(".inf allowed");
  for (const std::string& remark : rules.remarks) parts.push_back(remark);
  return fmt::format("{}", fmt::join(parts, ", "));
}

bool has_value_rules(const Rules& rules) {
  return rules.least || rules.most || !rules.numbers.empty() || !rules.texts.empty() || rules.nan_allowed ||
         rules.infinity_allowed;
}

std::string number_text(Number value) {
  const auto whole = static_cast<long long>(std::clamp<Number>(value, -9.2e18L, 9.2e18L));
  if (static_cast<Number>(whole) == value) return fmt::format("{}", whole);
  return fmt::format("{}", static_cast<double>(value));
}

Rules least(Bound bound) {
  Rules rules;
  rules.least = bound;
  return rules;
}
Rules most(Bound bound) {
  Rules rules;
  rules.most = bound;
  return rules;
}
Rules one_of(std::initializer_list<const char*> texts) {
  Rules rules;
  rules.texts.assign(texts.begin(), texts.end());
  return rules;
}
Rules one_of(std::initializer_list<Number> numbers) {
  Rules rules;
  rules.numbers.assign(numbers.begin(), numbers.end());
  return rules;
}
Rules non_empty() {
  Rules rules;
  rules.not_empty = true;
  return rules;
}
Rules distinct() {
  Rules rules;
  rules.distinct = true;
  return rules;
}
Rules identifier_keys() {
  Rules rules;
  rules.identifier_keys = true;
  return rules;
}
Rules nan_allowed() {
  Rules rules;
  rules.nan_allowed = true;
  return rules;
}
Rules infinity_allowed() {
  Rules rules;
  rules.infinity_allowed = true;
  return rules;
}
Rules default_means(std::string meaning) {
  Rules rules;
  rules.default_meaning = std::move(meaning);
  return rules;
}

}  // namespace fullbase::config
