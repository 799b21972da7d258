// An option that is one value for all inputs of a step, or one by input: `how: left`, `how: {rfm: left, blacklist: anti}`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/form.hpp"

namespace fullbase::jobs {

template <class T>
struct ByInput {
  std::optional<T> all = {};
  std::vector<std::pair<std::string, T>> own = {};

  /// The input's own value, or the one for all; null where there is neither.
  const T* of(std::string_view input) const {
    for (const auto& [name, value] : own) {
      if (name == input) return &value;
    }
    return all ? &*all : nullptr;
  }
};

/// `form` reads one value, which is no mapping itself.
template <class T>
config::Form<ByInput<T>> by_input(config::Form<T> form) {
  const auto mapping = config::mapping_of<T>(form);
  config::Shape shape;
  shape.kind = config::Shape::Kind::either;
  shape.name = form.shape.name + " or " + mapping.shape.name;
  shape.items = {form.shape, mapping.shape};
  return {std::move(shape),
          [form, mapping](const config::Node& node, config::Diagnostics& diagnostics) -> std::optional<ByInput<T>> {
            ByInput<T> result;
            if (!node.is_mapping()) {
              result.all = form.parse(node, diagnostics);
              return result.all ? std::optional(std::move(result)) : std::nullopt;
            }
            auto own = mapping.parse(node, diagnostics);
            if (!own) return std::nullopt;
            result.own = std::move(*own);
            return result;
          },
          [form, mapping](const ByInput<T>& value) { return value.all ? form.show(*value.all) : mapping.show(value.own); }};
}

}  // namespace fullbase::jobs
