// One description of an options struct: key, member, range, doc. Parsing, defaults, JSON Schema, the reference page and the
// resolved echo all come from it; the struct's member initialisers are the only defaults.
//
//   config::Description<KMeansOptions> describe(config::Type<KMeansOptions>) {
//     return config::Description<KMeansOptions>("kmeans", "Partitions rows into k clusters of least squared distance")
//         .option("k", &KMeansOptions::k, "Clusters, or several numbers to choose from.", config::at_least(1),
//         config::non_empty()) .option("tolerance", &KMeansOptions::tolerance, "Stops when ...", config::at_least(0.0))
//         .option("init", &KMeansOptions::init, "Where centroids start.")              // an enum with enum_names(Init)
//         .option("memory", &KMeansOptions::memory, "...", config::bytes())            // the type alone does not say "bytes"
//         .required("columns", &KMeansOptions::columns, "Columns to use, each with its transforms.");
//   }
//   KMeansOptions options = describe(config::Type<KMeansOptions>()).parse(node, diagnostics);
//   diagnostics.throw_if_any();
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/contract.hpp"
#include "config/form.hpp"

namespace fullbase::config {

/// One option of a struct that AnyDescription does not know by type.
struct OptionEntry {
  std::string key;
  std::string doc;
  bool required = false;
  Shape shape;
  Node default_value;  ///< null where required
  /// Reads the value into the struct; leaves it as it is after a report.
  std::function<void(void* options, const Node&, Diagnostics&)> read;
  std::function<Node(const void* options)> show;
};

/// A description whose struct's type is forgotten: what registries, schemas and reference pages work with.
class AnyDescription {
 public:
  virtual ~AnyDescription() = default;

  const std::string& name() const noexcept { return name_; }
  /// What the struct is for: the first line is the summary.
  const std::string& doc() const noexcept { return doc_; }
  std::span<const OptionEntry> entries() const noexcept { return entries_; }
  std::vector<std::string> keys() const;
  const OptionEntry* find(std::string_view key) const noexcept;

 protected:
  AnyDescription(std::string name, std::string doc) : name_(std::move(name)), doc_(std::move(doc)) {}
  AnyDescription(const AnyDescription&) = default;
  AnyDescription& operator=(const AnyDescription&) = default;

  void add(OptionEntry entry);
  /// False if `node` is no mapping, after a report.
  bool read(void* options, const Node& node, Diagnostics& diagnostics) const;
  Node show_all(const void* options) const;

 private:
  std::string name_;
  std::string doc_;
  std::vector<OptionEntry> entries_;
};

/// Reports every key of the mapping `node` that is in none of the descriptions: for a mapping that several of them read. Then
/// let each parse_own() the whole.
void check_keys(const Node& node, std::span<const AnyDescription* const> descriptions, Diagnostics& diagnostics);

template <class T>
class Description final : public AnyDescription {
 public:
  explicit Description(std::string name, std::string doc = {}) : AnyDescription(std::move(name), std::move(doc)) {}

  /// An option that may be left out. After the doc come, in any order: a form where the member's type does not say enough, rules
  /// (config/rules.hpp), checks.
  template <class M, class... Parts>
  Description& option(std::string key, M T::*member, std::string doc, const Parts&... parts) {
    return add_option(false, std::move(key), member, std::move(doc), parts...);
  }
  /// An option that has to be there.
  template <class M, class... Parts>
  Description& required(std::string key, M T::*member, std::string doc, const Parts&... parts) {
    return add_option(true, std::move(key), member, std::move(doc), parts...);
  }
  /// A condition on several options together, called once each of them was right: it reports to the diagnostics itself.
  Description& check(std::function<void(const T&, const Node&, Diagnostics&)> condition) {
    conditions_.push_back(std::move(condition));
    return *this;
  }

  /// The options of the mapping `node`, defaults filled in. Mistakes, unknown keys among them, go to `diagnostics`; what was
  /// wrong keeps its default.
  T parse(const Node& node, Diagnostics& diagnostics) const {
    const AnyDescription* const self = this;
    const std::size_t errors = diagnostics.error_count();
    if (node.is_mapping()) check_keys(node, std::span(&self, 1), diagnostics);
    return parse_from(node, diagnostics, errors);
  }
  /// The same, but keys that are not described are somebody else's.
  T parse_own(const Node& node, Diagnostics& diagnostics) const {
    return parse_from(node, diagnostics, diagnostics.error_count());
  }

