#include "store/csv/byte_reader.hpp"

#include <zlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "store/csv/encoding.hpp"

namespace fullbase::store::csv {
namespace {

class PlainReader final : public ByteReader {
 public:
  PlainReader(const InputFile& file, std::int64_t offset) : file_(file), offset_(offset) {}
  std::size_t read(std::span<char> bytes) override {
    const std::size_t count = file_.read_at(offset_, bytes);
    offset_ += static_cast<std::int64_t>(count);
    return count;
  }

 private:
  const InputFile& file_;
  std::int64_t offset_;
};

/// gzip members, one after the other (RFC 1952). Zeros behind the last one, as tapes and block devices pad, are passed over.
class GzipReader final : public ByteReader {
 public:
  explicit GzipReader(const InputFile& file) : file_(file), input_(std::size_t{1} << 18) {
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw base::internal_error("zlib cannot be started");
  }
  ~GzipReader() override { inflateEnd(&stream_); }

  std::size_t read(std::span<char> bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      if (stream_.avail_in == 0) fill();
      if (stream_.avail_in == 0) {
        if (within_member_) throw damaged("ends within its compressed data");
        break;
      }
      if (!within_member_) {
        if (any_member_ && *stream_.next_in == 0) {
          pass_over_zeros();
          break;
        }
        inflateReset(&stream_);
        any_member_ = true;
        within_member_ = true;
      }
      const std::size_t room = std::min<std::size_t>(bytes.size() - done, std::size_t{1} << 30);
      stream_.next_out = reinterpret_cast<Bytef*>(bytes.data() + done);
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += room - stream_.avail_out;
      if (status == Z_STREAM_END) {
        within_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw damaged(stream_.msg ? stream_.msg : "is damaged");
      }
    }
    return done;
  }

 private:
  void pass_over_zeros() {
    for (; stream_.avail_in > 0; fill()) {
      if (std::any_of(stream_.next_in, stream_.next_in + stream_.avail_in, [](Bytef byte) { return byte != 0; })) {
        throw damaged("has other bytes behind the zeros that follow its compressed data");
      }
      stream_.avail_in = 0;
    }
  }
  void fill() {
    const std::size_t count = file_.read_at(offset_, input_);
    offset_ += static_cast<std::int64_t>(count);
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(count);
  }
  base::Error damaged(const std::string& what) const {
    return base::input_error("the gzip file is damaged near byte " + std::to_string(offset_ - stream_.avail_in) + ": " + what,
                             file_.path(), "fetch it again; `gzip -t` checks it");
  }

  const InputFile& file_;
  std::vector<char> input_;
  std::int64_t offset_ = 0;
  z_stream stream_{};
  bool within_member_ = false;
  bool any_member_ = false;
};

}  // namespace

InputFile::InputFile(const std::string& path, std::string encoding, std::string shown)
    : file_(File::open_read(path, "check `files` of the import")),
      shown_(shown.empty() ? path : std::move(shown)),
      encoding_(encoding == utf8_name ? "" : std::move(encoding)),
      state_(file_.state()) {
  char magic[2] = {};
  compressed_ = read_at(0, magic) == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
}

std::size_t InputFile::read_at(std::int64_t offset, std::span<char> bytes) const {
  return file_.read_some(offset, std::as_writable_bytes(bytes));
}

std::unique_ptr<ByteReader> InputFile::text() const {
  std::unique_ptr<ByteReader> bytes;
  if (compressed_) {
    bytes = std::make_unique<GzipReader>(*this);
  } else {
    bytes = std::make_unique<PlainReader>(*this, 0);
  }
  return encoding_.empty() ? std::move(bytes) : decoded(std::move(bytes), encoding_, shown_);
}

std::unique_ptr<ByteReader> InputFile::text(std::int64_t offset) const {
  if (!sequential()) return std::make_unique<PlainReader>(*this, offset);
  auto reader = text();
  std::vector<char> skipped(std::size_t{1} << 16);
  while (offset > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::int64_t>(offset, static_cast<std::int64_t>(skipped.size())));
    const std::size_t count = reader->read(std::span(skipped).first(want));
    if (count == 0) break;
    offset -= static_cast<std::int64_t>(count);
  }
  return reader;
}

void InputFile::require_unchanged() const {
  if (!file_.is_still(state_)) throw changed(*this);
}

base::Error changed(const InputFile& file) {
  return base::input_error("the file changed while it was read", file.path(), "run again when it is complete");
}

}  // namespace fullbase::store::csv
