#include "base/aligned_vector.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace fullbase::base {
namespace {

constexpr std::size_t cache_line = 64;
constexpr std::size_t large_page = std::size_t{2} << 20;

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  const auto alignment = bytes >= 2 * large_page ? large_page : cache_line;
  void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  // A wish: where it is refused, small pages do.
  if (alignment == large_page) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void free_aligned(void* memory) noexcept {
  std::free(memory);
}

}  // namespace fullbase::base
