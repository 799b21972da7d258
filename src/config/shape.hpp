// What values of an option look like, as data: JSON Schema and the reference page are made from it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/rules.hpp"

namespace fullbase::config {

class AnyDescription;

struct Shape {
  enum class Kind : std::uint8_t {
    anything,
    boolean,
    integer,
    number,
    text,
    choice,     ///< one of the names in `alternatives`
    list,       ///< of items[0]
    tuple,      ///< a list with as many items as `items`, each of its own shape
    mapping,    ///< of any keys to items[0]
    structure,  ///< options of `structure`
    tagged,     ///< a name alone, or {name: argument}: see `alternatives`
    either,     ///< of any of the shapes in `items`
    kinds,      ///< options of `structure`, and those of one of `kinds`, which the key `kind_key` names
  };

  /// A name that a value may be, and what follows it.
  struct Alternative {
    std::string name;
    std::string doc = {};
    bool alone = true;                 ///< the bare name is allowed
    std::vector<Shape> argument = {};  ///< {name: argument} is allowed, with this shape; none or one
  };

  Kind kind = Kind::text;
  std::string name = {};     ///< for people: "integer", "list of text", "size such as 4GiB"
  std::string pattern = {};  ///< texts: an ECMAScript regular expression that all of them match; empty: none
  bool also_number = false;  ///< texts that may also be written as a plain number of units (sizes: bytes)
  bool one_or_many = false;  ///< lists: an item alone stands for a list of one
  bool nullable = false;     ///< null says "none"
  Rules rules = {};          ///< of the value itself
  std::vector<Shape> items = {};
  std::vector<Alternative> alternatives = {};
  std::shared_ptr<const AnyDescription> structure = {};
  std::string kind_key = {};
  std::string like_key = {};  ///< of kinds: with this key another mapping of the kind gives the rest; empty: none
  std::vector<const AnyDescription*> kinds = {};  ///< not owned: they outlive the shape
};

using Alternative = Shape::Alternative;

}  // namespace fullbase::config
