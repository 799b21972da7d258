#include "config/tagged.hpp"

#include <fmt/format.h>

#include "config/quote.hpp"
#include "config/reading.hpp"

namespace fullbase::config {
namespace {

std::vector<std::string> names_of(const Shape& shape) {
  std::vector<std::string> names;
  for (const Alternative& alternative : shape.alternatives) names.push_back(alternative.name);
  return names;
}

std::optional<std::size_t> find(std::string_view name, const Position& position, const Shape& shape, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < shape.alternatives.size(); ++i) {
    if (shape.alternatives[i].name == name) return i;
  }
  diagnostics.unknown_name(position, fmt::format("there is no {} {}", shape.name, quote(name)), name, names_of(shape));
  return std::nullopt;
}

}  // namespace

std::optional<TaggedValue> read_tagged(const Node& node, const Shape& shape, Diagnostics& diagnostics) {
  if (node.is_scalar()) {
    const auto found = find(node.text(), node.position(), shape, diagnostics);
    if (!found) return std::nullopt;
    const Alternative& alternative = shape.alternatives[*found];
    if (!alternative.alone) {
      diagnostics.error(node.position(), fmt::format("'{}' needs an argument", alternative.name),
                        fmt::format("write {{{}: ...}}", alternative.name));
      return std::nullopt;
    }
    return TaggedValue{*found, nullptr};
  }
  if (!node.is_mapping() || node.entries().size() != 1) {
    report_type(node, fmt::format("a {} (a name, or one name with its argument, {{name: argument}})", shape.name), diagnostics,
                node.is_mapping() ? fmt::format("this mapping has {} keys", node.entries().size()) : "");
    return std::nullopt;
  }
  const Entry& entry = node.entries()[0];
  const auto found = find(entry.key, entry.key_position, shape, diagnostics);
  if (!found) return std::nullopt;
  if (shape.alternatives[*found].argument.empty()) {
    diagnostics.error(entry.key_position, fmt::format("'{}' takes no argument", entry.key), fmt::format("write {}", entry.key));
    return std::nullopt;
  }
  return TaggedValue{*found, &entry.value};
}

Node show_tagged(const Alternative& alternative, std::optional<Node> argument) {
  if (!argument) return Node::scalar(alternative.name, true);
  return Node::mapping({{alternative.name, std::move(*argument)}});
}

}  // namespace fullbase::config
