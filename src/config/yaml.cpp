#include "config/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "config/document.hpp"
#include "config/quote.hpp"

namespace fullbase::config {
namespace {

/// Builds the tree from yaml-cpp's events. (Its own tree loses positions of keys, follows aliases, and hides duplicates' values.)
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& source, bool with_lines, Diagnostics& diagnostics)
      : source_(source), with_lines_(with_lines), diagnostics_(diagnostics) {}

  Position position(const YAML::Mark& mark) const {
    if (!with_lines_ || mark.is_null()) return {source_, 0, 0};
    return {source_, mark.line + 1, mark.column + 1};
  }
  std::optional<Node> take() { return std::exchange(root_, std::nullopt); }
  int documents() const noexcept { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    ++documents_;
    if (documents_ > 1) refuse(mark, "a second document begins here", "a job file is one document: remove the '---'");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, anchor, "?");
    put(Node::null(position(mark)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_anchor(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    check(mark, anchor, tag);
    if (value.find('\0') != std::string::npos) refuse(mark, "the text holds a zero byte", "remove the \\0");
    put(Node::scalar(value, tag == "!", position(mark)));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or mapping whose end has not come.
  struct Open {
    Node::Kind kind;
    Position position;
    std::vector<Node> items = {};
    std::vector<Entry> entries = {};
    std::unordered_map<std::string, Position> keys = {};
    std::optional<Entry> pending = {};  ///< a key whose value has not come
    bool duplicate = false;             ///< the pending key occurred before: its value is dropped
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string problem, std::string advice) const {
    throw base::job_file_error(std::move(problem), position(mark).text(), std::move(advice));
  }
  [[noreturn]] void refuse_anchor(const YAML::Mark& mark) const {
    refuse(mark, "anchors (&name) and aliases (*name) are not allowed",
           "write the value out, or quote a text that begins with & or *");
  }
  void check(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) const {
    if (anchor != YAML::NullAnchor) refuse_anchor(mark);
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, fmt::format("tags such as {} are not allowed", quote("!" + tag.substr(tag.find_last_of("!:") + 1))),
             "remove it, or quote a text that begins with !");
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    check(mark, anchor, tag);
    // To yaml-cpp a bracket that is never closed is the beginning of a key.
    if (wants_key())
      refuse(mark, "a bracket is never closed, or a list or mapping stands where a key should",
             "close it; keys are plain names; quote a text that begins with { or [");
    if (open_.size() >= static_cast<std::size_t>(max_document_depth)) {
      refuse(mark, fmt::format("lists and mappings are nested more than {} deep", max_document_depth), "write it flatter");
    }
    open_.push_back({kind, position(mark)});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    put(done.kind == Node::Kind::sequence ? Node::sequence(std::move(done.items), std::move(done.position))
                                          : Node::mapping(std::move(done.entries), std::move(done.position)));
  }

  bool wants_key() const { return !open_.empty() && open_.back().kind == Node::Kind::mapping && !open_.back().pending; }

  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().kind == Node::Kind::sequence) {
      open_.back().items.push_back(std::move(node));
    } else if (wants_key()) {
      put_key(std::move(node));
    } else {
      put_value(open_.back(), std::move(node));
    }
  }

  void put_key(Node node) {
    if (node.is_null() || node.text().empty()) {
      throw base::job_file_error("a key may not be empty", node.position().text(), "quote the word if null or ~ is meant");
    }
    Open& mapping = open_.back();
    const auto [first, fresh] = mapping.keys.emplace(node.text(), node.position());
    mapping.duplicate = !fresh;
    if (!fresh) {
      diagnostics_.error(node.position(), fmt::format("the key {} occurs twice", quote(node.text())),
                         with_lines_ ? fmt::format("it was given at {} already", first->second.text()) : std::string());
    }
    mapping.pending = Entry{node.text(), Node(), node.position()};
  }

  static void put_value(Open& mapping, Node node) {
    Entry entry = std::move(*mapping.pending);
    mapping.pending.reset();
    if (mapping.duplicate) return;
    // yaml-cpp marks a value that is left out where the next thing begins.
    entry.value = node.is_null() ? Node::null(entry.key_position) : std::move(node);
    mapping.entries.push_back(std::move(entry));
  }

  const std::string& source_;
  bool with_lines_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::optional<Node> root_;
  int documents_ = 0;
};

/// Line and column (from 1) of a byte.
Position position_of_byte(std::string_view text, std::size_t byte, const std::string& source, bool with_lines) {
  if (!with_lines) return {source, 0, 0};
  const std::string_view before = text.substr(0, byte);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {source, static_cast<int>(line) + 1, static_cast<int>(byte - line_start) + 1};
}

void check_characters(std::string_view text, const std::string& source, bool with_lines) {
  const std::size_t valid = base::valid_utf8_prefix(text);
  if (valid < text.size()) {
    throw base::job_file_error("the text is not UTF-8", position_of_byte(text, valid, source, with_lines).text(),
                               "save the file as UTF-8");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20U || byte == '\n' || byte == '\r' || byte == '\t') continue;
    throw base::job_file_error(fmt::format("control characters are not allowed (byte 0x{:02x})", byte),
                               position_of_byte(text, i, source, with_lines).text(), "remove it");
  }
}

std::string_view line_of(std::string_view text, int line) {
  for (; line > 0; --line)
    text.remove_prefix(std::min(text.size(), text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1));
  return text.substr(0, text.find('\n'));
}

/// What to do about a syntax error, from the line where it was found.
std::string advice_for(std::string_view line) {
  if (line.find("${") != std::string_view::npos) return "put a value that holds ${...} into double quotes";
  const auto indentation = line.substr(0, line.find_first_not_of(" \t"));
  if (indentation.find('\t') != std::string_view::npos) return "indent with blanks; YAML does not allow tabs there";
  return "check indentation, quotes and brackets; quote texts that hold ': ' or ' #' or begin with a special character";
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& source, bool with_lines, Diagnostics& diagnostics) {
  check_characters(text, source, with_lines);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  TreeBuilder builder(source, with_lines, diagnostics);
  try {
    // yaml-cpp takes a quotation mark that is never closed for closed if the text ends with a line break; a comment ends it
    // otherwise.
    std::istringstream stream(std::string(text) + (text.ends_with('\n') ? "#" : "\n#"));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    throw base::job_file_error(fmt::format("this is not YAML: {}", error.msg), builder.position(error.mark).text(),
                               advice_for(line_of(text, error.mark.line)));
  }
  std::optional<Node> root = builder.take();
  return root ? std::move(*root) : Node::null({source, 0, 0});
}

}  // namespace fullbase::config
