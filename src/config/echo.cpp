#include "config/echo.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <vector>

#include "config/reading.hpp"

namespace fullbase::config {
namespace {

/// The text in double quotes: JSON, and YAML too.
std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_json_literal(const std::string& text) {
  if (text == "true" || text == "false") return true;
  const bool number_like = text.find_first_not_of("-+.0123456789eE") == std::string::npos;
  return number_like && nlohmann::json::accept(text);
}

std::string json_scalar(const Node& node) {
  return !node.quoted() && is_json_literal(node.text()) ? node.text() : json_string(node.text());
}

class JsonWriter {
 public:
  explicit JsonWriter(int indent) : indent_(indent) {}

  void write(const Node& node) {
    if (node.is_sequence()) {
      brackets('[', ']', node.items(), [this](const Node& item) { write(item); });
    } else if (node.is_mapping()) {
      brackets('{', '}', node.entries(), [this](const Entry& entry) {
        text += json_string(entry.key) + (indent_ > 0 ? ": " : ":");
        write(entry.value);
      });
    } else {
      text += node.is_scalar() ? json_scalar(node) : "null";
    }
  }

  std::string text;

 private:
  template <class Range, class Function>
  void brackets(char open, char close, const Range& range, const Function& write_one) {
    text += open;
    ++depth_;
    bool first = true;
    for (const auto& one : range) {
      if (!first) text += ',';
      first = false;
      new_line();
      write_one(one);
    }
    --depth_;
    if (!first) new_line();
    text += close;
  }
  void new_line() {
    if (indent_ > 0) text += '\n' + std::string(static_cast<std::size_t>(indent_ * depth_), ' ');
  }

  int indent_;
  int depth_ = 0;
};

/// What reads back as the text: without another $ these would stand for a variable, or for one $.
std::string with_plain_dollars(const std::string& text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    escaped += text[i];
    const bool taken = text[i] == '$' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '$');
    if (taken) escaped += '$';
  }
  return escaped;
}

Node with_plain_dollars(const Node& node) {
  if (node.is_scalar()) return Node::scalar(with_plain_dollars(node.text()), node.quoted());
  if (node.is_sequence()) {
    std::vector<Node> items;
    for (const Node& item : node.items()) items.push_back(with_plain_dollars(item));
    return Node::sequence(std::move(items));
  }
  if (node.is_mapping()) {
    std::vector<Entry> entries;
    for (const Entry& entry : node.entries()) entries.push_back({entry.key, with_plain_dollars(entry.value)});
    return Node::mapping(std::move(entries));
  }
  return node;
}

}  // namespace

std::string to_json(const Node& node, int indent) {
  JsonWriter writer(indent);
  writer.write(node);
  return std::move(writer.text);
}

std::string to_document(const Node& node) {
  return to_json(with_plain_dollars(node), 0);
}

}  // namespace fullbase::config
