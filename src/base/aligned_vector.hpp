// Vectors for kernels: they begin at a cache line, and large ones lie in large pages where the system has them.
#pragma once

#include <cstddef>
#include <vector>

namespace fullbase::base {

/// Bytes from a multiple of 64 on; from 4 MiB on, of a large page, which the system is asked for. Throws std::bad_alloc.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory) noexcept;

template <class T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(allocate_aligned(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t) noexcept { free_aligned(memory); }

  template <class U>
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator<U>&) noexcept {
    return true;
  }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace fullbase::base
