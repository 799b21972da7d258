#include <CLI/CLI.hpp>

#include <memory>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "cli/commands.hpp"
#include "cli/table_location.hpp"
#include "runtime/file_probe.hpp"
#include "runtime/resources.hpp"
#include "runtime/verify_work.hpp"
#include "store/digest.hpp"
#include "store/latest.hpp"
#include "store/verify.hpp"

namespace fullbase::cli {
namespace {

/// Collective.
void probe(comm::Communicator& communicator, const std::string& path, bool is_store) {
  is_store ? runtime::probe_store(communicator, path) : runtime::probe_file(communicator, path);
}

int digest(const std::string& given, Invocation& invocation) {
  runtime::take_grant(invocation.communicator, {}, {});
  const auto path = store::followed(invocation.communicator, given);
  const bool of_store = is_store(invocation.communicator, path);
  probe(invocation.communicator, path, of_store);
  const auto digests =
      of_store ? store::store_digests(invocation.communicator, path) : store::file_digests(invocation.communicator, path);
  for (const auto& [table, value] : digests) invocation.out << base::printable_line(table) << ' ' << value << '\n';
  invocation.out << "all " << store::combined_digest(digests) << '\n';
  return 0;
}

/// Collective. An output or a store.
store::Verification verification(comm::Communicator& communicator, const std::string& path) {
  const bool of_store = is_store(communicator, path);
  probe(communicator, path, of_store);
  return of_store ? store::verify_store(communicator, path) : store::verify_output(communicator, path);
}

int verify(const std::string& given, Invocation& invocation) {
  auto& communicator = invocation.communicator;
  runtime::take_grant(communicator, {}, {});
  const auto path = store::followed(communicator, given);
  // A shell completes a folder's name with a slash.
  const auto folder = path.substr(0, path.find_last_not_of('/') + 1);
  // What a broken-off run has left.
  const bool is_work = runtime::is_work_folder(communicator, folder);
  const auto result =
      is_work ? store::Verification{{}, runtime::verify_work(communicator, folder)} : verification(communicator, path);
  for (const auto& [table, value] : result.digests) invocation.out << base::printable_line(table) << ' ' << value << '\n';
  for (const auto& problem : result.problems) invocation.out << "problem: " << base::printable(problem) << '\n';
  if (!result.problems.empty())
    throw base::input_error("this is not what was written: " + result.problems.front(), path,
                            is_work ? "run the job again: what is damaged is computed anew, with --fresh everything"
                                    : "make it again, or take it from a backup");
  invocation.out << path << ": as it was written\n";
  return 0;
}

}  // namespace

void add_digest(CLI::App& app, Selection& selection) {
  auto* const command =
      app.add_subcommand("digest", "The SHA-256 of each table's contents: equal for equal results, whatever ranks made them");
  const auto path = std::make_shared<std::string>();
  command->add_option("path", *path, "A store's folder, an HDF5 or a Parquet file")->required();
  command->footer("fullbase digest out/nightly.h5");
  command->callback([path, &selection] {
    selection = {.uses_ranks = true, .run = [path](Invocation& invocation) { return digest(*path, invocation); }};
  });
}

void add_verify(CLI::App& app, Selection& selection) {
  auto* const command =
      app.add_subcommand("verify", "Whether an output, a store or the work folder of a broken-off run still is what was written");
  const auto path = std::make_shared<std::string>();
  command
      ->add_option("path", *path,
                   "A store's folder, an output of `fullbase run`, or the <output>.work of one that was broken off")
      ->required();
  command->footer("fullbase verify out/nightly.h5\nExit code 65: something is not what was written; 74: it cannot be read.");
  command->callback([path, &selection] {
    selection = {.uses_ranks = true, .run = [path](Invocation& invocation) { return verify(*path, invocation); }};
  });
}

}  // namespace fullbase::cli
