// Where the output of the night before lies: what `previous.file` leads to, or for a night that is computed again, what it went
// on from when it was computed first.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "runtime/previous.hpp"
#include "runtime/roots.hpp"

namespace fullbase::runtime {

struct PreviousPlace {
  std::string path;      ///< without links; empty: this is a first night
  std::string manifest;  ///< the one within the file
  std::string why_none;
};

/// What `file` leads to. Where that is an output of the same dated `output.file` and not of an earlier as_of (a link to the
/// latest output, and a night that is computed again), it is the one that it went on from, and so on until one is earlier; if the
/// last of them was a first night, so is this. Where that way is broken, because an output on it is gone or is not what it was,
/// it is what `file` leads to. Not collective. Errors: input for a link that leads to nothing and for what is no output of
/// `fullbase run`; job file for one that lies outside of the roots; io.
PreviousPlace previous_place(const std::string& file, const Tonight& tonight, const Roots& roots);

/// The manifest within an output. Throws an input error for a file without one.
std::string manifest_of(const std::string& path);
/// Throws an input error for what is no manifest of a run, or one of another format.
nlohmann::json parse_manifest(const std::string& text, const std::string& path);
/// The moment that the run looked back from, as its resolved job says it.
std::optional<std::int64_t> moment_of(const nlohmann::json& manifest);

}  // namespace fullbase::runtime
