#include "runtime/output_place.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "store/file.hpp"
#include "store/latest.hpp"
#include "store/lock.hpp"
#include "store/publish.hpp"

namespace fullbase::runtime {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view placeholder = "{as_of}";

std::string filled(std::string file, const std::string& day) {
  for (auto at = file.find(placeholder); at != std::string::npos; at = file.find(placeholder, at + day.size()))
    file.replace(at, placeholder.size(), day);
  return file;
}

/// A word in braces that is another one; empty if there is none. (A literal ${x}, written $${x}, is a name like others.)
std::string other_placeholder(const std::string& file) {
  for (std::size_t at = file.find('{'); at != std::string::npos; at = file.find('{', at + 1)) {
    const auto end = file.find('}', at);
    if (end == std::string::npos) break;
    const auto word = file.substr(at, end - at + 1);
    if (word != placeholder && (at == 0 || file[at - 1] != '$')) return word;
  }
  return {};
}

std::string day_of(std::int64_t as_of, const base::TimeZone& zone) {
  return base::format_date(base::day_of_timestamp(zone.to_local(as_of)));
}

/// What a manifest beside an output says of it; nothing if there is none that can be read.
struct Published {
  std::string pattern;  ///< output.file as its job file says it
  std::string name;     ///< the file name that this makes
  std::optional<std::int64_t> as_of = {};
};
std::optional<Published> published(const std::string& manifest_path) {
  try {
    const auto manifest = nlohmann::json::parse(store::read_text(manifest_path));
    const auto& job = manifest.at("job");
    if (manifest.at("format") != "fullbase run 1" || !manifest.value("partial", nlohmann::json()).is_null()) return {};
    Published result;
    result.pattern = job.at("output").at("file");
    const base::TimeZone zone(job.at("timezone").get<std::string>());
    if (job.at("as_of").is_null()) return result;
    const auto as_of = base::TimeFormat().parse(job.at("as_of").get<std::string>(), zone);
    if (!as_of) return {};
    result.as_of = as_of.value;
    result.name = fs::path(filled(result.pattern, day_of(as_of.value, zone))).filename();
    return result;
  } catch (const std::exception&) {
    return {};  // not ours
  }
}

void move_latest(const std::string& link, const std::string& file, const Environment& environment, Progress& progress) {
  std::string later;
  store::move_link(link, file, [&](const std::string& current) {
    const auto there = published(store::run_manifest_path(current));
    const bool stays = there && there->as_of && environment.as_of && *there->as_of > *environment.as_of;
    if (stays) later = base::format_timestamp(*there->as_of);
    return !stays;
  });
  if (!later.empty()) progress.warn(fmt::format("{} stays where it is: it points to an output as of {}", link, later));
}

/// An output together with its manifest, unless another run writes it.
void remove_output(const std::string& file) {
  const store::FileLock lock(file + ".lock", "the output");
  store::remove_file(file);
  store::remove_file(store::run_manifest_path(file));
  store::sync_folder(store::folder_of(file));
}

void remove_older(const OutputOptions& output, const std::string& file, Progress& progress) {
  struct Older {
    std::int64_t as_of;
    std::string path;
  };
  const auto folder = store::folder_of(file);
  const std::string ending = store::run_manifest_path("");
  const auto latest = output.latest ? store::link_target(*output.latest) : std::string();
  std::vector<Older> all;
  for (const auto& name : store::list_folder(folder)) {
    if (!name.ends_with(ending)) continue;
    const auto path = folder + "/" + name.substr(0, name.size() - ending.size());
    std::error_code ignored;
    if (fs::is_symlink(path, ignored)) continue;
    const auto manifest = published(store::run_manifest_path(path));
    if (manifest && manifest->as_of && manifest->pattern == output.file && manifest->name == fs::path(path).filename())
      all.push_back({*manifest->as_of, path});
  }
  std::sort(all.begin(), all.end(), [](const Older& a, const Older& b) { return a.as_of > b.as_of; });
  // A manifest whose output somebody has removed stands for no night that is kept.
  std::error_code ignored;
  std::size_t first = 0;
  for (std::int64_t kept = 0; first < all.size() && kept < *output.keep; ++first)
    kept += fs::exists(all[first].path, ignored) ? 1 : 0;
  for (std::size_t i = all.size(); i > first;) {
    const auto& path = all[--i].path;
    if (fs::equivalent(path, file, ignored) || (!latest.empty() && fs::equivalent(path, latest, ignored))) continue;
    try {
      remove_output(path);
      progress.info(fmt::format("{} is removed: {} later ones are kept", path, *output.keep));
    } catch (const base::Error& error) {
      progress.warn(fmt::format("an older output could not be removed: {}", error.what()));
    }
  }
}

/// The folder and those above it that are missing, the uppermost first.
std::vector<std::string> missing_folders(fs::path folder) {
  std::vector<std::string> missing;
  for (; !folder.empty() && !store::is_folder(folder); folder = folder.parent_path()) {
    if (folder.has_filename()) missing.insert(missing.begin(), folder.string());
    if (folder.parent_path() == folder) break;
  }
  return missing;
}

}  // namespace

