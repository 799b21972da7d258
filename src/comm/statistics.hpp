// What a rank sent, by stage and collective: the manifest shows it against the formula in each algorithm's docstring.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace fullbase::comm {

struct Traffic {
  std::int64_t calls = 0;
  /// Payload bytes that this rank handed in: a reduction or all-gather of n bytes counts n, a broadcast n at its root and 0
  /// elsewhere, a gather 0 at its root and n elsewhere, an all-to-all the bytes for other ranks; floats reduce as doubles.
  /// Lengths that a call exchanges first and what the transport makes of it all are not counted.
  std::int64_t bytes = 0;
};

/// Counts by (stage, collective). A stage is named by a StageScope; "" outside of any.
class Statistics {
 public:
  using Table = std::map<std::pair<std::string, std::string>, Traffic>;

  void count(std::string_view collective, std::int64_t bytes);
  const Table& table() const noexcept { return table_; }
  Traffic total() const noexcept;
  /// A stage and the stages within it.
  Traffic total(std::string_view stage) const noexcept;

 private:
  friend class StageScope;
  std::string stage_;
  Table table_;
};

/// Names the stage that what follows belongs to, until it goes out of scope; scopes nest as "outer/inner".
class StageScope {
 public:
  StageScope(Statistics& statistics, std::string_view name);
  ~StageScope();
  StageScope(const StageScope&) = delete;
  StageScope& operator=(const StageScope&) = delete;

 private:
  Statistics& statistics_;
  std::string outer_;
};

}  // namespace fullbase::comm
