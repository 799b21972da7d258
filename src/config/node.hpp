// A job file as a tree of values that know where they were written. Immutable once built; entries keep the file's order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/position.hpp"

namespace fullbase::config {

struct Entry;

class Node {
 public:
  enum class Kind : std::uint8_t {
    null,      ///< nothing after the colon, ~ or null
    scalar,    ///< one text: a number, a word, a quoted text
    sequence,  ///< a list
    mapping,   ///< keys and values
    invalid,   ///< a value whose mistake was reported already: readers pass over it
  };

  /// Null, at no position.
  Node();
  ~Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;

  static Node null(Position position = {});
  /// `quoted`: a text whatever it looks like; otherwise it may be a number or true and false.
  static Node scalar(std::string text, bool quoted, Position position = {});
  static Node sequence(std::vector<Node> items, Position position = {});
  static Node mapping(std::vector<Entry> entries, Position position = {});
  static Node invalid(Position position = {});

  Kind kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == Kind::null; }
  bool is_scalar() const noexcept { return kind_ == Kind::scalar; }
  bool is_sequence() const noexcept { return kind_ == Kind::sequence; }
  bool is_mapping() const noexcept { return kind_ == Kind::mapping; }
  bool is_invalid() const noexcept { return kind_ == Kind::invalid; }
  const Position& position() const noexcept { return position_; }

  /// A scalar's text, after ${VAR} was replaced; empty otherwise.
  const std::string& text() const noexcept { return text_; }
  /// In quotes, or a block text, and nothing in it was replaced.
  bool quoted() const noexcept { return quoted_; }
  /// A sequence's items; empty otherwise.
  std::span<const Node> items() const noexcept;
  /// A mapping's entries in the order of the file; empty otherwise.
  std::span<const Entry> entries() const noexcept;
  /// The value of a mapping's key, or null.
  const Node* find(std::string_view key) const noexcept;

  /// The same mapping without these keys.
  Node without(std::span<const std::string> keys) const;

  /// What a message calls it: "a list", "a mapping", "the text 'abc'", "nothing".
  std::string describe() const;

  /// Equal kinds and contents; positions and quotes around texts that need none do not count.
  friend bool operator==(const Node& a, const Node& b);

 private:
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  std::string text_;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
  Position position_;
};

struct Entry {
  std::string key;
  Node value;
  Position key_position = {};
};

/// One part of a path such as a.b[0].c below `node`: the longest key of the mapping, or the index, that `path` begins with. Takes
/// that part off `path`; null, and `path` as it was, if there is no such child. Keys may hold dots themselves.
const Node* step_into(const Node& node, std::string_view& path) noexcept;

/// Where the value at `path` ("k", "columns.recency_days[1]") was written; if it was not, where the nearest thing above it was.
Position locate(const Node& node, std::string_view path);

}  // namespace fullbase::config
