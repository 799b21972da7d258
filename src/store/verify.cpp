#include "store/verify.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "store/digest.hpp"
#include "store/file.hpp"
#include "store/file_seal.hpp"
#include "store/inspect.hpp"
#include "store/manifest_dataset.hpp"
#include "store/publish.hpp"
#include "store/store.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> table_names(comm::Communicator& communicator, const std::string& path) {
  const auto names = comm::collective_try(communicator, "list tables", [&] {
    std::vector<std::string> found;
    if (!communicator.is_root()) return found;
    for (auto& table : list_tables(path)) {
      if (!table.problem.empty()) throw base::input_error(table.problem, path);
      found.push_back(std::move(table.name));
    }
    return found;
  });
  return communicator.broadcast_texts(names);
}

std::string file_table_digest(comm::Communicator& communicator, const std::string& path, const std::string& table) {
  const auto source = comm::collective_try(communicator, "open table", [&] { return open_table(path, table); });
  return table_digest(communicator, *source);
}

/// What rank 0 finds by looking at the file as a whole.
std::vector<std::string> check_file(const std::string& path, const std::string& manifest) {
  std::vector<std::string> problems;
  const std::string beside = run_manifest_path(path);
  if (::access(beside.c_str(), F_OK) != 0) {
    const bool interrupted = ::access((beside + ".new").c_str(), F_OK) == 0 || ::access((beside + ".old").c_str(), F_OK) == 0;
    return {
        fmt::format("{} is not there: the file's SHA-256 cannot be compared{}", beside,
                    interrupted ? "; the run that was publishing ended early, and the next run to this output restores it" : "")};
  }
  const std::string text = read_text(beside);
  const Json json = Json::parse(text, nullptr, false);
  const Json output = json.is_object() ? json.value("output", Json()) : Json();
  const bool whole = output.is_object() && output.contains("bytes") && output["bytes"].is_number_integer() &&
                     output.contains("sha256") && output["sha256"].is_string();
  if (!whole) return {fmt::format("{} is damaged", beside)};
  const auto bytes = File::open_read(path).size();
  if (output["bytes"] != bytes)
    problems.push_back(fmt::format("{} has {} bytes, {} says {}", path, bytes, beside, output["bytes"].get<std::int64_t>()));
  const auto sha256 = file_sha256(path);
  if (output["sha256"] != sha256) problems.push_back(fmt::format("the SHA-256 of {} is not the one in {}", path, beside));
  if (text != manifest_beside(manifest, output["bytes"], output["sha256"]))
    problems.push_back(fmt::format("the manifest in {} is not the one in {}", path, beside));
  return problems;
}

/// Runs `digest`; what it throws, the same on every rank, becomes a problem.
template <class F>
void try_digest(Verification& result, const std::string& name, F&& digest) {
  try {
    result.digests.emplace_back(name, digest());
  } catch (const base::Error& error) {
    if (error.kind() != base::ErrorKind::input_data && error.kind() != base::ErrorKind::io) throw;
    result.problems.emplace_back(error.what());
  }
}

/// Collective. What no table tells, such as a flipped bit in a file's padding, its seal does.
void check_seals(comm::Communicator& communicator, const Store& store, Verification& result) {
  std::map<std::string, FileSeal> seals;
  for (const auto& [name, table] : store.catalog().tables) {
    for (const auto& part : table.parts) seals.emplace(store.part_path(part), part.seal);
  }
  for (const auto& [path, seal] : seals) {
    if (seal.hash.empty()) continue;
    try {
      if (seal_of(communicator, path) != seal)
        result.problems.push_back(fmt::format("{} is not the file that the store's manifest describes", path));
    } catch (const base::Error& error) {
      if (error.kind() != base::ErrorKind::input_data && error.kind() != base::ErrorKind::io) throw;
      result.problems.emplace_back(error.what());
    }
  }
}

}  // namespace

Digests file_digests(comm::Communicator& communicator, const std::string& path) {
  Digests digests;
  for (const auto& name : table_names(communicator, path))
    digests.emplace_back(name, file_table_digest(communicator, path, name));
  return digests;
}

Digests store_digests(comm::Communicator& communicator, const std::string& folder) {
  const Store store = Store::open(communicator, folder);
  Digests digests;
  for (const auto& [name, table] : store.catalog().tables) {
    const auto source = comm::collective_try(communicator, "open table", [&] { return store.open_table(name); });
    digests.emplace_back(name, table_digest(communicator, *source));
  }
  return digests;
}

Verification verify_output(comm::Communicator& communicator, const std::string& path) {
  Verification result;
  const std::string text = communicator.broadcast_text(comm::collective_try(communicator, "read manifest", [&]() -> std::string {
    if (!communicator.is_root()) return {};
    auto manifest = output_manifest(path);
    if (!manifest) throw base::input_error("has no manifest", path, "give an output of `fullbase run`");
    const Json parsed = Json::parse(*manifest, nullptr, false);
    if (!parsed.is_object() || !parsed.value("digests", Json::object()).is_object())
      throw base::input_error("has a damaged manifest", path, "make the output again");
    return std::move(*manifest);
  }));
  const Json manifest = Json::parse(text);
  result.problems = communicator.broadcast_texts(comm::collective_try(
      communicator, "check file", [&] { return communicator.is_root() ? check_file(path, text) : std::vector<std::string>{}; }));
  std::vector<std::string> names;
  const auto tables = communicator.broadcast_texts(comm::collective_try(communicator, "list tables", [&] {
    std::vector<std::string> found;
    if (communicator.is_root()) {
      for (const auto& table : list_tables(path)) found.push_back(table.name);
    }
    return found;
  }));
  for (const auto& name : tables) {
    try_digest(result, name, [&] { return file_table_digest(communicator, path, name); });
  }
  const Json expected = manifest.value("digests", Json::object());
  const std::set<std::string> present(tables.begin(), tables.end());
  for (const auto& [name, digest] : result.digests) {
    if (!expected.contains(name)) {
      result.problems.push_back(fmt::format("the manifest has no digest of table '{}'", name));
    } else if (expected[name] != digest) {
      result.problems.push_back(fmt::format("the digest of table '{}' is not the one in the manifest", name));
    }
  }
  for (const auto& [name, digest] : expected.items()) {
    if (name != "all" && !present.contains(name))
      result.problems.push_back(fmt::format("table '{}' of the manifest is not there", name));
  }
  return result;
}

Verification verify_store(comm::Communicator& communicator, const std::string& folder) {
  Verification result;
  const Store store = Store::open(communicator, folder);
  for (const auto& [name, table] : store.catalog().tables) {
    try_digest(result, name, [&, &table_name = name] {
      const auto source = comm::collective_try(communicator, "open table", [&] { return store.open_table(table_name); });
      return table_digest(communicator, *source);
    });
  }
  check_seals(communicator, store, result);
  return result;
}

}  // namespace fullbase::store
