#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/json_value.hpp"
#include "operations/examination.hpp"
#include "operations/machine_facts.hpp"

namespace fullbase::cli {
namespace {

struct DoctorArguments {
  std::string folder = ".";
  bool json = false;
};

const char* word(operations::Health health) {
  switch (health) {
    case operations::Health::well:
      return "ok";
    case operations::Health::warning:
      return "warning";
    case operations::Health::problem:
      break;
  }
  return "problem";
}

/// "ranks 0, 2: "; empty where it is everybody's.
std::string whose(const operations::Finding& finding, std::size_t ranks) {
  if (finding.ranks.size() == ranks) return {};
  return fmt::format("{} {}: ", finding.ranks.size() == 1 ? "rank" : "ranks", operations::rank_list(finding.ranks));
}

void print_findings(const std::vector<operations::Finding>& findings, std::size_t ranks, std::ostream& out) {
  for (const auto& finding : findings) {
    out << fmt::format("{:<8} {:<16} {}{}\n", word(finding.health), finding.subject, whose(finding, ranks), finding.text);
    if (!finding.remedy.empty()) out << fmt::format("{:<8} {:<16} -> {}\n", "", "", finding.remedy);
  }
}

void print_findings_json(const std::vector<operations::Finding>& findings, std::size_t ranks, std::ostream& out) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& finding : findings)
    list.push_back({{"subject", finding.subject},
                    {"health", word(finding.health)},
                    {"text", finding.text},
                    {"remedy", finding.remedy},
                    {"ranks", finding.ranks}});
  print_json({{"ranks", ranks}, {"findings", list}}, out);
}

int doctor(const DoctorArguments& arguments, Invocation& invocation) {
  const auto facts = operations::find_facts(invocation.communicator, arguments.folder);
  int code = 0;
  if (invocation.communicator.is_root()) {
    const auto findings = operations::examine(facts);
    (arguments.json ? print_findings_json : print_findings)(findings, facts.size(), invocation.out);
    const auto is_problem = [](const operations::Finding& finding) { return finding.health == operations::Health::problem; };
    if (std::ranges::any_of(findings, is_problem)) code = static_cast<int>(base::ErrorKind::job_file);
  }
  return invocation.communicator.broadcast_value(code);
}

}  // namespace

void add_doctor(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand(
      "doctor", "What is well and what is not on this machine, or under mpirun on all of them, with a remedy each");
  const auto arguments = std::make_shared<DoctorArguments>();
  command->add_option("folder", arguments->folder, "The folder where outputs go")->type_name("FOLDER")->capture_default_str();
  command->add_flag("--json", arguments->json, "As one JSON object");
  command->footer("mpirun -n 4 fullbase doctor /shared/out\nExit code 78: there is a problem; warnings alone are 0.");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = true, .run = [arguments](Invocation& invocation) { return doctor(*arguments, invocation); }};
  });
}

}  // namespace fullbase::cli
