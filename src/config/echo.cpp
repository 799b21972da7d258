#include "config/echo.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

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

/// Letters, digits and the like that mean the same with and without quotes in every place.
bool is_plain_word(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), plain) && text != "null" && text != "Null" && text != "NULL";
}

/// Words that need no quotes even for readers of other versions of YAML.
bool is_safe_text(const std::string& text) {
  static constexpr std::array<std::string_view, 10> special = {"true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  const bool begins_with_letter = !lower.empty() && ((lower[0] >= 'a' && lower[0] <= 'z') || lower[0] == '_');
  return begins_with_letter && is_plain_word(text) && std::find(special.begin(), special.end(), lower) == special.end();
}

std::string yaml_key(const std::string& key) {
  return is_safe_text(key) ? key : json_string(key);
}

std::string yaml_scalar(const Node& node) {
  const std::string& text = node.text();
  const bool bare = node.quoted() ? is_safe_text(text) : is_plain_word(text) || is_json_literal(text) || text == "-.inf";
  if (bare) return text;
  std::string escaped;
  for (const char c : json_string(text)) escaped += c == '$' ? std::string("$$") : std::string(1, c);
  return escaped;
}

void write_yaml(const Node& node, int depth, std::string& text);

/// What follows "key:" or "-".
void write_value(const Node& node, int depth, std::string& text) {
  if (node.is_sequence() && !node.items().empty()) {
    text += '\n';
    write_yaml(node, depth, text);
  } else if (node.is_mapping() && !node.entries().empty()) {
    text += '\n';
    write_yaml(node, depth, text);
  } else {
    text += ' ';
    write_yaml(node, depth, text);
    text += '\n';
  }
}

void write_yaml(const Node& node, int depth, std::string& text) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  if (node.is_sequence() && !node.items().empty()) {
    for (const Node& item : node.items()) {
      text += indent + "-";
      write_value(item, depth + 1, text);
    }
  } else if (node.is_mapping() && !node.entries().empty()) {
    for (const Entry& entry : node.entries()) {
      text += indent + yaml_key(entry.key) + ":";
      write_value(entry.value, depth + 1, text);
    }
  } else if (node.is_sequence()) {
    text += "[]";
  } else if (node.is_mapping()) {
    text += "{}";
  } else {
    text += node.is_scalar() ? yaml_scalar(node) : "null";
  }
}

}  // namespace

std::string to_json(const Node& node, int indent) {
  JsonWriter writer(indent);
  writer.write(node);
  return std::move(writer.text);
}

std::string to_yaml(const Node& node) {
  std::string text;
  write_yaml(node, 0, text);
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

}  // namespace fullbase::config
