// --set a.b[0].c=value: one value of a job file, given on the command line.
#include <fmt/format.h>

#include <charconv>

#include "config/document.hpp"
#include "config/quote.hpp"
#include "config/substitution.hpp"
#include "config/yaml.hpp"

namespace fullbase::config {
namespace {

class Override {
 public:
  Override(Node value, Position position, Diagnostics& diagnostics)
      : value_(std::move(value)), position_(std::move(position)), diagnostics_(diagnostics) {}

  /// `node` with the value at `path` below it; null stands for what is not there yet. Nothing after a report.
  std::optional<Node> apply(const Node& node, std::string_view path, int depth = 0) const {
    if (path.empty()) return value_;
    if (depth >= max_document_depth) return refuse(fmt::format("the path is more than {} deep", max_document_depth));
    if (path[0] == '[') return apply_to_list(node, path, depth);
    return apply_to_mapping(node, path, depth);
  }

 private:
  std::optional<Node> refuse(std::string problem, std::string advice = {}) const {
    diagnostics_.error(position_, std::move(problem), std::move(advice));
    return std::nullopt;
  }

  std::optional<Node> apply_to_list(const Node& node, std::string_view path, int depth) const {
    if (!node.is_sequence() && !node.is_null())
      return refuse(fmt::format("{} is no list that [n] could select from", node.describe()));
    const auto close = path.find(']');
    std::size_t index = 0;
    const auto [end, status] = std::from_chars(path.data() + 1, path.data() + std::min(close, path.size()), index);
    if (close == std::string_view::npos || status != std::errc() || end != path.data() + close) {
      return refuse(fmt::format("{} is no place in a list", quote(path)), "write [0], [1], ...");
    }
    std::vector<Node> items(node.items().begin(), node.items().end());
    if (index > items.size()) return refuse(fmt::format("[{}] is beyond the end of a list of {}", index, items.size()));
    std::string_view rest = path.substr(close + 1);
    if (rest.starts_with('.')) rest.remove_prefix(1);
    const auto child = apply(index < items.size() ? items[index] : Node(), rest, depth + 1);
    if (!child) return std::nullopt;
    if (index == items.size()) items.emplace_back();
    items[index] = *child;
    return Node::sequence(std::move(items), node.is_null() ? position_ : node.position());
  }

  std::optional<Node> apply_to_mapping(const Node& node, std::string_view path, int depth) const {
    if (!node.is_mapping() && !node.is_null()) {
      return refuse(fmt::format("{} is no mapping that could hold {}", node.describe(), quote(path)),
                    "set the whole value instead");
    }
    std::vector<Entry> entries(node.entries().begin(), node.entries().end());
    std::string_view rest = path;
    if (const Node* existing = step_into(node, rest)) {
      const auto child = apply(*existing, rest, depth + 1);
      if (!child) return std::nullopt;
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (&node.entries()[i].value == existing) entries[i].value = *child;
      }
      return Node::mapping(std::move(entries), node.position());
    }
    const auto key_end = std::min(path.find_first_of(".["), path.size());
    rest = path.substr(key_end);
    if (rest.starts_with('.')) rest.remove_prefix(1);
    const auto child = apply(Node(), rest, depth + 1);
    if (!child) return std::nullopt;
    entries.push_back({std::string(path.substr(0, key_end)), *child, position_});
    return Node::mapping(std::move(entries), node.is_null() ? position_ : node.position());
  }

  Node value_;
  Position position_;
  Diagnostics& diagnostics_;
};

bool is_path(std::string_view path) {
  return !path.empty() && path.front() != '.' && path.front() != '[' && path.back() != '.' &&
         path.find("..") == std::string_view::npos && path.find(".[") == std::string_view::npos;
}

}  // namespace

std::string assignment_problem(std::string_view text) {
  const auto equals = text.find('=');
  if (equals != std::string_view::npos && is_path(text.substr(0, equals))) return {};
  return fmt::format("{} is no assignment to an option", quote(text));
}

Node apply_override(const Node& root, const std::string& assignment, const Variables& variables, Diagnostics& diagnostics) {
  const Position position{"--set " + shorten(assignment), 0, 0};
  if (auto problem = assignment_problem(assignment); !problem.empty()) {
    diagnostics.error(position, std::move(problem), "write --set steps.segments.k=5");
    return root;
  }
  const auto equals = assignment.find('=');
  const std::string_view path = std::string_view(assignment).substr(0, equals);
  try {
    const Node value = parse_yaml(std::string_view(assignment).substr(equals + 1), position.source, false, diagnostics);
    const Override override(with_variables(value, variables, diagnostics), position, diagnostics);
    return override.apply(root, path).value_or(root);
  } catch (const base::Error& error) {
    diagnostics.error(position, error.problem(), error.advice());
    return root;
  }
}

}  // namespace fullbase::config
