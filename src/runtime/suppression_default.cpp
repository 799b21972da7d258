#include "runtime/suppression_default.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "runtime/job_file.hpp"

namespace fullbase::runtime {
namespace {

constexpr const char* option = "suppress";

bool has_option(const config::Node& step, const JobKinds& kinds) {
  const auto* const job = step.find("job");
  if (job == nullptr) return false;
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](const auto& kind) { return kind->name() == job->text() && kind->options().find(option) != nullptr; });
}

/// Whether the step's `by` is, or has, this column.
bool groups_by(const config::Node& step, const std::string& column) {
  const auto* const by = step.find("by");
  if (by == nullptr) return false;
  const auto items = by->items();
  return by->text() == column || std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.text() == column; });
}

bool is_published(const config::Node& step) {
  const auto* const publish = step.find("publish");
  return publish == nullptr || publish->text() != "false";
}

/// The number that `below` says; its default, which steps' own `suppress` has too; or nothing for what is reported elsewhere.
std::optional<std::int64_t> below_of(const config::Node& suppress) {
  const auto* const below = suppress.find("below");
  if (below == nullptr) return SuppressionDefault{}.below;
  std::int64_t value = 0;
  const auto& text = below->text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

config::Node with_default(const config::Node& step, const config::Node& demanded, const std::string& id,
                          config::Diagnostics& diagnostics) {
  const auto* const own = step.find(option);
  if (own != nullptr && !own->is_null()) {
    const auto least = below_of(demanded);
    const auto given = below_of(*own);
    const auto* const counted = own->find("count");
    const auto* const to_count = demanded.find("count");
    if (counted != nullptr && to_count != nullptr && counted->text() != to_count->text()) {
      const auto step_scope = diagnostics.enter(id);
      const auto scope = diagnostics.enter(option);
      diagnostics.error(counted->position(),
                        fmt::format("the values of '{}' are counted, and privacy.suppress demands those of '{}'", counted->text(),
                                    to_count->text()),
                        fmt::format("give the column the name '{}' by a step before this one", to_count->text()));
    }
    if (least && given && *given < *least) {
      const auto step_scope = diagnostics.enter(id);
      const auto scope = diagnostics.enter(option);
      diagnostics.error(own->position(),
                        fmt::format("groups of {} customers are fewer than privacy.suppress lets through", *given),
                        fmt::format("set below to {} or more", *least));
    }
    return step;
  }
  std::vector<config::Entry> entries;
  for (const auto& entry : step.entries()) {
    if (entry.key != option) entries.push_back(entry);
  }
  entries.push_back({option, demanded, demanded.position()});
  return config::Node::mapping(std::move(entries), step.position());
}

}  // namespace

config::Node with_suppression(const config::Node& root, const JobKinds& kinds, config::Diagnostics& diagnostics) {
  const auto* const privacy = root.find("privacy");
  const auto* const demanded = privacy == nullptr ? nullptr : privacy->find(option);
  const auto* const count = demanded == nullptr ? nullptr : demanded->find("count");
  const auto* const steps = root.find("steps");
  if (count == nullptr || steps == nullptr || !steps->is_mapping()) return root;
  const auto scope = diagnostics.enter("steps");
  std::vector<config::Entry> written;
  for (const auto& entry : steps->entries()) {
    written.push_back(entry);
    const auto& step = entry.value;
    if (step.is_mapping() && has_option(step, kinds) && is_published(step) && !groups_by(step, count->text()))
      written.back().value = with_default(step, *demanded, entry.key, diagnostics);
  }
  std::vector<config::Entry> entries;
  for (const auto& entry : root.entries()) {
    entries.push_back(entry);
    if (&entry.value == steps) entries.back().value = config::Node::mapping(std::move(written), steps->position());
  }
  return config::Node::mapping(std::move(entries), root.position());
}

}  // namespace fullbase::runtime