std::string output_file(const std::string& file, const Environment& environment) {
  return environment.as_of ? filled(file, day_of(*environment.as_of, environment.zone)) : file;
}

void check_output(const OutputOptions& output, const Environment& environment, const config::Node& root,
                  config::Diagnostics& diagnostics) {
  const auto scope = diagnostics.enter("output");
  const auto report = [&](const char* key, std::string problem, std::string advice) {
    const auto key_scope = diagnostics.enter(key);
    diagnostics.error(config::locate(root, std::string("output.") + key), std::move(problem), std::move(advice));
  };
  const bool dated = output.file.find(placeholder) != std::string::npos;
  if (dated && !environment.as_of) report("file", "there is no as_of to stand for {as_of}", "add as_of: 2026-01-31 to the job");
  if (const auto other = other_placeholder(output.file); !other.empty())
    report("file", fmt::format("nothing stands for {}", other), "only {as_of} is replaced");
  const auto name = fs::path(output.file).filename().string();
  if (output.keep && name.find(placeholder) == std::string::npos)
    report("keep", "without {as_of} in the name of the file there are no older ones to keep",
           "write file: \"out/nightly_{as_of}.h5\"");
  if ((mode_of(output) & S_IWOTH) != 0) {
    const auto key_scope = diagnostics.enter("mode");
    diagnostics.warn(config::locate(root, "output.mode"), "everybody on these machines may change the output",
                     "\"0644\" lets everybody read it, \"0640\" the members of output.group");
  }
  if (!output.latest) return;
  if (fs::path(*output.latest).lexically_normal() == fs::path(output_file(output.file, environment)).lexically_normal())
    report("latest", "the link has the name of the output itself", "give it another name");
}

std::optional<unsigned> group_number(const std::string& name) {
  std::vector<char> buffer(1 << 16);
  struct group entry {};
  struct group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return entry.gr_gid;
}

void check_places(const OutputOptions& output) {
  if (output.latest) store::check_link(*output.latest);
  if (!output.group || ::geteuid() == 0) return;
  const auto number = group_number(*output.group);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  const auto count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(0, count)));
  groups.push_back(::getegid());
  if (!number || std::find(groups.begin(), groups.end(), *number) == groups.end())
    throw base::job_file_error(fmt::format("this user is no member of group '{}'", *output.group), "output.group",
                               "name one of your groups (`id -Gn` lists them)");
}

unsigned mode_of(const OutputOptions& output) {
  return static_cast<unsigned>(std::stoul(output.mode, nullptr, 8));
}

void make_places(const OutputOptions& output, const std::string& file) {
  const unsigned search = (mode_of(output) & 0044U) >> 2U;
  std::vector<std::string> folders = {store::folder_of(file)};
  if (output.latest) folders.push_back(store::folder_of(*output.latest));
  for (const auto& folder : folders) {
    const auto made = missing_folders(folder);
    store::make_folders(folder);
    for (const auto& one : made) {
      if (output.group && ::chown(one.c_str(), static_cast<uid_t>(-1), *group_number(*output.group)) != 0)
        throw base::system_error("give the folder to its group", errno, one, "be a member of the group that output.group names");
      if (search != 0 && ::chmod(one.c_str(), 0700U | search) != 0)
        throw base::system_error("set the access rights of the folder", errno, one);
    }
  }
}

void settle_places(const OutputOptions& output, const std::string& file, const Environment& environment, Progress& progress) {
  if (output.latest) move_latest(*output.latest, file, environment, progress);
  if (!output.keep) return;
  try {
    remove_older(output, file, progress);
  } catch (const base::Error& error) {
    // The night is published; that old ones stay is no failure of it.
    progress.warn(fmt::format("older outputs could not be removed: {}", error.what()));
  }
}

}  // namespace fullbase::runtime
