#include "config/description.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/quote.hpp"
#include "config/reading.hpp"

namespace fullbase::config {

std::vector<std::string> AnyDescription::keys() const {
  std::vector<std::string> keys;
  for (const OptionEntry& entry : entries_) keys.push_back(entry.key);
  return keys;
}

const OptionEntry* AnyDescription::find(std::string_view key) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const OptionEntry& entry) { return entry.key == key; });
  return found == entries_.end() ? nullptr : &*found;
}

void AnyDescription::add(OptionEntry entry) {
  FULLBASE_EXPECTS(find(entry.key) == nullptr, "a description names each option once");
  entries_.push_back(std::move(entry));
}

bool AnyDescription::read(void* options, const Node& node, Diagnostics& diagnostics) const {
  if (!node.is_mapping()) {
    report_type(node, fmt::format("a mapping of the options of {}", name_), diagnostics);
    return false;
  }
  for (const OptionEntry& entry : entries_) {
    if (const Node* value = node.find(entry.key)) {
      const auto scope = diagnostics.enter(entry.key);
      entry.read(options, *value, diagnostics);
    } else if (entry.required) {
      diagnostics.error(node.position(), fmt::format("the key '{}' is missing", entry.key));
    }
  }
  return true;
}

Node AnyDescription::show_all(const void* options) const {
  std::vector<Entry> entries;
  for (const OptionEntry& entry : entries_) entries.push_back({entry.key, entry.show(options)});
  return Node::mapping(std::move(entries));
}

void check_keys(const Node& node, std::span<const AnyDescription* const> descriptions, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const AnyDescription* description : descriptions) {
    for (const OptionEntry& entry : description->entries()) known.push_back(entry.key);
  }
  for (const Entry& entry : node.entries()) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    diagnostics.unknown_name(entry.key_position, fmt::format("unknown key {}", quote(entry.key)), entry.key, known);
  }
}

namespace {

/// The kind that the mapping names; null after a report.
const AnyDescription* named_kind(const Node& node, const std::string& key, std::span<const AnyDescription* const> kinds,
                                 Diagnostics& diagnostics) {
  const Node* value = node.find(key);
  if (value == nullptr) {
    diagnostics.error(node.position(), fmt::format("the key '{}' is missing", key));
    return nullptr;
  }
  const auto scope = diagnostics.enter(key);
  if (!value->is_scalar()) {
    report_type(*value, fmt::format("the name of a {}", key), diagnostics);
    return nullptr;
  }
  std::vector<std::string> names;
  for (const AnyDescription* kind : kinds) {
    if (kind->name() == value->text()) return kind;
    names.push_back(kind->name());
  }
  diagnostics.unknown_name(value->position(), fmt::format("there is no {} {}", key, quote(value->text())), value->text(), names);
  return nullptr;
}

}  // namespace

Form<Node> kinds(std::string kind_key, const AnyDescription& common, std::vector<const AnyDescription*> kinds,
                 std::string like_key) {
  Shape shape;
  shape.kind = Shape::Kind::kinds;
  shape.name = fmt::format("options of a {}", kind_key);
  shape.kind_key = kind_key;
  shape.like_key = std::move(like_key);
  shape.kinds.push_back(&common);
  shape.kinds.insert(shape.kinds.end(), kinds.begin(), kinds.end());
  return {std::move(shape),
          [kind_key, &common, kinds](const Node& node, Diagnostics& diagnostics) -> std::optional<Node> {
            if (!node.is_mapping()) {
              report_type(node, fmt::format("a mapping with the key '{}'", kind_key), diagnostics);
              return std::nullopt;
            }
            const AnyDescription* kind = named_kind(node, kind_key, kinds, diagnostics);
            if (kind == nullptr) return std::nullopt;
            const std::array<const AnyDescription*, 2> both = {&common, kind};
            check_keys(node, both, diagnostics);
            return node;
          },
          [](const Node& node) { return node; }};
}

}  // namespace fullbase::config
