// 128-bit integers: exact sums across blocks, products of decimals, totals of integer weights.
#pragma once

namespace fullbase::base {

__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;

}  // namespace fullbase::base
