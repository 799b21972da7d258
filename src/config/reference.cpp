#include "config/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "config/echo.hpp"

namespace fullbase::config {
namespace {

/// A text inside a table's cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string code(std::string_view text) {
  return fmt::format("`{}`", text);
}

std::string names_text(const std::vector<Alternative>& alternatives) {
  std::vector<std::string> names;
  for (const Alternative& alternative : alternatives) names.push_back(code(alternative.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The rules of a value and, for containers, of what it holds: each once.
void add_ranges(const Shape& shape, std::vector<std::string>& ranges) {
  if (const std::string range = describe(shape.rules);
      !range.empty() && std::find(ranges.begin(), ranges.end(), range) == ranges.end()) {
    ranges.push_back(range);
  }
  for (const Shape& item : shape.items) add_ranges(item, ranges);
}

std::string range_text(const Shape& shape) {
  std::vector<std::string> ranges;
  add_ranges(shape, ranges);
  return fmt::format("{}", fmt::join(ranges, "; each: "));
}

std::string default_text(const OptionEntry& entry) {
  if (entry.required) return "required";
  if (!entry.shape.rules.default_meaning.empty()) return entry.shape.rules.default_meaning;
  if (entry.default_value.is_null()) return "none";
  if (entry.default_value.is_mapping() && entry.shape.kind == Shape::Kind::structure) return "see below";
  if (entry.default_value.is_scalar()) return code(entry.default_value.text().empty() ? "''" : entry.default_value.text());
  return code(to_json(entry.default_value, 0));
}

bool has_docs(const Shape& shape) {
  const auto documented = [](const Alternative& alternative) {
    return !alternative.doc.empty() || !alternative.argument.empty();
  };
  return std::any_of(shape.alternatives.begin(), shape.alternatives.end(), documented);
}

/// The first line of a text of several is its summary, and stands alone.
std::string paragraphs(const std::string& doc) {
  const auto end = doc.find('\n');
  if (end == std::string::npos) return doc;
  const char* const period = doc[end - 1] == '.' ? "" : ".";
  return doc.substr(0, end) + period + "\n\n" + doc.substr(end + 1);
}

class ReferenceWriter {
 public:
  void write(const AnyDescription& description, int level) {
    if (!written_.insert(description.name()).second) return;
    text += fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(level), '#'), description.name());
    if (!description.doc().empty()) text += paragraphs(description.doc()) + "\n\n";
    write_table(description);
    for (const OptionEntry& entry : description.entries()) write_parts(entry.key, entry.shape, level + 1);
  }

  std::string text;

 private:
  void write_table(const AnyDescription& description) {
    text += "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
    for (const OptionEntry& entry : description.entries()) {
      const std::string type = type_text(entry.shape);
      text += fmt::format("| {} | {} | {} | {} | {} |\n", code(entry.key), cell(type), cell(default_text(entry)),
                          cell(range_text(entry.shape)), cell(entry.doc));
    }
    text += "\n";
  }

  /// What a value of the shape is made of, where that has options or names of its own.
  void write_parts(const std::string& key, const Shape& shape, int level) {
    if (shape.structure) write(*shape.structure, level);
    const auto parts = text.size();
    for (const Shape& item : shape.items) {
      const auto begin = text.size();
      write_parts(key, item, level);
      // `how: left` and `how: {rfm: left}` take the same names.
      if (text.compare(parts, begin - parts, text, begin) == 0) text.resize(begin);
    }
    for (const AnyDescription* kind : shape.kinds) write(*kind, level);
    if (!has_docs(shape)) return;
    const bool named = shape.kind == Shape::Kind::tagged;  // a transform is the same under every key
    if (named && !written_.insert(shape.name).second) return;
    text += fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(level), '#'), named ? shape.name : code(key));
    text += "| value | range | meaning |\n|---|---|---|\n";
    for (const Alternative& alternative : shape.alternatives) {
      text += fmt::format("| {} | {} | {} |\n", cell(written_as(alternative)),
                          alternative.argument.empty() ? "" : cell(range_text(alternative.argument[0])), cell(alternative.doc));
    }
    text += "\n";
    for (const Alternative& alternative : shape.alternatives) {
      for (const Shape& argument : alternative.argument) write_parts(alternative.name, argument, level);
    }
  }

  static std::string written_as(const Alternative& alternative) {
    const std::string alone = code(alternative.name);
    if (alternative.argument.empty()) return alone;
    const std::string with = fmt::format("`{{{}: ...}}` with {}", alternative.name, type_text(alternative.argument[0]));
    return alternative.alone ? alone + " or " + with : with;
  }

  std::set<std::string> written_;
};

}  // namespace

std::string type_text(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::choice:
      return names_text(shape.alternatives);
    case Shape::Kind::list:
      return shape.one_or_many ? fmt::format("{}, or a list of it", type_text(shape.items[0]))
                               : fmt::format("list of {}", type_text(shape.items[0]));
    case Shape::Kind::mapping:
      return fmt::format("mapping of names to: {}", type_text(shape.items[0]));
    case Shape::Kind::tuple: {
      std::vector<std::string> items;
      for (const Shape& item : shape.items) items.push_back(type_text(item));
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
    case Shape::Kind::structure:
      return fmt::format("options of {}", shape.name);
    default:
      return shape.name;
  }
}

std::string reference_markdown(const AnyDescription& description, int level) {
  ReferenceWriter writer;
  writer.write(description, level);
  return std::move(writer.text);
}

}  // namespace fullbase::config
