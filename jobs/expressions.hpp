// Expressions that options hold: parsed and bound with their mistakes reported at the option.
#pragma once

#include <optional>
#include <string_view>

#include "config/position.hpp"
#include "data/expression.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// The expression typed against `schema`; nothing after a mistake was reported at the option `path`.
std::optional<data::BoundExpression> bind_value(runtime::CheckContext& context, std::string_view path, std::string_view text,
                                                const data::Schema& schema);
/// The same for what has to be a condition.
std::optional<data::BoundExpression> bind_condition(runtime::CheckContext& context, std::string_view path, std::string_view text,
                                                    const data::Schema& schema);

/// Runs a check that throws job-file errors, and reports one at the option `path`. False after a report.
template <class F>
bool reported(runtime::CheckContext& context, std::string_view path, F&& check) {
  try {
    std::forward<F>(check)();
    return true;
  } catch (const base::Error& error) {
    if (error.kind() != base::ErrorKind::job_file) throw;
    context.error(path, error.problem(), error.advice());
    return false;
  }
}

}  // namespace fullbase::jobs
