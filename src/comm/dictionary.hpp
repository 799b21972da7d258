// The dictionaries of all ranks, united.
#pragma once

#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "data/dictionary.hpp"

namespace fullbase::comm {

struct RankDictionary {
  data::DictionaryPointer dictionary;  ///< all ranks' categories in byte order; equal on all ranks
  std::vector<std::int32_t> remap;     ///< code in the local dictionary -> code in the united one
};

/// For an import in which every rank has met categories of its own. Ranks share out the byte order by samples, each unites its
/// range, and all gather the ranges: no rank sorts everything, and nobody compares a string with more than about log(strings)
/// others. Collective. Sends a rank's strings once to the owners of their ranges (8 bytes more each), and once every range to
/// every rank, which is what having the dictionary everywhere costs. Memory: local and united dictionary, and once more
/// the larger of local strings and a range. Throws an input error on every rank beyond 2^31 - 1 categories.
RankDictionary unite_dictionaries(Communicator& communicator, const data::Dictionary& local);

}  // namespace fullbase::comm
