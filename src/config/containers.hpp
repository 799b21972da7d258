// Forms of optional values, lists, mappings and pairs, made around the form of what they hold. Include config/form.hpp.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/form.hpp"

namespace fullbase::config {

template <class T>
class Description;

// What the templates below share; in containers.cpp.
Shape nullable(Shape shape);
Shape list_shape(Shape item, bool one_or_many, const Rules& rules);
Shape mapping_shape(Shape item, const Rules& rules);
Shape tuple_shape(std::vector<Shape> items);
/// The items of a list, or the one that stands for a list; false after a report.
bool read_items(const Node& node, bool one_or_many, const Rules& rules, Diagnostics& diagnostics, std::span<const Node>& items);
bool read_entries(const Node& node, const Rules& rules, Diagnostics& diagnostics, std::span<const Entry>& entries);
bool read_tuple(const Node& node, std::size_t size, Diagnostics& diagnostics, std::span<const Node>& items);
/// Reports items that occur twice.
void check_distinct(std::span<const Node> items, std::span<const Node> shown, Diagnostics& diagnostics);

template <class T>
struct Container {
  using Item = void;
};
template <class T>
struct Container<std::optional<T>> {
  using Item = T;
};
template <class T>
struct Container<std::vector<T>> {
  using Item = T;
};
template <class T>
struct Container<std::vector<std::pair<std::string, T>>> {
  using Item = T;
};
template <class T>
struct Container<std::vector<std::pair<Located<std::string>, T>>> {
  using Item = T;
};
template <class T>
struct Container<Located<T>> {
  using Item = T;
};

template <class T>
Form<std::optional<T>> optional_of(Form<T> form) {
  return {nullable(form.shape),
          [parse = form.parse](const Node& node, Diagnostics& diagnostics) -> std::optional<std::optional<T>> {
            if (node.is_null()) return std::optional<T>();
            std::optional<T> value = parse(node, diagnostics);
            if (!value) return std::nullopt;
            return value;
          },
          [show = form.show](const std::optional<T>& value) { return value ? show(*value) : Node::null(); }};
}

template <class T>
Form<Located<T>> located(Form<T> form) {
  return {form.shape,
          [parse = form.parse](const Node& node, Diagnostics& diagnostics) -> std::optional<Located<T>> {
            std::optional<T> value = parse(node, diagnostics);
            if (!value) return std::nullopt;
            return Located<T>{std::move(*value), node.position()};
          },
          [show = form.show](const Located<T>& value) { return show(value.value); }};
}

/// A list; an item alone stands for a list of one, unless items may be lists themselves.
template <class T>
Form<std::vector<T>> list_of(Form<T> form, const Rules& rules = {}) {
  const bool one_or_many = form.shape.kind != Shape::Kind::list && form.shape.kind != Shape::Kind::tuple;
  return {list_shape(form.shape, one_or_many, rules),
          [form, one_or_many, rules](const Node& node, Diagnostics& diagnostics) -> std::optional<std::vector<T>> {
            std::span<const Node> items;
            if (!read_items(node, one_or_many, rules, diagnostics, items)) return std::nullopt;
            const std::size_t errors = diagnostics.error_count();
            std::vector<T> values;
            std::vector<Node> shown;
            bool complete = true;
            for (std::size_t i = 0; i < items.size(); ++i) {
              std::optional<Diagnostics::Scope> scope;
              if (node.is_sequence()) scope.emplace(diagnostics, "[" + std::to_string(i) + "]");
              std::optional<T> value = form.parse(items[i], diagnostics);
              complete = complete && value.has_value();
              if (value && rules.distinct) shown.push_back(form.show(*value));
              if (value) values.push_back(std::move(*value));
            }
            if (complete && rules.distinct) check_distinct(items, shown, diagnostics);
            if (!complete || diagnostics.error_count() != errors) return std::nullopt;
            return values;
          },
          [show = form.show](const std::vector<T>& values) {
            std::vector<Node> items;
            for (const auto& value : values) items.push_back(show(value));
            return Node::sequence(std::move(items));
          }};
}

/// A mapping in the order of the file. Key is std::string, or Located<std::string> where mistakes will point at keys.
template <class T, class Key = std::string>
Form<std::vector<std::pair<Key, T>>> mapping_of(Form<T> form, const Rules& rules = {}) {
  constexpr bool keeps_position = !std::is_same_v<Key, std::string>;
  return {mapping_shape(form.shape, rules),
          [form, rules](const Node& node, Diagnostics& diagnostics) -> std::optional<std::vector<std::pair<Key, T>>> {
            std::span<const Entry> entries;
            const std::size_t errors = diagnostics.error_count();
            if (!read_entries(node, rules, diagnostics, entries)) return std::nullopt;
            std::vector<std::pair<Key, T>> values;
            for (const Entry& entry : entries) {
              const auto scope = diagnostics.enter(entry.key);
              std::optional<T> value = form.parse(entry.value, diagnostics);
              if (!value) continue;
              if constexpr (keeps_position) {
                values.emplace_back(Key{entry.key, entry.key_position}, std::move(*value));
              } else {
                values.emplace_back(entry.key, std::move(*value));
              }
            }
            if (values.size() != entries.size() || diagnostics.error_count() != errors) return std::nullopt;
            return values;
          },
          [show = form.show](const std::vector<std::pair<Key, T>>& values) {
            std::vector<Entry> entries;
            for (const auto& [key, value] : values) {
              if constexpr (keeps_position) {
                entries.push_back({key.value, show(value)});
              } else {
                entries.push_back({key, show(value)});
              }
            }
            return Node::mapping(std::move(entries));
          }};
}

/// A list of two.
template <class A, class B>
Form<std::pair<A, B>> pair_of(Form<A> first, Form<B> second) {
  return {tuple_shape({first.shape, second.shape}),
          [first, second](const Node& node, Diagnostics& diagnostics) -> std::optional<std::pair<A, B>> {
            std::span<const Node> items;
            if (!read_tuple(node, 2, diagnostics, items)) return std::nullopt;
            std::optional<A> a;
            std::optional<B> b;
            {
              const auto scope = diagnostics.enter(std::size_t{0});
              a = first.parse(items[0], diagnostics);
            }
            {
              const auto scope = diagnostics.enter(std::size_t{1});
              b = second.parse(items[1], diagnostics);
            }
            if (!a || !b) return std::nullopt;
            return std::pair<A, B>(std::move(*a), std::move(*b));
          },
          [first, second](const std::pair<A, B>& value) {
            return Node::sequence({first.show(value.first), second.show(value.second)});
          }};
}

/// The containers of M around the form of what they hold: std::optional<std::vector<std::int64_t>> around bytes().
template <class M, class T>
Form<M> around(Form<T> form, const Rules& rules) {
  if constexpr (std::is_same_v<M, T>) {
    return form;
  } else {
    using Item = typename Container<M>::Item;
    static_assert(!std::is_void_v<Item>, "the form does not fit the option's type");
    auto inner = around<Item>(std::move(form), rules);
    if constexpr (std::is_same_v<M, std::optional<Item>>) {
      return optional_of(std::move(inner));
    } else if constexpr (std::is_same_v<M, Located<Item>>) {
      return located(std::move(inner));
    } else if constexpr (std::is_same_v<M, std::vector<Item>>) {
      return list_of(std::move(inner), rules);
    } else {
      return mapping_of<Item, typename M::value_type::first_type>(std::move(inner), rules);
    }
  }
}

/// The form that M has by itself, with rules.
template <class M>
Form<M> form(const Rules& rules = {}) {
  if constexpr (!std::is_void_v<typename Container<M>::Item>) {
    using Item = typename Container<M>::Item;
    return around<M>(form<Item>(rules), rules);
  } else {
    return FormOf<M>::make(rules);
  }
}

template <>
struct FormOf<bool> {
  static Form<bool> make(const Rules&) { return boolean(); }
};
template <>
struct FormOf<std::int64_t> {
  static Form<std::int64_t> make(const Rules& rules) { return integer(rules); }
};
template <>
struct FormOf<int> {
  static Form<int> make(const Rules& rules);
};
template <>
struct FormOf<double> {
  static Form<double> make(const Rules& rules) { return number(rules); }
};
template <>
struct FormOf<std::string> {
  static Form<std::string> make(const Rules& rules) { return text(rules); }
};
template <>
struct FormOf<Node> {
  static Form<Node> make(const Rules&) { return anything(); }
};
template <NamedEnum E>
struct FormOf<E> {
  static Form<E> make(const Rules&) { return enumeration<E>(); }
};
template <class A, class B>
struct FormOf<std::pair<A, B>> {
  static Form<std::pair<A, B>> make(const Rules& rules) { return pair_of(form<A>(rules), form<B>(rules)); }
};

}  // namespace fullbase::config
