#include "cli/import_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/size.hpp"
#include "config/quote.hpp"
#include "data/schema.hpp"

namespace fullbase::cli {
namespace {

bool is_lower(char c) {
  return 'a' <= c && c <= 'z';
}
bool is_upper(char c) {
  return 'A' <= c && c <= 'Z';
}
bool is_digit(char c) {
  return '0' <= c && c <= '9';
}

/// A text as a YAML scalar that is read back as that text: plain where it is an identifier of any case that YAML takes for no
/// other type, else in JSON's quotes, which YAML has too.
std::string scalar(const std::string& text) {
  static const std::set<std::string> other = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const bool plain = !text.empty() && !is_digit(text.front()) &&
                     std::ranges::all_of(text, [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '_'; });
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  return plain && !other.contains(lower) ? text : nlohmann::json(text).dump();
}

/// Of values, in which a dollar sign may begin a variable; in keys it does not.
std::string list(const std::vector<std::string>& texts) {
  std::vector<std::string> scalars;
  for (const auto& text : texts) {
    std::string escaped;
    for (const char c : text) escaped += c == '$' ? "$$" : std::string(1, c);
    scalars.push_back(scalar(escaped));
  }
  return fmt::format("[{}]", fmt::join(scalars, ", "));
}

/// A path as a pattern that finds this file alone: wildcards in its name stand in brackets.
std::string pattern_of(const std::string& path) {
  std::string pattern;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto part = path.substr(begin, end - begin);
    const bool wild = part.find_first_of("*?") != std::string::npos;
    for (const char c : part) {
      if (wild && (c == '*' || c == '?' || c == '[')) {
        pattern += {'[', c, ']'};
      } else {
        pattern += wild && c == '\\' ? "\\\\" : std::string(1, c);
      }
    }
    if (end < path.size()) pattern += '/';
    begin = end + 1;
  }
  return pattern;
}

std::string unique(std::string name, std::set<std::string>& taken) {
  std::string free = name;
  for (int number = 2; !taken.insert(free).second; ++number) free = fmt::format("{}_{}", name, number);
  return free;
}

std::string type_of(const store::csv::GuessedColumn& guess) {
  return data::type_text({.name = {}, .type = guess.type, .scale = guess.scale});
}

/// The tokens of the column where the table's do not do, those of the table among them: tomorrow's file may have them.
std::vector<std::string> tokens_of(const store::csv::GuessedColumn& guess) {
  const auto usual = store::CsvOptions().missing;
  auto tokens = usual;
  for (const auto& token : guess.missing) {
    if (std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(token);
  }
  return tokens == usual ? std::vector<std::string>() : tokens;
}

std::string options_of(const store::InferredColumn& column, const std::string& as) {
  const auto& guess = column.guess;
  std::vector<std::string> options;
  if (as != column.source) options.push_back("as: " + as);
  options.push_back("type: " + type_of(guess));
  if (!guess.format.empty()) options.push_back("format: " + scalar(guess.format));
  if (const auto tokens = tokens_of(guess); !tokens.empty()) options.push_back("missing: " + list(tokens));
  if (guess.missing_rows == 0 && guess.rows > 0) options.push_back("required: true");
  return fmt::format("{{{}}}", fmt::join(options, ", "));
}

std::string comment_of(const store::csv::GuessedColumn& guess) {
  if (guess.distinct == 0) return "no value at all";
  std::vector<std::string> parts = {
      fmt::format("{}{} distinct", guess.distinct_is_more ? "more than " : "", base::format_count(guess.distinct))};
  if (guess.missing_rows > 0) {
    const auto share = 100.0 * static_cast<double>(guess.missing_rows) / static_cast<double>(guess.rows);
    parts.push_back(share < 0.05 ? base::format_count(guess.missing_rows) + " missing" : fmt::format("{:.1f} % missing", share));
  }
  parts.push_back("e.g. " + config::shorten(guess.example));
  if (guess.day_and_month_unclear) parts.push_back("day and month could be the other way round: check");
  if (guess.leading_zeros) parts.push_back("zeros in front are kept");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string table_name(const std::string& file) {
  auto stem = std::filesystem::path(file).filename().string();
  stem = stem.substr(0, stem.find('.'));
  const auto name = identifier(stem);
  // Digests use "all" for all tables together.
  return name.empty() || name == "all" ? "lines" : name;
}

/// A job file up to the table's options.
void print_head(const std::vector<std::string>& files, std::ostream& out) {
  const auto table = table_name(files.front());
  std::vector<std::string> patterns;
  for (const auto& file : files) patterns.push_back(pattern_of(file));
  out << fmt::format("version: 1\nstore: data/{}\nimport:\n  {}:\n    files: {}\n", table, table, list(patterns));
}

/// Of InferredFiles and InferredBaskets.
template <class Inferred>
void print_dialect(const Inferred& inferred, std::ostream& out) {
  const store::CsvOptions usual;
  if (inferred.delimiter != usual.delimiter) out << "    delimiter: " << scalar(inferred.delimiter) << '\n';
  if (inferred.quote != usual.quote) out << "    quote: " << scalar(inferred.quote) << '\n';
}

void print_records(const store::InferredFiles& inferred, std::ostream& out) {
  if (!inferred.header) out << "    header: false\n";
  if (inferred.ragged > 0) out << fmt::format("    max_rejects: {}  # records of another number of fields\n", inferred.ragged);
}

}  // namespace

std::string identifier(const std::string& text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_lower(c) && !is_upper(c) && !is_digit(c)) {
      if (!name.empty() && name.back() != '_') name += '_';
      continue;
    }
    // A word begins at a capital behind a small letter or a digit, and at the last capital before a small letter.
    const bool behind_small = i > 0 && (is_lower(text[i - 1]) || is_digit(text[i - 1]));
    const bool before_small = i > 0 && is_upper(text[i - 1]) && i + 1 < text.size() && is_lower(text[i + 1]);
    if (is_upper(c) && (behind_small || before_small) && !name.empty() && name.back() != '_') name += '_';
    name += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name.empty() || is_lower(name.front()) ? name : "c" + name;
}

void print_draft(const store::InferredFiles& inferred, const std::vector<std::string>& files, std::ostream& out) {
  out << fmt::format("# Drafted from {} rows, all that there are. Look it over: names, types, what is required.\n",
                     base::format_count(inferred.rows));
  print_head(files, out);
  print_dialect(inferred, out);
  print_records(inferred, out);
  out << "    columns:\n";
  std::set<std::string> taken;
  std::vector<std::pair<std::string, std::string>> lines;
  std::size_t width = 0;
  for (std::size_t c = 0; c < inferred.columns.size(); ++c) {
    const auto& column = inferred.columns[c];
    if (column.source.empty()) {
      out << fmt::format("      # column {} has no name and is left out: {}\n", c + 1, comment_of(column.guess));
      continue;
    }
    const auto wanted = inferred.header ? identifier(column.source) : std::string();
    const auto as = unique(wanted.empty() ? fmt::format("column_{}", c + 1) : wanted, taken);
    lines.emplace_back(fmt::format("      {}: {}", scalar(column.source), options_of(column, as)), comment_of(column.guess));
    width = std::max(width, std::min<std::size_t>(lines.back().first.size(), 90));
  }
  for (const auto& [line, comment] : lines) out << fmt::format("{:<{}}  # {}\n", line, width, comment);
}

void print_draft(const store::InferredBaskets& inferred, const std::vector<std::string>& files, std::ostream& out) {
  out << fmt::format("# Drafted from {} baskets of {} items, all that there are. Look it over.\n",
                     base::format_count(inferred.baskets), base::format_count(inferred.rows));
  print_head(files, out);
  out << "    layout: baskets\n";
  print_dialect(inferred, out);
  if (inferred.empty > 0) out << fmt::format("    # baskets without an item: {}\n", base::format_count(inferred.empty));
  if (const auto tokens = tokens_of(inferred.items); !tokens.empty()) out << "    missing: " << list(tokens) << '\n';
  out << fmt::format("    item: {{type: {}}}  # {}\n", type_of(inferred.items), comment_of(inferred.items));
}

}  // namespace fullbase::cli
