#include "store/publish.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "parallel/unstoppable.hpp"
#include "store/copy_table.hpp"
#include "store/file.hpp"
#include "store/hdf5.hpp"
#include "store/inspect.hpp"
#include "store/manifest_dataset.hpp"
#include "store/matrix.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

namespace fs = std::filesystem;

void remove_folder(const std::string& folder) {
  std::error_code code;
  fs::remove_all(folder, code);
  if (code) throw base::system_error("remove the folder", code.value(), folder);
}

struct Content {
  std::string step_file;
  std::string name;
  bool is_table = true;  ///< else a matrix
};

/// The largest of the step files that may become the output; null if none may.
const StepFile* largest_to_take(const Publication& publication) {
  const StepFile* largest = nullptr;
  std::int64_t bytes = -1;
  for (const auto& step_file : publication.step_files) {
    if (!step_file.may_be_taken) continue;
    const std::int64_t size = File::open_read(step_file.path).size();
    if (size <= bytes) continue;
    largest = &step_file;
    bytes = size;
  }
  return largest;
}

/// Rank 0: the file that will be the output, and what is to be copied into it, in order of steps and names.
std::vector<Content> begin(const std::string& path, const Publication& publication) {
  const StepFile* const taken = largest_to_take(publication);
  const hdf5::Session session;
  if (taken == nullptr) {
    hdf5::create_file(path, publication.mode).close(path);
  } else {
    rename_durably(taken->path, path);
    // The run that made it may have had another mode.
    if (::chmod(path.c_str(), publication.mode) != 0) throw base::system_error("set the access rights of the file", errno, path);
  }
  std::vector<Content> contents;
  for (const auto& step_file : publication.step_files) {
    if (&step_file == taken) continue;
    for (const auto& table : list_tables(step_file.path)) {
      const bool is_wanted =
          step_file.step.empty() || table.name == step_file.step || table.name.starts_with(step_file.step + "/");
      if (!is_wanted) continue;
      if (!table.problem.empty()) throw base::io_error(table.problem, step_file.path);
      contents.push_back({step_file.path, table.name, table.is_ours});
    }
  }
  return contents;
}

/// Rank 0's list on every rank.
std::vector<Content> share(comm::Communicator& communicator, const std::vector<Content>& contents) {
  std::vector<std::string> texts;
  for (const auto& content : contents) {
    for (const auto& text : {content.step_file, content.name, std::string(content.is_table ? "table" : "matrix")})
      texts.push_back(text);
  }
  texts = communicator.broadcast_texts(texts);
  std::vector<Content> shared;
  for (std::size_t i = 0; i < texts.size(); i += 3) shared.push_back({texts[i], texts[i + 1], texts[i + 2] == "table"});
  return shared;
}

/// Collective. What is read is checked against its checksums. (H5Ocopy of HDF5 1.10.8 crashes on texts of variable length among
/// attributes kept outside the object header, and is serial.)
void copy_content(comm::Communicator& communicator, const Content& content, const std::string& path) {
  if (!content.is_table) {
    const auto matrix = comm::collective_try(
        communicator, "read", [&] { return communicator.is_root() ? read_matrix(content.step_file, content.name) : Matrix{}; });
    return write_matrix(communicator, path, content.name, matrix.view());
  }
  const auto source = comm::collective_try(communicator, "open", [&] { return open_table(content.step_file, content.name); });
  std::vector<std::int32_t> widths;
  for (int column = 0; column < source->schema().columns(); ++column) widths.push_back(string_width(*source, column));
  copy_table(communicator, *source, path, content.name, widths, 0600, {}, Durability::later);
}

/// Rank 0: adds the manifest and brings the file to disk.
void complete(const std::string& path, const std::string& manifest) {
  {
    const hdf5::Session session;
    hdf5::Handle file = hdf5::open_file(path, true);
    write_manifest(file.get(), manifest, path);
    file.close(path);
  }
  File::open_write(path).sync();
}

/// True if a manifest's text says the length and SHA-256 of `output`.
bool describes(const std::string& manifest, const std::string& output) {
  const auto json = nlohmann::ordered_json::parse(manifest, nullptr, false);
  if (!json.is_object() || !json.contains("output") || !json["output"].is_object()) return false;
  return json["output"].value("bytes", nlohmann::ordered_json()) == File::open_read(output).size() &&
         json["output"].value("sha256", nlohmann::ordered_json()) == file_sha256(output);
}

void give_to_group(const std::string& path, unsigned group) {
  if (::chown(path.c_str(), static_cast<uid_t>(-1), group) != 0)
    throw base::system_error("give the file to its group", errno, path, "be a member of the group that output.group names");
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// Removes what is no step with a record.
void clear_steps(const WorkFolder& work) {
  const auto recorded = work.recorded_steps();
  const auto folder = work.path() + "/steps";
  for (const std::string& file : list_folder(folder)) {
    const auto path = folder + "/" + file;
    const bool is_kept = std::ranges::any_of(
        recorded, [&](const auto& step) { return path == work.step_file(step) || path == work.step_record(step); });
    if (!is_kept) remove_file(path);
  }
}

/// After a run that may have died while it published: the manifest beside the output becomes the one of the output that is there.
void settle_manifest(const std::string& output) {
  const std::string path = run_manifest_path(output);
  const std::string fresh = path + ".new";
  const std::string old = path + ".old";
  if (!exists(path)) {
    if (exists(fresh) && exists(output) && describes(read_text(fresh), output)) {
      rename_durably(fresh, path);
    } else if (exists(old)) {
      rename_durably(old, path);
    }
  }
  remove_file(fresh);
  remove_file(old);
}

/// Puts the fresh files in the places of the old ones. At no moment does a manifest stand beside an output that it does not
/// describe; settle_manifest() ends what a crash leaves in between.
void replace_output(const std::string& fresh, const std::string& fresh_manifest, const std::string& output) {
  const std::string manifest = run_manifest_path(output);
  const std::string old = manifest + ".old";
  if (exists(manifest)) rename_durably(manifest, old);
  rename_durably(fresh, output);
  rename_durably(fresh_manifest, manifest);
  remove_file(old);
}

}  // namespace

