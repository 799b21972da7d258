#include "cli/usage.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace fullbase::cli {
namespace {

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

/// Words that the parser had no use for, `--` left out; the first is to blame.
std::vector<std::string> unused_words(const CLI::App& app) {
  auto words = app.remaining(true);
  std::erase(words, "--");
  // What stands behind an option that there is not is taken for its value, or for an argument of the command.
  std::ranges::stable_partition(words, is_option);
  return words;
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* const command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> names_of_options(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* const option : command.get_options()) {
    if (auto name = option->get_name(); is_option(name)) names.push_back(std::move(name));
  }
  return names;
}

/// What to do about an option that the command does not have.
std::string advice_for(const CLI::App& app, const CLI::App& command, const std::string& option) {
  if (command.get_name() == "submit" && app.get_subcommand("run")->get_option_no_throw(option) != nullptr)
    return "options of `fullbase run` stand behind all others, after --";
  auto advice = base::suggestion(option, names_of_options(command));
  return advice.empty() ? fmt::format("`fullbase {} --help` lists them", command.get_name()) : advice;
}

}  // namespace

runtime::LogFormat asked_format(int argc, const char* const* argv) {
  auto format = runtime::LogFormat::text;
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string_view word = argv[i];
    const bool asks =
        word == "--log-format=json" || (word == "--log-format" && i + 1 < argc && std::string_view(argv[i + 1]) == "json");
    if (asks) format = runtime::LogFormat::json;
  }
  return format;
}

base::Error as_usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const auto words = unused_words(app);
  if (chosen.empty()) {
    if (words.empty()) return base::usage_error(error.what(), {}, "`fullbase --help` lists the commands");
    auto advice = base::suggestion(words.front(), names_of_commands(app));
    if (advice.empty()) advice = "`fullbase --help` lists them";
    return base::usage_error(fmt::format("there is no {} '{}'", is_option(words.front()) ? "option" : "command", words.front()),
                             {}, advice);
  }
  const auto& command = *chosen.front();
  if (!words.empty() && is_option(words.front())) {
    const auto option = words.front().substr(0, words.front().find('='));
    return base::usage_error(fmt::format("there is no option '{}'", option), command.get_name(),
                             advice_for(app, command, option));
  }
  if (!words.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return base::usage_error(fmt::format("'{}' is one argument too many", words.front()), command.get_name(),
                             fmt::format("`fullbase {} --help` says what it takes", command.get_name()));
  return base::usage_error(error.what(), command.get_name(),
                           fmt::format("`fullbase {} --help` says what it takes", command.get_name()));
}

}  // namespace fullbase::cli
