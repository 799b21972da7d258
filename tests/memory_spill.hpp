// A spill that lives in memory, and one whose reads fail on demand.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.hpp"
#include "data/spill.hpp"

namespace fullbase::testing {

/// Files are byte vectors. `fail_reads_after`: that many reads succeed over all files, later ones throw an io error (-1: never).
class MemorySpill : public data::Spill {
 public:
  explicit MemorySpill(std::int64_t fail_reads_after = -1) : reads_left_(fail_reads_after) {}

  std::unique_ptr<data::SpillFile> open(std::string_view) override { return std::make_unique<File>(*this); }
  std::int64_t reads() const noexcept { return reads_; }

 private:
  class File : public data::SpillFile {
   public:
    explicit File(MemorySpill& spill) : spill_(spill) {}
    void write(std::int64_t offset, std::span<const std::byte> bytes) override {
      const std::lock_guard lock(mutex_);
      const auto end = static_cast<std::size_t>(offset) + bytes.size();
      if (bytes_.size() < end) bytes_.resize(end);
      std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
    }
    void read(std::int64_t offset, std::span<std::byte> bytes) const override {
      const std::lock_guard lock(mutex_);
      ++spill_.reads_;
      if (spill_.reads_left_ == 0) throw base::io_error("the disk is gone", "spill");
      if (spill_.reads_left_ > 0) --spill_.reads_left_;
      if (static_cast<std::size_t>(offset) + bytes.size() > bytes_.size()) throw base::io_error("read beyond the end", "spill");
      std::memcpy(bytes.data(), bytes_.data() + offset, bytes.size());
    }

   private:
    MemorySpill& spill_;
    mutable std::mutex mutex_;
    std::vector<std::byte> bytes_;
  };

  std::atomic<std::int64_t> reads_left_;
  std::atomic<std::int64_t> reads_{0};
};

}  // namespace fullbase::testing
