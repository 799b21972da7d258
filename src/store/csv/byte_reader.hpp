// Bytes of an input file in order: from a place in a plain file, or from the start of a compressed one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.hpp"
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
  /// `encoding`: an encoding_name(); empty: utf-8. `shown`: what messages call it; empty: its path. Throws an input error if
  /// there is no such file or it is no regular one, an io error if it cannot be read.
  explicit InputFile(const std::string& path, std::string encoding = {}, std::string shown = {});

  const std::string& path() const noexcept { return shown_; }
  std::int64_t bytes() const noexcept { return state_.bytes; }
  std::int64_t modified_ns() const noexcept { return state_.modified_ns; }
  /// Told by the first two bytes, not by the name.
  bool compressed() const noexcept { return compressed_; }
  /// Whether the text can only be read from its start on: it is compressed, or in another encoding than UTF-8.
  bool sequential() const noexcept { return compressed_ || !encoding_.empty(); }

  /// Up to bytes.size() bytes of the file as it is, from `offset`; safe from several threads.
  std::size_t read_at(std::int64_t offset, std::span<char> bytes) const;
  /// The text from its byte `offset` on, uncompressed and in UTF-8. A sequential() file is read from its start for that.
  std::unique_ptr<ByteReader> text(std::int64_t offset) const;
  /// Throws an input error if the file is not as it was when it was opened: by its size, time and place.
  void require_unchanged() const;

 private:
  std::unique_ptr<ByteReader> text() const;

  File file_;
  std::string shown_;
  std::string encoding_;  ///< empty: utf-8
  FileState state_;
  bool compressed_ = false;
};

/// The input error for a file that is not what it was.
base::Error changed(const InputFile& file);

}  // namespace fullbase::store::csv
