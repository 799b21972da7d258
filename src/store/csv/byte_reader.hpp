// Bytes of an input file in order: from a place in a plain file, or from the start of a compressed one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "store/file.hpp"

namespace fullbase::store::csv {

class ByteReader {
 public:
  virtual ~ByteReader() = default;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;
  /// Fills `bytes` from its front; less than all of it only at the end of the file. Throws io errors, and input errors for
  /// compressed bytes that are damaged or cut short.
  virtual std::size_t read(std::span<char> bytes) = 0;

 protected:
  ByteReader() = default;
};

/// An input file that is open for reading.
class InputFile {
 public:
  /// Throws an input error if there is no such file or it is no regular one, an io error if it cannot be read.
  explicit InputFile(const std::string& path);

  const std::string& path() const noexcept { return file_.path(); }
  std::int64_t bytes() const noexcept { return bytes_; }
  std::int64_t modified_ns() const noexcept { return modified_ns_; }
  /// Told by the first two bytes, not by the name.
  bool compressed() const noexcept { return compressed_; }

  /// Up to bytes.size() bytes of the file as it is, from `offset`; safe from several threads.
  std::size_t read_at(std::int64_t offset, std::span<char> bytes) const;
  /// The text from its byte `offset` on, uncompressed. A compressed file is read from its start for that.
  std::unique_ptr<ByteReader> text(std::int64_t offset) const;

 private:
  File file_;
  std::int64_t bytes_ = 0;
  std::int64_t modified_ns_ = 0;
  bool compressed_ = false;
};

}  // namespace fullbase::store::csv
