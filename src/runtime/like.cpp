#include "runtime/like.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fullbase::runtime {
namespace {

class Likes {
 public:
  Likes(const config::Node& steps, config::Diagnostics& diagnostics)
      : steps_(steps.entries()),
        diagnostics_(diagnostics),
        state_(steps_.size(), State::untouched),
        written_out_(steps_.size()) {}

  std::vector<config::Entry> write_out() {
    std::vector<config::Entry> entries;
    for (std::size_t step = 0; step < steps_.size(); ++step)
      entries.push_back({steps_[step].key, of(step), steps_[step].key_position});
    return entries;
  }

 private:
  enum class State { untouched, open, done };

  const config::Node& of(std::size_t step) {
    if (state_[step] == State::done) return written_out_[step];
    state_[step] = State::open;
    const auto& node = steps_[step].value;
    const auto* const like = node.is_mapping() ? node.find("like") : nullptr;
    written_out_[step] = like == nullptr || like->is_null() ? node : merged(step, *like);
    state_[step] = State::done;
    return written_out_[step];
  }

  config::Node merged(std::size_t step, const config::Node& like) {
    const auto& node = steps_[step].value;
    const auto wrong = config::Node::invalid(node.position());
    if (like.is_invalid()) return wrong;
    const auto other = find(step, like);
    if (!other) return wrong;
    if (state_[*other] == State::open) {
      report(step, [&] {
        diagnostics_.error(like.position(), fmt::format("step {} is like itself, by way of {}", steps_[step].key, like.text()),
                           "state the keys of one of the steps");
      });
      return wrong;
    }
    const auto taken = of(*other);
    if (!taken.is_mapping()) return wrong;  // what is wrong with the other step is reported there
    const auto* const job = node.find("job");
    const auto* const others_job = taken.find("job");
    if (job != nullptr && others_job != nullptr && *job != *others_job) {
      report(step, [&] {
        diagnostics_.error(like.position(), fmt::format("step {} is no {} step", like.text(), job->text()),
                           "a step can only be like one of its own job");
      });
      return wrong;
    }
    std::vector<config::Entry> entries;
    for (const auto& entry : node.entries()) {
      if (entry.key != "like") entries.push_back(entry);
    }
    for (const auto& entry : taken.entries()) {
      if (node.find(entry.key) == nullptr) entries.push_back(entry);
    }
    return config::Node::mapping(std::move(entries), node.position());
  }

  std::optional<std::size_t> find(std::size_t step, const config::Node& like) {
    std::vector<std::string> names;
    for (std::size_t other = 0; other < steps_.size(); ++other) {
      if (like.is_scalar() && steps_[other].key == like.text()) return other;
      if (other != step) names.push_back(steps_[other].key);
    }
    report(step, [&] {
      diagnostics_.unknown_name(like.position(), fmt::format("there is no step '{}'", like.text()), like.text(), names);
    });
    return {};
  }

  /// Under the path of the step itself, however deep the chain that led to it.
  template <class Report>
  void report(std::size_t step, Report&& say) {
    const auto scope = diagnostics_.enter(steps_[step].key);
    const auto like_scope = diagnostics_.enter("like");
    say();
  }

  std::span<const config::Entry> steps_;
  config::Diagnostics& diagnostics_;
  std::vector<State> state_;
  std::vector<config::Node> written_out_;
};

}  // namespace

config::Node with_likes(const config::Node& root, config::Diagnostics& diagnostics) {
  const auto* const steps = root.find("steps");
  if (steps == nullptr || !steps->is_mapping()) return root;
  const auto scope = diagnostics.enter("steps");
  std::vector<config::Entry> entries;
  for (const auto& entry : root.entries()) {
    if (&entry.value == steps)
      entries.push_back(
          {entry.key, config::Node::mapping(Likes(*steps, diagnostics).write_out(), steps->position()), entry.key_position});
    else
      entries.push_back(entry);
  }
  return config::Node::mapping(std::move(entries), root.position());
}

}  // namespace fullbase::runtime
