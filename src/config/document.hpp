// Reads a job file: YAML without its traps, ${VAR} replaced, --set applied.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"

namespace fullbase::config {

inline constexpr std::size_t max_document_bytes = std::size_t{1} << 20;
inline constexpr int max_document_depth = 64;

/// The value of an environment variable, or nothing.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;
Variables process_environment();

struct Loading {
  /// "a.b[0].c=value", applied in order: replaces what is there or adds it; [n] with n = the list's length appends. The value is
  /// YAML on one line. Positions within it read "--set a.b[0].c=value".
  std::vector<std::string> overrides = {};
  Variables variables = process_environment();
};

/// The text of a job file, at most max_document_bytes and one more: enough to tell one that is too long. Throws a job-file error
/// if there is no such file, or it cannot be read.
std::string read_document(const std::string& path);

/// The tree of a job file; `source` is its name in positions.
///
/// Throws a job-file error, with its position, for what cannot be read at all: more than max_document_bytes, not UTF-8, not YAML,
/// several documents, anchors and aliases, tags, nesting deeper than max_document_depth. Goes to `diagnostics`: duplicate keys
/// (with both positions), undefined variables, overrides that lead nowhere.
///
/// In scalar values, not in keys, ${VAR} stands for an environment variable, ${VAR:-default} for one that may be unset or empty,
/// $$ for a dollar sign; any other $ stands for itself. A quoted value counts as unquoted once something in it was replaced:
/// "${THREADS:-2}" is a number.
Node load_text(std::string_view text, const std::string& source, const Loading& loading, Diagnostics& diagnostics);

/// `text` with its variables replaced; nothing, and a report, if one is undefined or a brace is not closed.
std::optional<std::string> replace_variables(std::string_view text, const Variables& variables, const Position& position,
                                             Diagnostics& diagnostics);

/// Why a text is no override, whatever the job file: it has no `=`, or no path before it. Empty for one.
std::string assignment_problem(std::string_view text);

/// `root` with one override applied.
Node apply_override(const Node& root, const std::string& assignment, const Variables& variables, Diagnostics& diagnostics);

}  // namespace fullbase::config
