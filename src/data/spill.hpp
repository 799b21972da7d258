// Scratch space outside memory, for one rank and one attempt: what a budget refuses goes there and is read back in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace fullbase::data {

/// A growing array of bytes. read() and write() are safe from several threads on disjoint ranges.
class SpillFile {
 public:
  virtual ~SpillFile() = default;
  virtual void write(std::int64_t offset, std::span<const std::byte> bytes) = 0;
  virtual void read(std::int64_t offset, std::span<std::byte> bytes) const = 0;
};

/// Makes spill files; they vanish with their owner, or with the work folder after a crash.
class Spill {
 public:
  virtual ~Spill() = default;
  virtual std::unique_ptr<SpillFile> open(std::string_view purpose) = 0;
};

}  // namespace fullbase::data
