#include "config/document.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "config/substitution.hpp"
#include "config/yaml.hpp"

namespace fullbase::config {

Node with_variables(const Node& node, const Variables& variables, Diagnostics& diagnostics) {
  if (node.is_scalar()) {
    if (node.text().find('$') == std::string::npos) return node;
    auto text = replace_variables(node.text(), variables, node.position(), diagnostics);
    if (!text) return Node::invalid(node.position());
    const bool replaced = node.text().find("${") != std::string::npos;
    return Node::scalar(std::move(*text), node.quoted() && !replaced, node.position());
  }
  if (node.is_sequence()) {
    std::vector<Node> items;
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const auto scope = diagnostics.enter(i);
      items.push_back(with_variables(node.items()[i], variables, diagnostics));
    }
    return Node::sequence(std::move(items), node.position());
  }
  if (node.is_mapping()) {
    std::vector<Entry> entries;
    for (const Entry& entry : node.entries()) {
      const auto scope = diagnostics.enter(entry.key);
      entries.push_back({entry.key, with_variables(entry.value, variables, diagnostics), entry.key_position});
    }
    return Node::mapping(std::move(entries), node.position());
  }
  return node;
}

Node load_text(std::string_view text, const std::string& source, const Loading& loading, Diagnostics& diagnostics) {
  if (text.size() > max_document_bytes) {
    throw base::job_file_error("the file is longer than 1 MiB", source, "keep data such as long lists in tables");
  }
  Node root = parse_yaml(text, source, true, diagnostics);
  if (root.is_null()) throw base::job_file_error("the file is empty", source, "see the examples in configs/");
  root = with_variables(root, loading.variables, diagnostics);
  for (const std::string& assignment : loading.overrides) {
    root = apply_override(root, assignment, loading.variables, diagnostics);
  }
  return root;
}

std::string read_document(const std::string& path) {
  const auto refuse = [&](int error_number) {
    return base::job_file_error(fmt::format("cannot read the job file: {}", std::strerror(error_number)), path,
                                "check its name and permissions");
  };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw refuse(errno);
  // One byte more than allowed tells a file that is too long, whatever its length (a device may have none).
  std::string text(max_document_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw refuse(errno == 0 ? EIO : errno);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace fullbase::config
