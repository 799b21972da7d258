#include "base/cpu.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/contract.hpp"
#include "base/error.hpp"

namespace fullbase::base {
namespace {

Isa detect() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  return avx512 ? Isa::avx512 : avx2 ? Isa::avx2 : Isa::baseline;
#else
  return Isa::baseline;
#endif
}

std::optional<Isa> isa_from_name(std::string_view name) noexcept {
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (isa_name(isa) == name) return isa;
  }
  return {};
}

/// What FULLBASE_ISA says; null if it is not set.
const char* requested() noexcept {
  return std::getenv("FULLBASE_ISA");
}

Isa initial() noexcept {
  const char* const name = requested();
  const auto wanted = name == nullptr ? std::nullopt : isa_from_name(name);
  return std::min(wanted.value_or(machine_isa()), machine_isa());
}

std::atomic<Isa>& active() noexcept {
  static std::atomic<Isa> isa = initial();
  return isa;
}

}  // namespace

std::string_view isa_name(Isa isa) noexcept {
  switch (isa) {
    case Isa::baseline:
      return "baseline";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "";
}

Isa machine_isa() noexcept {
  static const Isa isa = detect();
  return isa;
}

Isa active_isa() noexcept {
  return active().load(std::memory_order_relaxed);
}

void check_requested_isa() {
  const char* const name = requested();
  if (name == nullptr) return;
  const auto wanted = isa_from_name(name);
  if (!wanted)
    throw usage_error("there is no instruction set '" + std::string(name) + "'", "FULLBASE_ISA",
                      "give baseline, avx2 or avx512, or unset it");
  if (*wanted > machine_isa())
    throw usage_error("this machine has no " + std::string(name), "FULLBASE_ISA",
                      "the best that it has is " + std::string(isa_name(machine_isa())));
}

void clear_upper_halves() noexcept {
#if defined(__x86_64__)
  static const bool has_any = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx") != 0;
  }();
  if (has_any) __asm__ volatile("vzeroupper" ::: "memory");
#endif
}

void force_isa(Isa isa) {
  FULLBASE_EXPECTS(isa <= machine_isa(), "the machine has the instruction set that a test forces");
  active().store(isa, std::memory_order_relaxed);
}

}  // namespace fullbase::base
