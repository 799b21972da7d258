#include "cli/inference.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "cli/import_draft.hpp"
#include "store/csv/dialect.hpp"
#include "store/csv/infer.hpp"

namespace fullbase::cli {
namespace {

struct InferenceArguments {
  std::vector<std::string> files;
  std::string delimiter;
  std::string layout = "rows";
};

int infer(const InferenceArguments& arguments, Invocation& invocation) {
  if (arguments.layout == "baskets") {
    print_draft(store::infer_baskets(arguments.files, arguments.delimiter), arguments.files, invocation.out);
  } else {
    print_draft(store::infer_csv(arguments.files, arguments.delimiter), arguments.files, invocation.out);
  }
  return 0;
}

std::string delimiter_problem(const std::string& text) {
  try {
    store::CsvOptions options;
    options.delimiter = text;
    options.quote = {};
    store::csv::dialect_of(options);
    return {};
  } catch (const base::Error& error) {
    return error.problem() + "; " + error.advice();
  }
}

}  // namespace

void add_inference(CLI::App& command, Selection& selection, std::function<void()> otherwise) {
  const auto arguments = std::make_shared<InferenceArguments>();
  auto* const job = command.get_option("job");
  job->required(false);
  auto* const files = command
                          .add_option("--infer", arguments->files,
                                      "Import nothing: read these CSV files and print a draft of a job file's import section")
                          ->type_name("FILE...")
                          ->excludes(job);
  command
      .add_option("--delimiter", arguments->delimiter,
                  "With --infer: one character, tab or blanks; left out: what the first file shows")
      ->check(delimiter_problem)
      ->needs(files);
  command.add_option("--layout", arguments->layout, "With --infer: `baskets` where each line is a basket of items")
      ->check(CLI::IsMember({"rows", "baskets"}))
      ->needs(files);
  command.callback([arguments, job, &selection, otherwise = std::move(otherwise)] {
    if (arguments->files.empty()) {
      if (job->count() == 0) throw CLI::RequiredError("job");
      otherwise();
      return;
    }
    selection = {.uses_ranks = false, .run = [arguments](Invocation& invocation) { return infer(*arguments, invocation); }};
  });
}

}  // namespace fullbase::cli
