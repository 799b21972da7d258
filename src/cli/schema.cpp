#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "config/json_schema.hpp"
#include "config/reference.hpp"
#include "jobs/registry.hpp"
#include "runtime/job_file.hpp"

namespace fullbase::cli {
namespace {

/// What a job takes under `from` where that is more than one table.
std::string inputs_text(const runtime::JobKind& kind) {
  if (kind.names_inputs())
    return "Inputs of `" + kind.name() + "` have names of your choice: " + kind.inputs().front().doc + "\n\n";
  if (kind.inputs().size() < 2) return {};
  std::string text = "Inputs of `" + kind.name() + "`:\n\n";
  for (const auto& slot : kind.inputs()) {
    text += "- `" + slot.name + "`" + (slot.required ? "" : " (optional)") + ": " + slot.doc;
    if (!slot.default_table.empty()) text += " A step's id stands for its table `" + slot.default_table + "`.";
    text += "\n";
  }
  return text + "\n";
}

void print_page(std::string text, std::ostream& out) {
  text.erase(text.find_last_not_of('\n') + 1);
  out << text << '\n';
}

int schema(bool docs, const std::string& name, std::ostream& out) {
  const auto& kinds = jobs::job_kinds();
  if (name.empty()) {
    const auto description = runtime::job_description(kinds);
    if (!docs) {
      out << config::json_schema(description, "fullbase job file") << '\n';
      return 0;
    }
    std::string text = "# Options of a job file\n\nThis page is what `fullbase schema --docs` prints.\n\n";
    text += config::reference_markdown(description);
    for (const auto& kind : kinds) text += inputs_text(*kind);
    print_page(text, out);
    return 0;
  }
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one->name() == name; });
  if (kind == kinds.end()) {
    std::vector<std::string> names;
    for (const auto& one : kinds) names.push_back(one->name());
    throw base::usage_error("there is no job kind '" + name + "'", {}, base::suggestion(name, names));
  }
  if (docs)
    print_page(config::reference_markdown((*kind)->options()) + inputs_text(**kind), out);
  else
    out << config::json_schema((*kind)->options(), name) << '\n';
  return 0;
}

}  // namespace

void add_schema(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("schema", "The job file's format: JSON Schema for editors, or a reference page");
  const auto docs = std::make_shared<bool>(false);
  const auto kind = std::make_shared<std::string>();
  command->add_flag("--docs", *docs, "A reference page in Markdown instead of JSON Schema");
  command->add_option("--job", *kind, "The options of one job kind alone")->type_name("KIND");
  command->footer("fullbase schema > fullbase.schema.json\nfullbase schema --docs --job kmeans");
  command->callback([docs, kind, &selection] {
    selection = {.uses_ranks = false,
                 .run = [docs, kind](Invocation& invocation) { return schema(*docs, *kind, invocation.out); }};
  });
}

}  // namespace fullbase::cli
