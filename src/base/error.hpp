// The one exception type of fullbase: what is wrong, where, what to do, and the exit code that goes with it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace fullbase::base {

/// Each kind is also the process's exit code (docs/guide.md lists them for scripts).
enum class ErrorKind : int {
  usage = 2,        ///< the command line
  input_data = 65,  ///< the data that was given
  internal = 70,    ///< a broken promise of our own code
  io = 74,          ///< file system, network, HDF5
  stopped = 75,     ///< stopped on request; run it again
  job_file = 78,    ///< the job file
};

/// An error as a user reads it. `what()` is "<where>: <problem>; <advice>", parts that are empty left out.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string problem, std::string where = {}, std::string advice = {});

  ErrorKind kind() const noexcept { return kind_; }
  int exit_code() const noexcept { return static_cast<int>(kind_); }
  const std::string& problem() const noexcept { return problem_; }
  const std::string& where() const noexcept { return where_; }
  const std::string& advice() const noexcept { return advice_; }

  /// The same error, known to have happened inside `outer` ("step segments", "rank 3"): where() becomes "outer: where".
  Error within(std::string_view outer) const;

  /// The same error, which every rank has: agreements throw such ones. A rank that ends with another leaves the others waiting.
  Error known_to_all() const;
  bool is_known_to_all() const noexcept { return known_to_all_; }

  /// A byte string that decode() turns into an equal error on another rank.
  std::string encode() const;
  static Error decode(std::string_view encoded);

 private:
  ErrorKind kind_;
  std::string problem_;
  std::string where_;
  std::string advice_;
  bool known_to_all_ = false;
};

Error usage_error(std::string problem, std::string where = {}, std::string advice = {});
Error input_error(std::string problem, std::string where = {}, std::string advice = {});
Error io_error(std::string problem, std::string where = {}, std::string advice = {});
Error job_file_error(std::string problem, std::string where = {}, std::string advice = {});
Error internal_error(std::string problem, std::string where = {});

/// An io_error with the text of an errno value: "cannot <action>: <strerror>"; a full disk has an advice, if there is no other.
Error system_error(std::string_view action, int error_number, std::string where = {}, std::string advice = {});

/// Any exception in flight as an Error: an Error as it is; bad_alloc and what the system or the file system says, io; others,
/// internal. Call inside a catch block.
Error current_error();

}  // namespace fullbase::base
