#include "store/input_files.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "parallel/stop.hpp"

namespace fullbase::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view missing_value = "__HIVE_DEFAULT_PARTITION__";
constexpr std::string_view any_folders = "**";

bool is_wild(std::string_view part) noexcept {
  return part.find_first_of("*?") != std::string_view::npos;
}

/// The parts between slashes, those that say nothing left out.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

/// "a/b" of the folder "a" and the name "b"; the folder "" is the working folder, "/" the root.
std::string joined(const std::string& folder, std::string_view name) {
  return folder.empty() || folder.ends_with('/') ? folder + std::string(name) : fmt::format("{}/{}", folder, name);
}

bool is_folder_at(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// A folder itself, not a link to one: links may lead round in a circle.
bool is_own_folder(const std::string& path) noexcept {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  const fs::path path = folder.empty() ? "." : folder;
  // Not by a range for, whose ++ throws what is no base::Error.
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) throw base::io_error(fmt::format("cannot look for files: {}", error.message()), path.string());
  return names;
}

/// One pattern's search, folder by folder.
class Search {
 public:
  explicit Search(const std::string& pattern) : pattern_(pattern), parts_(parts_of(pattern)) {}

  std::vector<std::string> run() {
    if (!parts_.empty() && parts_.back() == any_folders) parts_.push_back("*");
    look_into(pattern_.starts_with('/') ? "/" : "", 0);
    if (!found_.empty()) return std::move(found_);
    throw base::input_error("no file has a name like this", pattern_, advice());
  }

 private:
  /// Finds what fits the parts from `at` on below `folder`.
  void look_into(const std::string& folder, std::size_t at) {
    if (at == parts_.size()) return;
    parallel::stop_point();
    const std::string& part = parts_[at];
    // `**` beside `**` would come to a folder by every way of sharing out those above it.
    if (part == any_folders && !looked_into_.emplace(folder, at).second) return;
    const bool last = at + 1 == parts_.size();
    if (!is_wild(part)) {
      const std::string path = joined(folder, part);
      // A name behind a wildcard need not be in every folder.
      struct stat status {};
      if (last && (!wild_before(at) || ::lstat(path.c_str(), &status) == 0)) found_.push_back(path);
      if (!last && is_folder_at(path)) look_into(path, at + 1);
      return;
    }
    if (part == any_folders) look_into(folder, at + 1);
    for (const std::string& name : names_in(folder)) {
      const std::string path = joined(folder, name);
      if (part == any_folders) {
        if (!name.starts_with('.') && is_own_folder(path)) look_into(path, at);
      } else if (fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0 && is_folder_at(path) != last) {
        if (last) {
          found_.push_back(path);
        } else {
          look_into(path, at + 1);
        }
      }
    }
  }

  bool wild_before(std::size_t at) const {
    return std::any_of(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(at), is_wild);
  }

  /// The first folder that is not there says more than the whole pattern.
  std::string advice() const {
    std::string folder = pattern_.starts_with('/') ? "/" : "";
    for (std::size_t at = 0; at + 1 < parts_.size() && !is_wild(parts_[at]); ++at) {
      folder = joined(folder, parts_[at]);
      if (!is_folder_at(folder)) return fmt::format("there is no folder '{}'", folder);
    }
    return "check the path and the wildcard";
  }

  std::string pattern_;
  std::vector<std::string> parts_;
  std::vector<std::string> found_;
  std::set<std::pair<std::string, std::size_t>> looked_into_;  ///< by the parts `**`
};

std::string plain_path(const std::string& path) {
  std::string plain = path.starts_with('/') ? "/" : "";
  for (const std::string& part : parts_of(path)) plain = joined(plain, part);
  return plain.empty() || plain == standard_input ? path : plain;
}

int hex_digit(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

/// Percent signs that two digits don't follow stand for themselves.
std::string url_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    decoded += low < 0 ? text[i] : static_cast<char>(high * 16 + low);
    if (low >= 0) i += 2;
  }
  return decoded;
}

}  // namespace

const PartitionValue* SourceFile::partition(std::string_view name) const {
  const auto has_name = [&](const PartitionValue& partition) { return partition.name == name; };
  const auto found = std::find_if(partitions.begin(), partitions.end(), has_name);
  if (found == partitions.end()) return nullptr;
  if (std::any_of(found + 1, partitions.end(), has_name)) {
    throw base::input_error(fmt::format("the path has two folders '{}=...'", name), path, "give each a name of its own");
  }
  return &*found;
}

SourceFile source_file(std::string path) {
  SourceFile file;
  const std::vector<std::string> parts = parts_of(path);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == std::string::npos || equals == 0) continue;
    PartitionValue partition{url_decoded(std::string_view(parts[i]).substr(0, equals)), parts[i].substr(equals + 1)};
    if (*partition.value == missing_value) {
      partition.value.reset();
    } else {
      partition.value = url_decoded(*partition.value);
    }
    file.partitions.push_back(std::move(partition));
  }
  file.path = std::move(path);
  return file;
}

PathColumns::PathColumns(std::span<const SourceFile> files, std::vector<std::string> columns)
    : columns_(std::move(columns)), examples_(columns_.size()) {
  for (const SourceFile& file : files) {
    for (const PartitionValue& partition : file.partitions) {
      const auto column = std::find(columns_.begin(), columns_.end(), partition.name) - columns_.begin();
      if (column == std::ssize(columns_)) continue;
      any_ = true;
      auto& example = examples_[static_cast<std::size_t>(column)];
      if (example.empty()) example = file.path;
    }
  }
}

PathValues PathColumns::of(const SourceFile& file) const {
  if (!any_) return {};
  PathValues values(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (examples_[i].empty()) continue;
    const PartitionValue* const partition = file.partition(columns_[i]);
    if (partition == nullptr) {
      throw base::input_error(
          fmt::format("the path has no folder '{0}=...' for the column '{0}', as '{1}' has", columns_[i], examples_[i]),
          file.path, "move the file, or import it into a table of its own");
    }
    values[i] = *partition;
  }
  return values;
}

std::string identity(const PathValues& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    const auto& [name, value] = *values[i];
    text += fmt::format("{} {}:{} ", i, name.size(), name);
    text += value ? fmt::format("{}:{} ", value->size(), *value) : "missing ";
  }
  return text;
}

bool may_have_partition(const std::string& pattern, std::string_view name) {
  if (source_file(pattern).partition(name) != nullptr) return true;
  const std::vector<std::string> parts = parts_of(pattern);
  return std::any_of(parts.begin(), parts.empty() ? parts.end() : parts.end() - 1, is_wild) ||
         (!parts.empty() && parts.back() == any_folders);
}

std::vector<SourceFile> find_source_files(std::span<const std::string> patterns) {
  std::vector<std::string> paths;
  for (const std::string& pattern : patterns) {
    if (is_wild(pattern)) {
      const auto found = Search(pattern).run();
      paths.insert(paths.end(), found.begin(), found.end());
    } else {
      paths.push_back(plain_path(pattern));
    }
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  std::vector<SourceFile> files;
  for (std::string& path : paths) files.push_back(source_file(std::move(path)));
  return files;
}

}  // namespace fullbase::store