WorkFolder::WorkFolder(comm::Communicator& communicator, const std::string& output, bool fresh)
    : output_(output), path_(output + ".work") {
  comm::collective_try(communicator, "work folder", [&] {
    if (!communicator.is_root()) return;
    make_folders(folder_of(output_));
    if (is_folder(output_)) throw base::job_file_error("is a folder where the output file should be", output_, "name a file");
    if (is_link(path_)) throw base::io_error("is a link where the work folder should be", path_, "remove the link");
    lock_.emplace(output_ + ".lock", "the output");
    remove_file(output_ + ".new");
    settle_manifest(output_);
    if (fresh) remove_folder(path_);
    make_folders(path_ + "/steps");
    make_folders(checkpoints());
    remove_folder(spill());
    make_folders(spill());
    clear_steps(*this);
    sync_folder(path_);
  });
}

void WorkFolder::finish_step(comm::Communicator& communicator, const std::string& step) const {
  comm::collective_try(communicator, "finish step", [&] {
    if (communicator.is_root()) rename_durably(unfinished_step_file(step), step_file(step));
  });
}

void WorkFolder::discard_step(comm::Communicator& communicator, const std::string& step) const {
  communicator.barrier();  // every rank has closed its files
  comm::collective_try(communicator, "discard step", [&] {
    if (!communicator.is_root()) return;
    remove_file(step_record(step));
    remove_file(unfinished_step_file(step));
    remove_file(step_file(step));
    remove_folder(checkpoints_of(step));
    for (const std::string& file : list_folder(spill())) {
      if (file.starts_with(step + ".")) remove_file(spill() + "/" + file);
    }
  });
}

void WorkFolder::discard_checkpoints(comm::Communicator& communicator, const std::string& step) const {
  comm::collective_try(communicator, "discard checkpoints", [&] {
    if (communicator.is_root()) remove_folder(checkpoints_of(step));
  });
}

std::vector<std::string> WorkFolder::recorded_steps() const {
  std::vector<std::string> steps;
  for (const std::string& file : list_folder(path_ + "/steps")) {
    if (!file.ends_with(record_ending)) continue;
    auto step = file.substr(0, file.size() - record_ending.size());
    if (exists(step_file(step))) steps.push_back(std::move(step));
  }
  return steps;
}

bool WorkFolder::leave() const noexcept {
  std::error_code ignored;
  const bool stays = [&] {
    try {
      clear_steps(*this);
      const auto steps = list_folder(checkpoints());
      return !recorded_steps().empty() || std::ranges::any_of(steps, [&](const auto& step) {
        return std::ranges::any_of(list_folder(checkpoints_of(step)),
                                   [](const auto& file) { return file.ends_with(record_ending); });
      });
    } catch (const base::Error&) {
      return true;  // a folder that cannot be looked at now may hold the work of hours
    }
  }();
  fs::remove_all(stays ? spill() : path_, ignored);
  return stays;
}

void WorkFolder::remove(comm::Communicator& communicator) {
  comm::collective_try(communicator, "remove work folder", [&] {
    if (communicator.is_root()) remove_folder(path_);
  });
}

void publish(comm::Communicator& communicator, const WorkFolder& work, const Publication& publication) {
  const std::string fresh = work.output() + ".new";
  const std::string fresh_manifest = run_manifest_path(work.output()) + ".new";
  try {
    const auto contents = share(communicator, comm::collective_try(communicator, "publish", [&] {
                                  return communicator.is_root() ? begin(fresh, publication) : std::vector<Content>{};
                                }));
    for (const auto& content : contents) copy_content(communicator, content, fresh);
    // What each rank wrote is in its own machine's memory until it brings it to disk.
    comm::collective_try(communicator, "publish", [&] {
      if (!communicator.is_root()) File::open_write(fresh).sync();
    });
    comm::collective_try(communicator, "publish", [&] {
      if (!communicator.is_root()) return;
      const parallel::Unstoppable until_it_is_done;
      complete(fresh, publication.manifest);
      const std::string beside = manifest_beside(publication.manifest, File::open_read(fresh).size(), file_sha256(fresh));
      if (publication.group) give_to_group(fresh, *publication.group);
      // All that can fail for want of space or rights comes before the first rename.
      write_text(fresh_manifest, beside, publication.mode);
      if (publication.group) give_to_group(fresh_manifest, *publication.group);
      replace_output(fresh, fresh_manifest, work.output());
    });
  } catch (...) {
    // Every rank comes here with the same error, which is the one to be told.
    if (communicator.is_root()) {
      ::unlink(fresh.c_str());
      try {
        settle_manifest(work.output());
      } catch (const base::Error&) {
        ::unlink(fresh_manifest.c_str());  // the next run settles the rest
      }
    }
    throw;
  }
}

bool is_as_published(const std::string& output) {
  return describes(read_text(run_manifest_path(output)), output);
}

std::string run_manifest_path(const std::string& output) {
  return output + ".run.json";
}

}  // namespace fullbase::store
