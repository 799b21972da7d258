#include "store/pending_parts.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "store/file.hpp"
#include "store/lock.hpp"

namespace fullbase::store {
namespace {

using Json = nlohmann::ordered_json;

std::string pending_path(const std::string& folder) {
  return folder + "/pending.json";
}

}  // namespace

std::int64_t part_number(const std::string& file) {
  const auto dash = file.rfind('-');
  if (dash == std::string::npos || dash == 0 || !file.ends_with(".h5")) return 0;
  const std::string digits = file.substr(dash + 1, file.size() - dash - 4);
  if (digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789") != std::string::npos) return 0;
  return std::stoll(digits);
}

PendingParts read_pending(const std::string& folder) {
  const std::string path = pending_path(folder);
  if (::access(path.c_str(), F_OK) != 0) return {};
  const auto damaged = [&] {
    return base::input_error("is damaged", path, "remove it; parts that the manifest does not mention are then left over");
  };
  PendingParts pending;
  try {
    const Json json = Json::parse(read_text(path));
    pending.made = json.at("made").get<std::set<std::string>>();
    pending.replaced = json.at("replaced").get<std::set<std::string>>();
  } catch (const Json::exception&) {
    throw damaged();
  }
  for (const auto* names : {&pending.made, &pending.replaced}) {
    for (const std::string& name : *names) {
      if (part_number(name) == 0 || name.find('/') != std::string::npos) throw damaged();
    }
  }
  return pending;
}

void write_pending(const std::string& folder, const PendingParts& pending) {
  if (pending.empty()) return remove_file(pending_path(folder));
  replace_text(pending_path(folder), Json{{"made", pending.made}, {"replaced", pending.replaced}}.dump(2) + "\n");
}

void remove_pending(const std::string& folder, const std::set<std::string>& mentioned) {
  const PendingParts pending = read_pending(folder);
  if (pending.empty()) return;
  PendingParts left;
  for (const std::string& name : pending.made) {
    if (!mentioned.contains(name)) remove_file(folder + "/" + name);
  }
  const bool read = SharedLock::is_held(readers_path(folder));
  for (const std::string& name : pending.replaced) {
    if (mentioned.contains(name)) continue;
    if (read) {
      left.replaced.insert(name);
    } else {
      remove_file(folder + "/" + name);
    }
  }
  write_pending(folder, left);
}

std::string readers_path(const std::string& folder) {
  return folder + "/readers";
}

}  // namespace fullbase::store
