#include "base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

namespace fullbase::base {
namespace {

std::string sentence(const std::string& where, const std::string& problem, const std::string& advice) {
  std::string text = where.empty() ? problem : fmt::format("{}: {}", where, problem);
  if (!advice.empty()) text += fmt::format("; {}", advice);
  return text;
}

}  // namespace

Error::Error(ErrorKind kind, std::string problem, std::string where, std::string advice)
    : std::runtime_error(sentence(where, problem, advice)),
      kind_(kind),
      problem_(std::move(problem)),
      where_(std::move(where)),
      advice_(std::move(advice)) {}

Error Error::within(std::string_view outer) const {
  Error error(kind_, problem_, where_.empty() ? std::string(outer) : fmt::format("{}: {}", outer, where_), advice_);
  error.known_to_all_ = known_to_all_;
  return error;
}

Error Error::known_to_all() const {
  Error error = *this;
  error.known_to_all_ = true;
  return error;
}

std::string Error::encode() const {
  return fmt::format("{} {} {}\n{}{}{}", static_cast<int>(kind_), problem_.size(), where_.size(), problem_, where_, advice_);
}

Error Error::decode(std::string_view encoded) {
  const auto line_end = encoded.find('\n');
  int kind = 0;
  std::size_t problem_size = 0;
  std::size_t where_size = 0;
  const auto read = [](std::string_view& text, auto& value) {
    const auto [next, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool ok = status == std::errc();
    text.remove_prefix(static_cast<std::size_t>(next - text.data()));
    if (!text.empty()) text.remove_prefix(1);
    return ok;
  };
  if (line_end == std::string_view::npos) return internal_error("an error message from another rank arrived damaged");
  std::string_view head = encoded.substr(0, line_end);
  const std::string_view body = encoded.substr(line_end + 1);
  if (!read(head, kind) || !read(head, problem_size) || !read(head, where_size) || problem_size > body.size() ||
      where_size > body.size() - problem_size) {
    return internal_error("an error message from another rank arrived damaged");
  }
  return Error(static_cast<ErrorKind>(kind), std::string(body.substr(0, problem_size)),
               std::string(body.substr(problem_size, where_size)), std::string(body.substr(problem_size + where_size)));
}

Error usage_error(std::string problem, std::string where, std::string advice) {
  return Error(ErrorKind::usage, std::move(problem), std::move(where), std::move(advice));
}
Error input_error(std::string problem, std::string where, std::string advice) {
  return Error(ErrorKind::input_data, std::move(problem), std::move(where), std::move(advice));
}
Error io_error(std::string problem, std::string where, std::string advice) {
  return Error(ErrorKind::io, std::move(problem), std::move(where), std::move(advice));
}
Error job_file_error(std::string problem, std::string where, std::string advice) {
  return Error(ErrorKind::job_file, std::move(problem), std::move(where), std::move(advice));
}
Error internal_error(std::string problem, std::string where) {
  return Error(ErrorKind::internal, std::move(problem), std::move(where),
               "this is a fault in fullbase; please report it with the job file and the log");
}

Error system_error(std::string_view action, int error_number, std::string where, std::string advice) {
  if (advice.empty() && (error_number == ENOSPC || error_number == EDQUOT))
    advice = "free some disk space, or let the output stand elsewhere";
  return io_error(fmt::format("cannot {}: {}", action, std::strerror(error_number)), std::move(where), std::move(advice));
}

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return io_error("out of memory", {}, "lower resources.memory_per_rank or give the job more memory");
  } catch (const std::system_error& error) {
    return io_error(error.what());
  } catch (const std::exception& error) {
    return internal_error(error.what());
  } catch (...) {
    return internal_error("an exception of unknown type");
  }
}

}  // namespace fullbase::base
