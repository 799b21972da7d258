#include "jobs/stated_range.hpp"

namespace fullbase::jobs {

config::Description<StatedRange> describe(config::Type<StatedRange>) {
  return config::Description<StatedRange>("range", "What values lie between, both ends included.")
      .option("least", &StatedRange::least, "The least that a value can be.", config::default_means("as little as it is"))
      .option("most", &StatedRange::most, "The most that a value can be.", config::default_means("as much as it is"))
      .check([](const StatedRange& range, const config::Node& node, config::Diagnostics& diagnostics) {
        if (!range.least && !range.most)
          diagnostics.error(node.position(), "the range has no end", "say what values lie between: {least: 1, most: 5}");
        if (range.least && range.most && *range.least > *range.most)
          diagnostics.error(config::locate(node, "most"), "no value lies in the range", "`least` is to be no more than `most`");
      });
}

recommendation::ValueRange value_range(const StatedRange& range) noexcept {
  recommendation::ValueRange values;
  values.least = range.least.value_or(values.least);
  values.most = range.most.value_or(values.most);
  return values;
}

}  // namespace fullbase::jobs
