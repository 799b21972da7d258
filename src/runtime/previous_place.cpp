#include "runtime/previous_place.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/time.hpp"
#include "runtime/file_probe.hpp"
#include "store/inspect.hpp"

namespace fullbase::runtime {
namespace {

namespace fs = std::filesystem;
constexpr const char* format = "fullbase run 1";
constexpr const char* anew = "make that output again with this version, or begin anew by naming a file that is not there yet";

/// The file that a path leads to; empty if there is none.
std::string without_links(const std::string& file) {
  std::error_code error;
  const auto path = fs::canonical(file, error);
  if (!error) return path.string();
  std::error_code ignored;
  // A link was set by somebody: that its file is gone is no first night.
  if (error == std::errc::no_such_file_or_directory && fs::is_symlink(file, ignored))
    throw base::input_error(fmt::format("the link leads to {}, which is not there", fs::read_symlink(file, ignored).string()),
                            file, "let it lead to the output of the night before, or remove it to begin anew");
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return {};
  throw base::system_error("look for the previous output", error.value(), file);
}

/// Whether the output is one of tonight's own dated series, and is not of an earlier moment.
bool is_not_before(const nlohmann::json& manifest, const Tonight& tonight) {
  const nlohmann::json::json_pointer name("/job/output/file");
  const auto as_of = moment_of(manifest);
  return tonight.output.find("{as_of}") != std::string::npos && manifest.contains(name) && manifest[name] == tonight.output &&
         as_of && tonight.as_of && *as_of >= *tonight.as_of;
}

/// What a manifest says of the output that its run went on from.
const nlohmann::json* previous_of(const nlohmann::json& manifest) {
  const auto inputs = manifest.find("inputs");
  if (inputs == manifest.end()) return nullptr;
  for (const auto& input : *inputs) {
    if (input.value("name", std::string()) == "previous") return &input;
  }
  return nullptr;
}

/// The output that `input` of a later one's manifest names, if it is there and what it was, and is earlier.
std::optional<PreviousPlace> still_there(const nlohmann::json& input, const nlohmann::json& later) {
  PreviousPlace place;
  place.path = input.value("path", std::string());
  std::error_code failure;
  const auto type = fs::status(place.path, failure).type();
  if (type == fs::file_type::none) throw base::system_error("look for the previous output", failure.value(), place.path);
  if (type != fs::file_type::regular) return {};
  try {
    place.manifest = manifest_of(place.path);
    const auto manifest = parse_manifest(place.manifest, place.path);
    const auto as_of = moment_of(manifest);
    if (manifest["digest"] != input.value("sha256", std::string()) || !as_of || *as_of >= *moment_of(later)) return {};
    return place;
  } catch (const nlohmann::json::exception&) {
    return {};
  } catch (const base::Error& error) {
    const bool is_other = error.kind() == base::ErrorKind::input_data || error.kind() == base::ErrorKind::job_file;
    if (!is_other) throw;  // what cannot be read now may be what it was
    return {};             // something else stands there
  }
}

}  // namespace

PreviousPlace previous_place(const std::string& file, const Tonight& tonight, const Roots& roots) {
  PreviousPlace found;
  found.path = without_links(file);
  if (found.path.empty()) return {{}, {}, fmt::format("there is no previous output {}", file)};
  found.manifest = manifest_of(found.path);
  auto place = found;
  for (;;) {
    const auto manifest = parse_manifest(place.manifest, place.path);
    if (!is_not_before(manifest, tonight)) return place;
    const auto* const before = previous_of(manifest);
    if (before == nullptr) return {{}, {}, fmt::format("the previous output {} had none before it", place.path)};
    roots.require(before->value("path", std::string()), "previous.file");
    auto earlier = still_there(*before, manifest);
    if (!earlier) return found;
    place = std::move(*earlier);
  }
}

std::string manifest_of(const std::string& path) {
  probe_file(path);
  auto text = store::output_manifest(path);
  if (!text)
    throw base::input_error("is no output of `fullbase run`: it has no manifest", path, "name the output of the last run");
  return std::move(*text);
}

nlohmann::json parse_manifest(const std::string& text, const std::string& path) {
  auto manifest = nlohmann::json::parse(text, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("digest") || !manifest["digest"].is_string())
    throw base::input_error("has a manifest that says nothing of a run", path, "name the output of the last run");
  if (manifest.value("format", std::string()) != format)
    throw base::input_error("has a manifest of another format than this program reads", path, anew);
  return manifest;
}

std::optional<std::int64_t> moment_of(const nlohmann::json& manifest) {
  const auto job = manifest.find("job");
  if (job == manifest.end() || !job->is_object()) return {};
  const auto as_of = job->find("as_of");
  const auto zone = job->find("timezone");
  if (as_of == job->end() || !as_of->is_string()) return {};
  const base::TimeZone place =
      zone != job->end() && zone->is_string() ? base::TimeZone(zone->get<std::string>()) : base::TimeZone();
  const auto time = base::TimeFormat().parse(as_of->get<std::string>(), place);
  return time ? std::optional(time.value) : std::nullopt;
}

}  // namespace fullbase::runtime
