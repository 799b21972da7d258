#include "jobs/wanted_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/text.hpp"

namespace fullbase::jobs {
namespace {

/// So that not all names are in memory at once.
constexpr std::int32_t some_slots = 4096;

/// Calls work(slot, name) for every slot.
template <class F>
void for_each_name(const prepare::ValueSlots& slots, F&& work) {
  std::vector<std::int32_t> some;
  for (std::int32_t first = 0; first < slots.size(); first += some_slots) {
    some.resize(static_cast<std::size_t>(std::min(some_slots, slots.size() - first)));
    std::iota(some.begin(), some.end(), first);
    const auto names = slots.texts(some);
    for (std::size_t i = 0; i < some.size(); ++i) work(some[i], names[static_cast<std::int64_t>(i)]);
  }
}

[[noreturn]] void refuse(const prepare::ValueSlots& slots, const std::string& name, const std::string& place) {
  std::vector<std::string> known;
  for_each_name(slots, [&](std::int32_t, std::string_view item) { known.emplace_back(item); });
  std::string advice = base::suggestion(name, std::span<const std::string>(known));
  if (advice.empty()) advice = "name items as the column has them; upper and lower case differ";
  throw base::job_file_error(fmt::format("there is no item '{}'", name), place, std::move(advice)).known_to_all();
}

}  // namespace

std::vector<std::uint8_t> wanted_items(const prepare::ValueSlots& slots, std::span<const std::string> keep,
                                       std::span<const std::string> leave_out, const std::string& place) {
  if (keep.empty() && leave_out.empty()) return {};
  std::unordered_map<std::string_view, std::int32_t> found;
  for (const auto names : {keep, leave_out}) {
    for (const std::string& name : names) found.emplace(name, -1);
  }
  for_each_name(slots, [&](std::int32_t slot, std::string_view name) {
    if (const auto at = found.find(name); at != found.end()) at->second = slot;
  });
  std::vector<std::uint8_t> wanted(static_cast<std::size_t>(slots.size()), keep.empty() ? 1 : 0);
  const auto mark = [&](std::span<const std::string> names, const char* option, std::uint8_t value) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::int32_t slot = found.at(names[i]);
      if (slot < 0) refuse(slots, names[i], fmt::format("{}.{}[{}]", place, option, i));
      wanted[static_cast<std::size_t>(slot)] = value;
    }
  };
  mark(keep, "keep", 1);
  mark(leave_out, "leave_out", 0);
  return wanted;
}

}  // namespace fullbase::jobs
