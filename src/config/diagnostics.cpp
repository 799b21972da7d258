#include "config/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "config/quote.hpp"

namespace fullbase::config {
namespace {

auto order(const Diagnostic& diagnostic) {
  return std::tie(diagnostic.position, diagnostic.path, diagnostic.problem, diagnostic.advice);
}

std::vector<Diagnostic> sorted(std::vector<Diagnostic> diagnostics) {
  const auto before = [](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); };
  const auto same = [](const Diagnostic& a, const Diagnostic& b) { return order(a) == order(b); };
  std::stable_sort(diagnostics.begin(), diagnostics.end(), before);
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
  return diagnostics;
}

/// The problem as a sentence that names the option.
std::string about(const Diagnostic& diagnostic) {
  return diagnostic.path.empty() ? diagnostic.problem : fmt::format("{}: {}", diagnostic.path, diagnostic.problem);
}

}  // namespace

std::string Diagnostic::text() const {
  std::string text = about(*this);
  if (const std::string where = position.text(); !where.empty()) text = fmt::format("{}: {}", where, text);
  if (!advice.empty()) text += "; " + advice;
  return text;
}

Diagnostics::Scope::Scope(Diagnostics& diagnostics, std::string_view part)
    : diagnostics_(diagnostics), length_(diagnostics.path_.size()) {
  if (!diagnostics_.path_.empty() && !part.starts_with('[')) diagnostics_.path_ += '.';
  diagnostics_.path_ += shorten(part);
}
Diagnostics::Scope::~Scope() {
  diagnostics_.path_.resize(length_);
}

void Diagnostics::error(const Position& position, std::string problem, std::string advice) {
  errors_.push_back({position, path_, std::move(problem), std::move(advice)});
}

void Diagnostics::error(const Position& position, const base::Error& error) {
  const std::string where = error.where().empty() ? std::string() : error.where() + ": ";
  errors_.push_back({position, path_, where + error.problem(), error.advice()});
}

void Diagnostics::unknown_name(const Position& position, std::string problem, std::string_view name,
                               const std::vector<std::string>& known) {
  constexpr std::size_t longest_name = 200;
  constexpr std::size_t longest_list = 120;
  std::string advice = name.size() <= longest_name ? base::suggestion(name, std::span<const std::string>(known)) : std::string();
  if (advice.empty() && !known.empty()) {
    const std::string list = fmt::format("known: {}", fmt::join(known, ", "));
    if (list.size() <= longest_list) advice = list;
  }
  error(position, std::move(problem), std::move(advice));
}

void Diagnostics::warn(const Position& position, std::string problem, std::string advice) {
  warnings_.push_back({position, path_, std::move(problem), std::move(advice)});
}

std::vector<Diagnostic> Diagnostics::errors() const {
  return sorted(errors_);
}
std::vector<Diagnostic> Diagnostics::warnings() const {
  return sorted(warnings_);
}

void Diagnostics::throw_if_any() const {
  if (errors_.empty()) return;
  const std::vector<Diagnostic> all = errors();
  if (all.size() == 1) throw base::job_file_error(about(all[0]), all[0].position.text(), all[0].advice);
  std::string text = fmt::format("{} mistakes in the job file", all.size());
  const std::size_t listed = std::min(all.size(), listed_errors);
  for (std::size_t i = 0; i < listed; ++i) text += "\n  " + all[i].text();
  if (listed < all.size()) text += fmt::format("\n  and {} more", all.size() - listed);
  throw base::job_file_error(std::move(text));
}

}  // namespace fullbase::config
