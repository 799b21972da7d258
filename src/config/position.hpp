// Where in a job file something was written.
#pragma once

#include <compare>
#include <string>
#include <utility>

namespace fullbase::config {

struct Position {
  std::string source = {};  ///< the file as the user named it, or "--set a.b=c"
  int line = 0;             ///< from 1; 0: the source as a whole
  int column = 0;           ///< from 1, in bytes

  /// "job.yaml:12:5", or the source alone.
  std::string text() const;

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// A value that remembers where it was written, so that a mistake found later (in an expression, in a date) points at the place.
/// Two are equal if their values are.
template <class T>
struct Located {
  T value = {};
  Position position = {};

  friend bool operator==(const Located& a, const Located& b) { return a.value == b.value; }
};

}  // namespace fullbase::config