  /// All keys in the order of the description: parse() reads it as an equal struct.
  Node show(const T& options) const { return show_all(&options); }

 private:
  T parse_from(const Node& node, Diagnostics& diagnostics, std::size_t errors) const {
    T options{};
    if (read(&options, node, diagnostics) && diagnostics.error_count() == errors) {
      for (const auto& condition : conditions_) condition(options, node, diagnostics);
    }
    return options;
  }

  template <class M, class... Parts>
  Description& add_option(bool required, std::string key, M T::*member, std::string doc, const Parts&... parts) {
    Rules rules;
    (merge_rules(rules, parts), ...);
    Form<M> made = form_from<M>(rules_of_values(rules), parts...);
    OptionEntry entry;
    entry.key = std::move(key);
    entry.doc = std::move(doc);
    entry.required = required;
    entry.shape = made.shape;
    entry.shape.rules &= rules_for_reference(rules);
    if (!required) entry.default_value = made.show(T{}.*member);
    entry.show = [member, show = made.show](const void* options) { return show(static_cast<const T*>(options)->*member); };
    entry.read = [member, parse = std::move(made.parse), parts...](void* options, const Node& node, Diagnostics& diagnostics) {
      std::optional<M> value = parse(node, diagnostics);
      if (!value) return;
      (apply_check(*value, parts, node, diagnostics), ...);
      static_cast<T*>(options)->*member = std::move(*value);
    };
    add(std::move(entry));
    return *this;
  }

  static void merge_rules(Rules& rules, const Rules& more) { rules &= more; }
  template <class Function>
  static void merge_rules(Rules& rules, const Check<Function>& check) {
    if (!check.range.empty()) rules.remarks.push_back(check.range);
  }
  template <class U>
  static void merge_rules(Rules&, const Form<U>&) {}

  static Rules rules_of_values(Rules rules) {
    rules.default_meaning.clear();
    rules.remarks.clear();
    return rules;
  }
  /// What concerns the option as a whole and no single item: the rest is in the form's shape already.
  static Rules rules_for_reference(const Rules& rules) {
    Rules whole;
    whole.default_meaning = rules.default_meaning;
    whole.remarks = rules.remarks;
    return whole;
  }

  template <class M>
  static Form<M> form_from(const Rules& rules) {
    return form<M>(rules);
  }
  template <class M, class U, class... Rest>
  static Form<M> form_from(const Rules& rules, const Form<U>& given, const Rest&...) {
    FULLBASE_EXPECTS(!has_value_rules(rules),
                     "ranges of an option that names its form are given to the form: bytes(at_least(1))");
    return around<M>(given, rules);
  }
  template <class M, class Other, class... Rest>
  static Form<M> form_from(const Rules& rules, const Other&, const Rest&... rest) {
    return form_from<M>(rules, rest...);
  }

  template <class M, class Part>
  static void apply_check(const M& value, const Part& part, const Node& node, Diagnostics& diagnostics) {
    if constexpr (requires { part.problem(value); }) {
      if (std::string problem = part.problem(value); !problem.empty()) diagnostics.error(node.position(), std::move(problem));
    }
  }

  std::vector<std::function<void(const T&, const Node&, Diagnostics&)>> conditions_;
};

/// A mapping of options, where `describe(Type<T>)` is not at hand.
template <class T>
Form<T> structure(Description<T> description) {
  const auto shared = std::make_shared<const Description<T>>(std::move(description));
  Shape shape;
  shape.kind = Shape::Kind::structure;
  shape.name = shared->name();
  shape.structure = shared;
  return {std::move(shape),
          [shared](const Node& node, Diagnostics& diagnostics) -> std::optional<T> {
            const std::size_t errors = diagnostics.error_count();
            T value = shared->parse(node, diagnostics);
            if (node.is_invalid() || diagnostics.error_count() != errors) return std::nullopt;
            return value;
          },
          [shared](const T& value) { return shared->show(value); }};
}

template <class T>
concept Described = requires {
  describe(Type<T>{});
};
template <Described T>
struct FormOf<T> {
  static Form<T> make(const Rules&) { return structure<T>(describe(Type<T>{})); }
};

}  // namespace fullbase::config
