#include "config/form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "base/size.hpp"
#include "base/time.hpp"
#include "config/quote.hpp"
#include "config/reading.hpp"

namespace fullbase::config {

void report_type(const Node& node, std::string_view expected, Diagnostics& diagnostics, std::string advice) {
  if (node.is_invalid()) return;
  diagnostics.error(node.position(),
                    node.is_null() ? fmt::format("is empty, {} is expected", expected)
                                   : fmt::format("{} is expected, found {}", expected, node.describe()),
                    std::move(advice));
}

bool check_number(const Node& node, Number value, const Rules& rules, Diagnostics& diagnostics) {
  const auto within = [&] {
    if (std::isnan(value)) return rules.nan_allowed;
    if (rules.least && (value < rules.least->value || (value == rules.least->value && !rules.least->inclusive))) return false;
    if (rules.most && (value > rules.most->value || (value == rules.most->value && !rules.most->inclusive))) return false;
    if (std::isinf(value) && !rules.infinity_allowed) return false;
    return rules.numbers.empty() || std::find(rules.numbers.begin(), rules.numbers.end(), value) != rules.numbers.end();
  };
  if (within()) return true;
  Rules range = rules;
  range.not_empty = range.distinct = range.identifier_keys = false;
  range.remarks.clear();
  const std::string allowed = describe(range);
  if (!std::isfinite(value)) {
    diagnostics.error(node.position(), fmt::format("{} is not allowed", quote(node.text())), "give a finite number");
  } else {
    diagnostics.error(node.position(), fmt::format("{} is out of range", shorten(node.text())), "allowed: " + allowed);
  }
  return false;
}

bool check_text(const Node& node, const Rules& rules, Diagnostics& diagnostics) {
  const std::string& text = node.text();
  if (rules.not_empty && text.empty()) {
    diagnostics.error(node.position(), "may not be empty");
    return false;
  }
  if (!rules.texts.empty() && std::find(rules.texts.begin(), rules.texts.end(), text) == rules.texts.end()) {
    diagnostics.unknown_name(node.position(), fmt::format("{} is not one of {}", quote(text), fmt::join(rules.texts, ", ")), text,
                             rules.texts);
    return false;
  }
  return true;
}

namespace {

Shape shape_of(Shape::Kind kind, std::string name, Rules rules = {}) {
  rules.distinct = rules.identifier_keys = false;  // those are about the list or mapping around it
  if (kind != Shape::Kind::text) rules.not_empty = false;
  Shape shape;
  shape.kind = kind;
  shape.name = std::move(name);
  shape.rules = std::move(rules);
  return shape;
}

/// True for an unquoted scalar; otherwise reports.
bool is_plain(const Node& node, std::string_view expected, Diagnostics& diagnostics) {
  if (node.is_scalar() && !node.quoted()) return true;
  report_type(node, expected, diagnostics, node.is_scalar() ? "write it without quotes" : "");
  return false;
}

std::optional<bool> read_boolean(const Node& node, Diagnostics& diagnostics) {
  if (!is_plain(node, "true or false", diagnostics)) return std::nullopt;
  const std::string& text = node.text();
  const auto is_any = [&](auto... words) { return ((text == words) || ...); };
  if (is_any("true", "True", "TRUE")) return true;
  if (is_any("false", "False", "FALSE")) return false;
  std::string advice;
  if (is_any("yes", "Yes", "YES", "on", "On", "ON", "y", "Y")) advice = "write true";
  if (is_any("no", "No", "NO", "off", "Off", "OFF", "n", "N")) advice = "write false";
  report_type(node, "true or false", diagnostics, std::move(advice));
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Node& node, const Rules& rules, Diagnostics& diagnostics) {
  if (!is_plain(node, "a whole number", diagnostics)) return std::nullopt;
  const WholeNumber number = parse_whole_number(node.text());
  if (!number.value) {
    diagnostics.error(node.position(), fmt::format("{} {}", quote(node.text()), number.problem),
                      "write it in decimal digits, without a fraction");
    return std::nullopt;
  }
  if (!check_number(node, static_cast<Number>(*number.value), rules, diagnostics)) return std::nullopt;
  return number.value;
}

std::optional<double> read_number(const Node& node, const Rules& rules, Diagnostics& diagnostics) {
  const bool quoted_special = node.is_scalar() && node.text().ends_with("inf");  // JSON has no other way to write it
  if (!quoted_special && !(node.is_scalar() && node.text() == ".nan") && !is_plain(node, "a number", diagnostics)) {
    return std::nullopt;
  }
  const RealNumber number = parse_real_number(node.text());
  if (!number.value) {
    diagnostics.error(node.position(), fmt::format("{} {}", quote(node.text()), number.problem), "write it in decimal digits");
    return std::nullopt;
  }
  if (!check_number(node, static_cast<Number>(*number.value), rules, diagnostics)) return std::nullopt;
  return number.value;
}

std::optional<std::string> read_text(const Node& node, const Rules& rules, Diagnostics& diagnostics) {
  if (!node.is_scalar()) {
    report_type(node, "a text", diagnostics, node.is_null() ? "write '' for an empty text, 'null' or '~' for these words" : "");
    return std::nullopt;
  }
  if (!check_text(node, rules, diagnostics)) return std::nullopt;
  return node.text();
}

Node show_number(double value) {
  if (std::isnan(value)) return Node::scalar(".nan", false);
  if (std::isinf(value)) return Node::scalar(value > 0 ? ".inf" : "-.inf", false);
  return Node::scalar(fmt::format("{}", value == 0 ? 0.0 : value), false);
}

using Measure = std::optional<std::int64_t> (*)(std::string_view) noexcept;

/// Sizes and durations: a number with a unit.
Form<std::int64_t> measure(std::string name, std::string pattern, bool also_number, Rules rules, Measure parse,
                           std::string (*show)(std::int64_t)) {
  Form<std::int64_t> form;
  form.shape = shape_of(Shape::Kind::text, name, rules);
  form.shape.pattern = std::move(pattern);
  form.shape.also_number = also_number;
  form.parse = [name = std::move(name), rules = std::move(rules), parse](
                   const Node& node, Diagnostics& diagnostics) -> std::optional<std::int64_t> {
    const auto value = node.is_scalar() ? parse(node.text()) : std::nullopt;
    if (!value) {
      report_type(node, "a " + name, diagnostics);
      return std::nullopt;
    }
    if (!check_number(node, static_cast<Number>(*value), rules, diagnostics)) return std::nullopt;
    return value;
  };
  form.show = [show](const std::int64_t& value) {
    std::string text = show(value);
    const bool digits_only = text.find_first_not_of("-0123456789") == std::string::npos;
    return Node::scalar(std::move(text), !digits_only);
  };
  return form;
}

}  // namespace

Form<bool> boolean() {
  return {shape_of(Shape::Kind::boolean, "true or false"), read_boolean,
          [](const bool& value) { return Node::scalar(value ? "true" : "false", false); }};
}

Form<std::int64_t> integer(Rules rules) {
  return {shape_of(Shape::Kind::integer, "integer", rules),
          [rules](const Node& node, Diagnostics& diagnostics) { return read_integer(node, rules, diagnostics); },
          [](const std::int64_t& value) { return Node::scalar(std::to_string(value), false); }};
}

Form<int> FormOf<int>::make(const Rules& rules) {
  return converted<int, std::int64_t>(
      integer(rules),
      [](std::int64_t value, const Position& position, Diagnostics& diagnostics) -> std::optional<int> {
        if (std::in_range<int>(value)) return static_cast<int>(value);
        diagnostics.error(position, fmt::format("{} is out of range", value),
                          fmt::format("allowed: {} to {}", std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
        return std::nullopt;
      },
      [](const int& value) { return static_cast<std::int64_t>(value); });
}

Form<double> number(Rules rules) {
  return {shape_of(Shape::Kind::number, "number", rules),
          [rules](const Node& node, Diagnostics& diagnostics) { return read_number(node, rules, diagnostics); },
          [](const double& value) { return show_number(value); }};
}

Form<std::string> text(Rules rules) {
  return {shape_of(Shape::Kind::text, "text", rules),
          [rules](const Node& node, Diagnostics& diagnostics) { return read_text(node, rules, diagnostics); },
          [](const std::string& value) { return Node::scalar(value, true); }};
}

Form<WordOrNumber> word_or_number(std::string name, std::initializer_list<const char*> words, Rules number_rules) {
  const auto word = text(one_of(words));
  const auto value = number(std::move(number_rules));
  Shape shape;
  shape.kind = Shape::Kind::either;
  shape.name = std::move(name);
  shape.items = {word.shape, value.shape};
  return {std::move(shape),
          [word, value](const Node& node, Diagnostics& diagnostics) -> std::optional<WordOrNumber> {
            const bool is_word =
                node.is_scalar() && !node.text().empty() && std::isalpha(static_cast<unsigned char>(node.text().front())) != 0;
            if (is_word) {
              auto text = word.parse(node, diagnostics);
              return text ? std::optional<WordOrNumber>(std::move(*text)) : std::nullopt;
            }
            const auto number = value.parse(node, diagnostics);
            return number ? std::optional<WordOrNumber>(*number) : std::nullopt;
          },
          [word, value](const WordOrNumber& given) {
            if (const auto* const text = std::get_if<std::string>(&given)) return word.show(*text);
            return value.show(std::get<double>(given));
          }};
}

Form<std::string> text_of(std::string name, std::function<std::string(std::string_view)> problem, Rules rules) {
  Form<std::string> form = text(std::move(rules));
  form.shape.name = std::move(name);
  form.parse = [parse = form.parse, problem = std::move(problem)](const Node& node,
                                                                  Diagnostics& diagnostics) -> std::optional<std::string> {
    auto value = parse(node, diagnostics);
    if (!value) return std::nullopt;
    if (std::string what = problem(*value); !what.empty()) {
      diagnostics.error(node.position(), std::move(what));
      return std::nullopt;
    }
    return value;
  };
  return form;
}

Form<std::int64_t> bytes(Rules rules) {
  rules.number_text = [](Number value) { return bytes_text(static_cast<std::int64_t>(value)); };
  return measure("size such as 4GiB", "^[0-9.]+ *([KMGTPkmgtp]?[Bb]?|[KMGTPkmgtp][Ii][Bb]?)$", true, std::move(rules),
                 &base::parse_bytes, &bytes_text);
}

Form<std::int64_t> duration(Rules rules) {
  rules.number_text = [](Number value) { return duration_text(static_cast<std::int64_t>(value)); };
  return measure("duration such as 90d or 12h", "^[0-9.]+ *[a-z]+$", false, std::move(rules), &base::parse_duration,
                 &duration_text);
}

Form<std::string> time_text(Rules rules) {
  return text_of(
      "date or timestamp",
      [](std::string_view text) {
        const base::ParsedTime parsed = base::TimeFormat().parse(text, base::TimeZone());
        return parsed ? std::string()
                      : fmt::format("{} {}; a date such as 2011-12-10 or a time such as 2011-12-10T08:26:00Z is expected",
                                    quote(text), base::describe(parsed.status));
      },
      std::move(rules));
}

Form<Node> anything() {
  return {shape_of(Shape::Kind::anything, "anything"),
          [](const Node& node, Diagnostics&) { return node.is_invalid() ? std::nullopt : std::optional<Node>(node); },
          [](const Node& node) { return node; }};
}

Form<std::size_t> choice(std::vector<Name> names) {
  Shape shape = shape_of(Shape::Kind::choice, "name");
  std::vector<std::string> known;
  for (const Name& name : names) {
    shape.alternatives.push_back({name.name, name.doc, true, {}});
    known.push_back(name.name);
  }
  const auto parse = [known](const Node& node, Diagnostics& diagnostics) -> std::optional<std::size_t> {
    if (!node.is_scalar()) {
      report_type(node, fmt::format("one of {}", fmt::join(known, ", ")), diagnostics);
      return std::nullopt;
    }
    const auto found = std::find(known.begin(), known.end(), node.text());
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    diagnostics.unknown_name(node.position(), fmt::format("{} is not one of {}", quote(node.text()), fmt::join(known, ", ")),
                             node.text(), known);
    return std::nullopt;
  };
  return {std::move(shape), parse, [known](const std::size_t& place) { return Node::scalar(known.at(place), true); }};
}

}  // namespace fullbase::config
