// How one value is read from a job file and shown again: a form for each type an option may have.
//
// A job page rarely names one: the member's type says it. bool, int, int64, double, std::string and enums with names have a form;
// std::optional<T> may be null; std::vector<T> is a list, or one item alone; std::vector<std::pair<std::string, T>> is a mapping
// in the order of the file; std::pair<A, B> a list of two; Located<T> a T that knows its position; and a struct with
// `config::Description<T> describe(config::Type<T>)` beside it is a mapping of its options. Where the type does not say enough,
// give the form of the innermost value: `config::bytes()` for std::optional<std::int64_t>, or std::vector<std::int64_t>.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/rules.hpp"
#include "config/shape.hpp"

namespace fullbase::config {

/// `show` gives what `parse` would read as an equal value. `parse` returns nothing if and only if it reported why (or somebody
/// did before: see Node::Kind::invalid).
template <class T>
struct Form {
  using Value = T;
  Shape shape;
  std::function<std::optional<T>(const Node&, Diagnostics&)> parse;
  std::function<Node(const T&)> show;
};

/// Finds `describe(Type<T>)` and nothing else by argument-dependent look-up.
template <class T>
struct Type {};

// --- forms of one value
// ----------------------------------------------------------------------------------------------------------

/// true or false; yes, no, on and off are refused with the word that is meant.
Form<bool> boolean();
/// A whole number; 1e3 and 2.0 are 1000 and 2, 1.5 is a mistake, and so are 010 and 0x10, which YAML versions read differently.
Form<std::int64_t> integer(Rules rules = {});
/// A finite double, unless the rules allow .inf or .nan.
Form<double> number(Rules rules = {});
/// A text, with or without quotes; null, lists and mappings are refused.
Form<std::string> text(Rules rules = {});
/// A text with its own check: `problem(text)` returns what is wrong, or an empty text. `name` for people: "date", "expression".
Form<std::string> text_of(std::string name, std::function<std::string(std::string_view)> problem, Rules rules = {});
/// One of some words, or a number: what begins with a letter is taken for a word. `name` says both ("scale, auto, or a number").
using WordOrNumber = std::variant<std::string, double>;
Form<WordOrNumber> word_or_number(std::string name, std::initializer_list<const char*> words, Rules number_rules = {});
/// A size in bytes: "4GiB", "500 MB", 1048576 (see base/size.hpp). Ranges are in bytes.
Form<std::int64_t> bytes(Rules rules = {});
/// A duration in microseconds: "90d", "12h", "1.5h", "250ms" (see base/time.hpp). Ranges are in microseconds.
Form<std::int64_t> duration(Rules rules = {});
/// A date or timestamp in ISO 8601, kept as text: what it means depends on the job's time zone.
Form<std::string> time_text(Rules rules = {});
/// A value as it stands, for readers of their own.
Form<Node> anything();
/// A mapping that holds the options of `common` and those of the kind that its key `kind_key` names, kept as it stands: the steps
/// of a job file. `like_key` names a key of `common` by which a mapping takes over what another one of its kind states: the
/// schema then asks for nothing else in it. (The form reads mappings in which that is done.) What is referred to must outlive the
/// form.
Form<Node> kinds(std::string kind_key, const AnyDescription& common, std::vector<const AnyDescription*> kinds,
                 std::string like_key = {});

/// One of some names: enums go through it. The value is the name's place in the table.
struct Name {
  std::string name;
  std::string doc = {};
};
Form<std::size_t> choice(std::vector<Name> names);

/// T by way of U: `to` returns nothing after a report (the position is that of the value), `from` gives back what `to` took.
template <class T, class U>
Form<T> converted(Form<U> form, std::function<std::optional<T>(U, const Position&, Diagnostics&)> to,
                  std::function<U(const T&)> from) {
  return {form.shape,
          [parse = form.parse, to](const Node& node, Diagnostics& diagnostics) -> std::optional<T> {
            std::optional<U> value = parse(node, diagnostics);
            if (!value) return std::nullopt;
            return to(std::move(*value), node.position(), diagnostics);
          },
          [show = form.show, from](const T& value) { return show(from(value)); }};
}

/// An enum whose namespace has `enum_names(E)`: a range of {value, "name"} or {value, "name", "what it means"}.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  enum_names(e);
};

template <NamedEnum E>
Form<E> enumeration() {
  std::vector<E> values;
  std::vector<Name> names;
  for (const auto& row : enum_names(E{})) {
    if constexpr (requires { std::get<2>(row); }) {
      values.push_back(std::get<0>(row));
      names.push_back({std::string(std::get<1>(row)), std::string(std::get<2>(row))});
    } else {
      values.push_back(row.first);
      names.push_back({std::string(row.second), {}});
    }
  }
  return converted<E, std::size_t>(
      choice(std::move(names)),
      [values](std::size_t place, const Position&, Diagnostics&) { return std::optional<E>(values[place]); },
      [values](const E& value) {
        for (std::size_t place = 0; place < values.size(); ++place)
          if (values[place] == value) return place;
        throw base::internal_error("a value of an enum has no name in its table");
      });
}

/// The form that a type has by itself; specialise it for a type of your own, or write `describe(Type<T>)`.
template <class T>
struct FormOf;

}  // namespace fullbase::config

#include "config/containers.hpp"  // IWYU pragma: export
