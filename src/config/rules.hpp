// What values an option takes beyond its type: ranges and the like, as data, so that parser, schema and reference say the same.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fullbase::config {

/// Holds every int64 and every double.
using Number = long double;

struct Bound {
  Number value = 0;
  bool inclusive = true;
};

/// For a list or a mapping, ranges hold for each of its items.
struct Rules {
  std::optional<Bound> least = {};
  std::optional<Bound> most = {};
  std::vector<Number> numbers = {};     ///< the only numbers allowed; empty: all
  std::vector<std::string> texts = {};  ///< the only texts allowed; empty: all
  bool not_empty = false;               ///< texts, lists and mappings
  bool distinct = false;                ///< no two items of a list are equal
  bool identifier_keys = false;         ///< a mapping's keys are [a-z][a-z0-9_]*
  bool nan_allowed = false;             ///< doubles only
  bool infinity_allowed = false;        ///< doubles only
  std::string default_meaning = {};     ///< what an absent value stands for, where the default is null: "as many as Slurm grants"
  std::string (*number_text)(Number) = nullptr;  ///< how messages write the numbers above; null: as they are
  std::vector<std::string> remarks = {};         ///< further conditions, for the reference

  /// Both sets of rules.
  Rules& operator&=(Rules other);
};

/// "at least 1, at most 10"; empty if every value is allowed.
std::string describe(const Rules& rules);
/// Whether they restrict single numbers or texts, rather than lists, mappings and the reference.
bool has_value_rules(const Rules& rules);
/// The shortest text that reads back as the number.
std::string number_text(Number value);

template <class T>
concept Arithmetic = std::integral<T> || std::floating_point<T>;

Rules least(Bound bound);
Rules most(Bound bound);
template <Arithmetic T>
Rules at_least(T value) {
  return least({static_cast<Number>(value), true});
}
template <Arithmetic T>
Rules at_most(T value) {
  return most({static_cast<Number>(value), true});
}
template <Arithmetic T>
Rules more_than(T value) {
  return least({static_cast<Number>(value), false});
}
template <Arithmetic T>
Rules less_than(T value) {
  return most({static_cast<Number>(value), false});
}
/// Both ends included.
template <Arithmetic T, Arithmetic U>
Rules between(T low, U high) {
  Rules rules = at_least(low);
  rules &= at_most(high);
  return rules;
}
Rules one_of(std::initializer_list<const char*> texts);
Rules one_of(std::initializer_list<Number> numbers);
/// A text of at least one character; a list or mapping of at least one item, its texts not empty either.
Rules non_empty();
Rules distinct();
Rules identifier_keys();
Rules nan_allowed();
Rules infinity_allowed();
Rules default_means(std::string meaning);

/// A condition in code, on the whole value of an option: `problem(value)` returns what is wrong with it, or an empty text.
/// `range` says it in the reference.
template <class Function>
struct Check {
  std::string range;
  Function problem;
};
template <class Function>
Check<Function> check(std::string range, Function problem) {
  return {std::move(range), std::move(problem)};
}

}  // namespace fullbase::config
