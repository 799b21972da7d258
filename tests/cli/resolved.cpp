// What run.json keeps of a job can be run again: the default of every option of every kind of job reads back as itself.
#include <gmock/gmock.h>

#include "config/document.hpp"
#include "config/echo.hpp"
#include "jobs/registry.hpp"

namespace fullbase::cli {
namespace {

TEST(Resolved, DefaultsOfEveryKindReadBackAsThemselves) {
  for (const auto& kind : jobs::job_kinds()) {
    for (const auto& entry : kind->options().entries()) {
      if (entry.required) continue;
      const auto text = config::to_document(config::Node::mapping({{entry.key, entry.default_value}}));
      config::Diagnostics diagnostics;
      const auto parsed = kind->parse(config::load_text(text, "run.json", {}, diagnostics), diagnostics);
      for (const auto& error : diagnostics.errors())
        EXPECT_EQ(error.path, "") << kind->name() << ": " << error.text();  // other keys that are missing
      const auto* const again = parsed.resolved.find(entry.key);
      ASSERT_NE(again, nullptr);
      EXPECT_EQ(*again, entry.default_value) << kind->name() << "." << entry.key;
    }
  }
}

}  // namespace
}  // namespace fullbase::cli
