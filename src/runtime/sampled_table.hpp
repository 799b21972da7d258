// A share of the customers: rows of every table kept or left out by a key, so that all tables keep the same keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "random/generator.hpp"
#include "runtime/filtered_table.hpp"

namespace fullbase::runtime {

/// Which values of a key are in a sample: those whose draw, Philox at the hash of the value's text under the job's seed, lies
/// below the share. So a larger share keeps all that a smaller one does, and 17 as a number, a text and a category are one key.
class KeySample {
 public:
  KeySample(std::string by, double share, std::int64_t seed);

  const std::string& by() const noexcept { return by_; }
  double share() const noexcept { return share_; }
  bool holds(std::string_view key) const noexcept;

 private:
  std::string by_;
  double share_;
  random::Generator generator_;
};

/// Collective. The rows of `source`, whose column `sample.by()` is no float, whose key is in the sample, written to `path` as
/// filter_table() does; rows without a key are left out.
FilteredTable sample_table(comm::Communicator& communicator, const data::BlockSource& source, const KeySample& sample,
                           const std::string& path);

}  // namespace fullbase::runtime
