// Mistakes in a job file, collected so that a user sees all of them at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/position.hpp"

namespace fullbase::config {

struct Diagnostic {
  Position position;
  std::string path;     ///< the option: "steps.segments.k[1]"
  std::string problem;  ///< what is wrong
  std::string advice;   ///< what to do; may be empty

  /// "job.yaml:9:8: steps.segments.k[1]: 0 is too small; ...".
  std::string text() const;
};

class Diagnostics {
 public:
  /// While it lives, what is reported is about a part of what was read before: "k" or "[1]" is added to the path.
  class [[nodiscard]] Scope {
   public:
    Scope(Diagnostics& diagnostics, std::string_view part);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Diagnostics& diagnostics_;
    std::size_t length_;
  };
  Scope enter(std::string_view key) { return Scope(*this, key); }
  Scope enter(std::size_t index) { return Scope(*this, "[" + std::to_string(index) + "]"); }

  void error(const Position& position, std::string problem, std::string advice = {});
  /// A name that is none of `known`: adds "did you mean ...?", or lists `known` where nothing is near and the list is short.
  void unknown_name(const Position& position, std::string problem, std::string_view name, const std::vector<std::string>& known);
  /// Takes over an error that was thrown while something at `position` was looked at.
  void error(const Position& position, const base::Error& error);
  void warn(const Position& position, std::string problem, std::string advice = {});

  /// Mistakes so far; a reader compares before and after to know whether its part was right.
  std::size_t error_count() const noexcept { return errors_.size(); }
  bool any() const noexcept { return !errors_.empty(); }
  /// Sorted by position, equal ones once.
  std::vector<Diagnostic> errors() const;
  std::vector<Diagnostic> warnings() const;

  /// Most mistakes that one error lists.
  static constexpr std::size_t listed_errors = 20;
  /// Throws one job-file error whose text has a line a mistake, in the order of the file, and "and N more" after
  /// listed_errors of them.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
  std::string path_;
};

}  // namespace fullbase::config
