// Local work that can fail, brought to one outcome on every rank.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "parallel/stop.hpp"

namespace fullbase::comm {

/// If any rank passes an error, every rank throws the lowest failing rank's, with "rank r" in its place. Collective; one 8-byte
/// reduction when all is well.
void agree(Communicator& communicator, const std::optional<base::Error>& local);

/// Runs local work (no collectives inside), then agrees. Every rank returns, or every rank throws the same error. Loops of the
/// work are points where a requested stop ends it (parallel/stop.hpp).
/// auto rows = collective_try(communicator, "read lines", [&] { return parse(...); });
template <class F>
auto collective_try(Communicator& communicator, std::string_view stage, F&& work) {
  using Result = std::invoke_result_t<F>;
  std::optional<base::Error> failure;
  if constexpr (std::is_void_v<Result>) {
    try {
      const parallel::Stoppable scope;
      std::forward<F>(work)();
    } catch (...) {
      failure = base::current_error();
    }
    StageScope scope(communicator.statistics(), stage);
    agree(communicator, failure);
  } else {
    std::optional<Result> result;
    try {
      const parallel::Stoppable scope;
      result.emplace(std::forward<F>(work)());
    } catch (...) {
      failure = base::current_error();
    }
    StageScope scope(communicator.statistics(), stage);
    agree(communicator, failure);
    return std::move(*result);
  }
}

}  // namespace fullbase::comm
