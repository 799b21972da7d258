// The span functions of math.hpp, once per instruction set. Included by files that are compiled for one instruction set each, so
// it includes nothing: an inline function of the standard library compiled there could end up in code that every CPU runs.
#pragma once

namespace fullbase::base::math_kernels {

/// out[i] = f(x[i]) for i < n.
using Function = void (*)(const double* x, double* out, long n);

struct Table {
  Function exp, expm1, log, log1p, asinh, lgamma;
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

}  // namespace fullbase::base::math_kernels
