#include "config/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/quote.hpp"

namespace fullbase::config {

std::string Position::text() const {
  return line == 0 ? source : fmt::format("{}:{}:{}", source, line, column);
}

Node::Node() = default;
Node::~Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;

Node Node::null(Position position) {
  Node node;
  node.position_ = std::move(position);
  return node;
}

Node Node::scalar(std::string text, bool quoted, Position position) {
  Node node = null(std::move(position));
  node.kind_ = Kind::scalar;
  node.text_ = std::move(text);
  node.quoted_ = quoted;
  return node;
}

Node Node::sequence(std::vector<Node> items, Position position) {
  Node node = null(std::move(position));
  node.kind_ = Kind::sequence;
  node.items_ = std::move(items);
  return node;
}

Node Node::mapping(std::vector<Entry> entries, Position position) {
  Node node = null(std::move(position));
  node.kind_ = Kind::mapping;
  node.entries_ = std::move(entries);
  return node;
}

Node Node::invalid(Position position) {
  Node node = null(std::move(position));
  node.kind_ = Kind::invalid;
  return node;
}

std::span<const Node> Node::items() const noexcept {
  return items_;
}
std::span<const Entry> Node::entries() const noexcept {
  return entries_;
}

const Node* Node::find(std::string_view key) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == entries_.end() ? nullptr : &found->value;
}

Node Node::without(std::span<const std::string> keys) const {
  if (!is_mapping()) return *this;
  std::vector<Entry> entries;
  for (const Entry& entry : entries_) {
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) entries.push_back(entry);
  }
  return mapping(std::move(entries), position_);
}

std::string Node::describe() const {
  switch (kind_) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return quoted_ ? fmt::format("the text {}", quote(text_)) : quote(text_);
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      return "a mapping";
    case Kind::invalid:
      break;
  }
  return "a mistake";
}

bool operator==(const Node& a, const Node& b) {
  const auto same_entry = [](const Entry& x, const Entry& y) { return x.key == y.key && x.value == y.value; };
  return a.kind_ == b.kind_ && a.text_ == b.text_ && a.items_ == b.items_ &&
         std::equal(a.entries_.begin(), a.entries_.end(), b.entries_.begin(), b.entries_.end(), same_entry);
}

namespace {

const Node* step_into_item(const Node& node, std::string_view& path) noexcept {
  const auto close = path.find(']');
  if (path.empty() || path[0] != '[' || close == std::string_view::npos) return nullptr;
  std::size_t index = 0;
  const auto [end, status] = std::from_chars(path.data() + 1, path.data() + close, index);
  if (status != std::errc() || end != path.data() + close || index >= node.items().size()) return nullptr;
  path.remove_prefix(close + 1);
  return &node.items()[index];
}

const Node* step_into_entry(const Node& node, std::string_view& path) noexcept {
  const Entry* longest = nullptr;
  for (const Entry& entry : node.entries()) {
    if (entry.key.empty() || !path.starts_with(entry.key)) continue;
    const bool whole = path.size() == entry.key.size() || path[entry.key.size()] == '.' || path[entry.key.size()] == '[';
    if (whole && (longest == nullptr || entry.key.size() > longest->key.size())) longest = &entry;
  }
  if (longest == nullptr) return nullptr;
  path.remove_prefix(longest->key.size());
  return &longest->value;
}

}  // namespace

const Node* step_into(const Node& node, std::string_view& path) noexcept {
  const Node* child = node.is_sequence() ? step_into_item(node, path) : step_into_entry(node, path);
  if (child != nullptr && path.starts_with('.')) path.remove_prefix(1);
  return child;
}

Position locate(const Node& node, std::string_view path) {
  const Node* at = &node;
  while (!path.empty()) {
    const Node* child = step_into(*at, path);
    if (child == nullptr) break;
    at = child;
  }
  return at->position();
}

}  // namespace fullbase::config
