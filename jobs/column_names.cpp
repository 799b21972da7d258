#include "jobs/column_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fullbase::jobs {

std::optional<std::string> repeated_name(const data::Schema& schema) {
  for (auto field = schema.fields.begin(); field != schema.fields.end(); ++field) {
    if (std::ranges::find(field + 1, schema.fields.end(), field->name, &data::Field::name) != schema.fields.end())
      return field->name;
  }
  return std::nullopt;
}

bool check_names(runtime::CheckContext& context, const data::Schema& result) {
  const auto name = repeated_name(result);
  if (name)
    context.error("", fmt::format("the result would have two columns '{}'", *name),
                  "rename the column of the input by a select step");
  return !name;
}

}  // namespace fullbase::jobs
