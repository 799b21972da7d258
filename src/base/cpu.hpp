// Which instruction set the hot kernels use. Every path gives the same bits; only the time differs.
#pragma once

#include <string_view>

namespace fullbase::base {

/// Ascending: a machine that has one has those before it.
enum class Isa { baseline, avx2, avx512 };

/// baseline: what the build targets (x86-64-v2); avx2: AVX2, FMA, BMI2; avx512: also F, BW, CD, DQ, VL (x86-64-v4).
std::string_view isa_name(Isa isa) noexcept;

/// The best that this machine and its operating system run.
Isa machine_isa() noexcept;

/// What kernels use: machine_isa(), unless FULLBASE_ISA=baseline|avx2|avx512 (read once, never above the machine's) or force_isa
/// lowers it. A value that cannot be met is passed over here, for check_requested_isa() to report.
Isa active_isa() noexcept;

/// The one of three kernels (or tables of them) that active_isa() runs.
template <class Kernels>
const Kernels& of_active_isa(const Kernels& baseline, const Kernels& avx2, const Kernels& avx512) noexcept {
  switch (active_isa()) {
    case Isa::avx512:
      return avx512;
    case Isa::avx2:
      return avx2;
    case Isa::baseline:
      break;
  }
  return baseline;
}

/// Throws a usage error if FULLBASE_ISA is set to no instruction set, or to one that this machine lacks: a test of a path, or a
/// comparison of times, must not run another one in silence.
void check_requested_isa();

/// Clears the upper halves of the vector registers, as every function that has used them should before it ends: while they are in
/// use, each change between AVX and SSE instructions takes an Intel processor some 70 cycles. For calls of libraries that leave
/// it out.
void clear_upper_halves() noexcept;

/// For tests: kernels use `isa` from here on; one that the machine lacks breaks a contract. Not while kernels run.
void force_isa(Isa isa);

}  // namespace fullbase::base
