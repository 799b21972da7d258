// ${VAR} and ${VAR:-default} in values.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/utf8.hpp"
#include "config/document.hpp"
#include "config/quote.hpp"

namespace fullbase::config {
namespace {

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), allowed);
}

/// What stands for the text between the braces; nothing after a report.
std::optional<std::string> value_of(std::string_view inside, const Variables& variables, const Position& position,
                                    Diagnostics& diagnostics) {
  const auto separator = inside.find(":-");
  const std::string_view name = inside.substr(0, separator);
  if (!is_variable_name(name)) {
    diagnostics.error(position, fmt::format("{} is not the name of a variable", quote(name)),
                      "write ${NAME} or ${NAME:-default}, or $$ for a dollar sign");
    return std::nullopt;
  }
  std::optional<std::string> value = variables(name);
  if (separator != std::string_view::npos && (!value || value->empty())) return std::string(inside.substr(separator + 2));
  if (!value) {
    diagnostics.error(position, fmt::format("the environment variable {} is not set", name),
                      fmt::format("set it, or give a default: ${{{}:-default}}", name));
    return std::nullopt;
  }
  if (!base::is_utf8(*value) || value->find('\0') != std::string::npos) {
    diagnostics.error(position, fmt::format("the environment variable {} is not UTF-8", name));
    return std::nullopt;
  }
  return value;
}

}  // namespace

Variables process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());  // read before any thread is started
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

std::optional<std::string> replace_variables(std::string_view text, const Variables& variables, const Position& position,
                                             Diagnostics& diagnostics) {
  std::string replaced;
  bool right = true;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    replaced += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      replaced += '$';
      text.remove_prefix(1);
    } else if (text.starts_with('{')) {
      const auto brace = text.find('}');
      if (brace == std::string_view::npos) {
        diagnostics.error(position, fmt::format("{} has no closing brace", quote("$" + std::string(text))),
                          "write $$ for a dollar sign");
        return std::nullopt;
      }
      const auto value = value_of(text.substr(1, brace - 1), variables, position, diagnostics);
      right = right && value.has_value();
      if (value) replaced += *value;
      text.remove_prefix(brace + 1);
    } else {
      replaced += '$';
    }
    if (replaced.size() > max_document_bytes) {
      diagnostics.error(position, "the text is longer than 1 MiB once its variables are replaced");
      return std::nullopt;
    }
  }
  if (!right) return std::nullopt;
  return replaced;
}

}  // namespace fullbase::config
