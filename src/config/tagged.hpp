// Values that are a name, or a name with an argument: `log1p`, `{clip: [0, 10]}`, `{impute: {constant: 1000}}`.
//
//   using Transform = std::variant<Log1p, Standardize, Clip, Impute>;
//   config::Form<Transform> transform = config::Tagged<Transform>("transform")
//       .name<Log1p>("log1p", "ln(1 + x).")
//       .name<Standardize>("standardize", "Mean 0, deviation 1.")
//       .argument<Clip>("clip", "Cut to [low, high].", &Clip::range)       // the argument is the value of this member
//       .argument<Impute>("impute", "Fill missing values.", impute_form)   // or is read by a form of the whole alternative
//       .form();
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/form.hpp"

namespace fullbase::config {

/// What stands in the job file: an alternative's place, and its argument (null: the bare name).
struct TaggedValue {
  std::size_t alternative = 0;
  const Node* argument = nullptr;
};
/// Nothing after a report.
std::optional<TaggedValue> read_tagged(const Node& node, const Shape& shape, Diagnostics& diagnostics);
Node show_tagged(const Alternative& alternative, std::optional<Node> argument);

/// V is a std::variant. Alternatives that are the same type twice are not told apart when shown: give each its type.
template <class V>
class Tagged {
 public:
  /// `name` is what messages call the value: "transform".
  explicit Tagged(std::string name) {
    shape_.kind = Shape::Kind::tagged;
    shape_.name = std::move(name);
  }

  /// The bare name is an A as default-constructed.
  template <class A>
  Tagged& name(std::string name, std::string doc) {
    shape_.alternatives.push_back({std::move(name), std::move(doc), true, {}});
    cases_.push_back({[](const Node*, Diagnostics&) { return std::optional<V>(V(A{})); },
                      [](const V& value) { return std::holds_alternative<A>(value); },
                      [](const V&) { return std::optional<Node>(); }});
    return *this;
  }

  /// {name: argument}, read by a form of A. With `alone` the bare name is an A as default-constructed.
  template <class A>
  Tagged& argument(std::string name, std::string doc, Form<A> form, bool alone = false) {
    shape_.alternatives.push_back({std::move(name), std::move(doc), alone, {form.shape}});
    cases_.push_back({[parse = form.parse](const Node* node, Diagnostics& diagnostics) -> std::optional<V> {
                        if (node == nullptr) return V(A{});
                        std::optional<A> value = parse(*node, diagnostics);
                        if (!value) return std::nullopt;
                        return V(std::move(*value));
                      },
                      [](const V& value) { return std::holds_alternative<A>(value); },
                      [show = form.show](const V& value) { return std::optional<Node>(show(std::get<A>(value))); }});
    return *this;
  }

  /// {name: argument}, where the argument is the value of one member of A.
  template <class A, class M>
  Tagged& argument(std::string name, std::string doc, M A::*member, const Rules& rules = {}, bool alone = false) {
    return argument<A>(std::move(name), std::move(doc),
                       converted<A, M>(
                           config::form<M>(rules),
                           [member](M value, const Position&, Diagnostics&) {
                             A made{};
                             made.*member = std::move(value);
                             return std::optional<A>(std::move(made));
                           },
                           [member](const A& value) { return value.*member; }),
                       alone);
  }

  Form<V> form() const {
    const auto shape = std::make_shared<const Shape>(shape_);
    return {shape_,
            [shape, cases = cases_](const Node& node, Diagnostics& diagnostics) -> std::optional<V> {
              const auto found = read_tagged(node, *shape, diagnostics);
              if (!found) return std::nullopt;
              std::optional<Diagnostics::Scope> scope;
              if (found->argument != nullptr) scope.emplace(diagnostics, shape->alternatives[found->alternative].name);
              return cases[found->alternative].parse(found->argument, diagnostics);
            },
            [shape, cases = cases_](const V& value) {
              for (std::size_t i = 0; i < cases.size(); ++i)
                if (cases[i].holds(value)) return show_tagged(shape->alternatives[i], cases[i].show(value));
              throw base::internal_error("a " + shape->name + " has no name in its description");
            }};
  }

 private:
  struct Case {
    std::function<std::optional<V>(const Node*, Diagnostics&)> parse;
    std::function<bool(const V&)> holds;
    std::function<std::optional<Node>(const V&)> show;
  };
  Shape shape_;
  std::vector<Case> cases_;
};

}  // namespace fullbase::config
