// The job file: any text is a job that is checked, or an error of the job file, whatever the job kinds ask of it.
#include "config/document.hpp"
#include "fuzz/target.hpp"
#include "jobs/registry.hpp"
#include "runtime/job_check.hpp"

namespace {

using namespace fullbase;

data::Schema transactions() {
  using data::Type;
  return {.fields = {{"invoice", Type::category, true, 0, {}},
                     {"customer", Type::category, true, 0, {}},
                     {"item", Type::category, true, 0, {}},
                     {"time", Type::timestamp, false, 0, {}},
                     {"quantity", Type::int64, false, 0, {}},
                     {"price", Type::decimal, true, 3, {}},
                     {"weight", Type::float64, true, 0, {}},
                     {"returned", Type::boolean, true, 0, {}},
                     {"note", Type::string, true, 0, {}},
                     {"day", Type::date, true, 0, {}}},
          .key = {}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto no_variables = [](std::string_view) { return std::optional<std::string>("1"); };
  fuzz::reads_or_refuses([&] {
    config::Diagnostics diagnostics;
    const auto root = config::load_text(text, "job.yaml", {{}, no_variables}, diagnostics);
    auto job = runtime::parse_job(root, jobs::job_kinds(), diagnostics);
    runtime::KnownTables tables;
    for (const char* name : {"transactions", "customers", "credit", "baskets"}) tables.store[name] = transactions();
    for (const auto& [name, table] : job.options.import) tables.store[name.value] = transactions();
    for (const auto& [name, input] : job.options.inputs) tables.inputs[name.value] = transactions();
    const auto checked = runtime::check_job(std::move(job), tables, diagnostics);
    diagnostics.throw_if_any();
    checked.file.resolved(jobs::job_kinds());
  });
  return 0;
}
