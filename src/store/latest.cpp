#include "store/latest.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "base/error.hpp"
#include "store/file.hpp"
#include "store/lock.hpp"
#include "store/publish.hpp"

namespace fullbase::store {
namespace {

namespace fs = std::filesystem;

void check_name(const std::string& link) {
  std::error_code ignored;
  const auto status = fs::symlink_status(link, ignored);
  if (fs::exists(status) && !fs::is_symlink(status))
    throw base::job_file_error("is there and no symbolic link, so it is not replaced", link,
                               "move it away, or give output.latest another name");
}

/// The path from the link's folder to a file, whatever links lead to either.
std::string path_from(const std::string& link, const std::string& file) {
  const fs::path target = fs::weakly_canonical(folder_of(file)) / fs::path(file).filename();
  return target.lexically_relative(fs::weakly_canonical(folder_of(link))).string();
}

void replace_link(const std::string& link, const std::string& file) {
  const auto fresh = link + ".new";
  remove_file(fresh);
  if (::symlink(path_from(link, file).c_str(), fresh.c_str()) != 0)
    throw base::system_error("make the link", errno, fresh, "the file system must have symbolic links");
  rename_durably(fresh, link);
}

}  // namespace

void check_link(const std::string& link) {
  check_name(link);
  check_name(run_manifest_path(link));
}

std::string followed(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_symlink(path, ignored)) return path;
  const auto target = link_target(path);
  return !target.empty() && fs::is_regular_file(target, ignored) ? target : path;
}

std::string followed(comm::Communicator& communicator, const std::string& path) {
  return communicator.broadcast_text(communicator.is_root() ? followed(path) : std::string());
}

std::string link_target(const std::string& link) {
  std::error_code error;
  const auto target = fs::canonical(link, error);
  return error ? std::string() : target.string();
}

bool move_link(const std::string& link, const std::string& output,
               const std::function<bool(const std::string& current)>& may_move) {
  make_folders(folder_of(link));
  const FileLock lock(link + ".lock", "the link", std::chrono::minutes(1));
  check_link(link);
  if (!may_move(link_target(link))) return false;
  replace_link(link, output);
  replace_link(run_manifest_path(link), run_manifest_path(output));
  return true;
}

}  // namespace fullbase::store
