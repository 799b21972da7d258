#include "config/containers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/echo.hpp"
#include "config/quote.hpp"
#include "config/reading.hpp"

namespace fullbase::config {
namespace {

/// The part of the rules that is about a list or mapping as a whole.
Rules container_rules(const Rules& rules) {
  Rules whole;
  whole.not_empty = rules.not_empty;
  whole.distinct = rules.distinct;
  whole.identifier_keys = rules.identifier_keys;
  return whole;
}

bool is_identifier(std::string_view key) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !key.empty() && letter(key[0]) && std::all_of(key.begin(), key.end(), allowed);
}

}  // namespace

Shape nullable(Shape shape) {
  shape.nullable = true;
  return shape;
}

Shape list_shape(Shape item, bool one_or_many, const Rules& rules) {
  Shape shape;
  shape.kind = Shape::Kind::list;
  shape.name = "list of " + item.name;
  shape.one_or_many = one_or_many;
  shape.rules = container_rules(rules);
  shape.items.push_back(std::move(item));
  return shape;
}

Shape mapping_shape(Shape item, const Rules& rules) {
  Shape shape;
  shape.kind = Shape::Kind::mapping;
  shape.name = "mapping of names to " + item.name;
  shape.rules = container_rules(rules);
  shape.items.push_back(std::move(item));
  return shape;
}

Shape tuple_shape(std::vector<Shape> items) {
  Shape shape;
  shape.kind = Shape::Kind::tuple;
  shape.name = fmt::format("list of {}", items.size());
  shape.items = std::move(items);
  return shape;
}

bool read_items(const Node& node, bool one_or_many, const Rules& rules, Diagnostics& diagnostics, std::span<const Node>& items) {
  if (node.is_sequence()) {
    items = node.items();
    if (rules.not_empty && items.empty()) {
      diagnostics.error(node.position(), "the list may not be empty");
      return false;
    }
    return true;
  }
  if (!one_or_many) {
    report_type(node, "a list", diagnostics);
    return false;
  }
  items = std::span(&node, 1);
  return true;
}

bool read_entries(const Node& node, const Rules& rules, Diagnostics& diagnostics, std::span<const Entry>& entries) {
  if (!node.is_mapping()) {
    report_type(node, "a mapping", diagnostics);
    return false;
  }
  entries = node.entries();
  if (rules.not_empty && entries.empty()) {
    diagnostics.error(node.position(), "the mapping may not be empty");
    return false;
  }
  if (rules.identifier_keys) {
    for (const Entry& entry : entries) {
      if (is_identifier(entry.key)) continue;
      diagnostics.error(entry.key_position, fmt::format("the name {} is not allowed", quote(entry.key)),
                        "names are lower-case letters, digits and _, a letter first");
    }
  }
  return true;
}

bool read_tuple(const Node& node, std::size_t size, Diagnostics& diagnostics, std::span<const Node>& items) {
  if (!node.is_sequence() || node.items().size() != size) {
    report_type(node, fmt::format("a list of {} items", size), diagnostics,
                node.is_sequence() ? fmt::format("this one has {}", node.items().size()) : "");
    return false;
  }
  items = node.items();
  return true;
}

void check_distinct(std::span<const Node> items, std::span<const Node> shown, Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto [place, fresh] = first.emplace(to_json(shown[i], 0), i);
    if (fresh) continue;
    const auto scope = diagnostics.enter(i);
    diagnostics.error(items[i].position(), fmt::format("{} occurs twice", shorten(place->first)));
  }
}

}  // namespace fullbase::config
