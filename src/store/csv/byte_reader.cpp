#include "store/csv/byte_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/error.hpp"

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

/// gzip members, one after the other (RFC 1952).
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
        inflateReset(&stream_);
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
};

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    if (errno == ENOENT || errno == ENOTDIR) throw base::input_error("no such file", path_, "check `files` of the import");
    throw base::system_error("open it", errno, path_);
  }
  struct stat status {};
  const auto fail = [&](base::Error error) {
    ::close(descriptor_);
    throw error;
  };
  if (::fstat(descriptor_, &status) != 0) fail(base::system_error("ask for its size", errno, path_));
  if (!S_ISREG(status.st_mode)) fail(base::input_error("is not a regular file", path_));
  bytes_ = status.st_size;
  modified_ns_ = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  char magic[2] = {};
  try {
    compressed_ = read_at(0, magic) == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
  } catch (const base::Error& error) {
    fail(error);
  }
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

std::size_t InputFile::read_at(std::int64_t offset, std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        ::pread(descriptor_, bytes.data() + done, bytes.size() - done, offset + static_cast<std::int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw base::system_error("read it", errno, path_);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::unique_ptr<ByteReader> InputFile::text(std::int64_t offset) const {
  if (!compressed_) return std::make_unique<PlainReader>(*this, offset);
  auto reader = std::make_unique<GzipReader>(*this);
  std::vector<char> skipped(std::size_t{1} << 16);
  while (offset > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::int64_t>(offset, static_cast<std::int64_t>(skipped.size())));
    const std::size_t count = reader->read(std::span(skipped).first(want));
    if (count == 0) break;
    offset -= static_cast<std::int64_t>(count);
  }
  return reader;
}

}  // namespace fullbase::store::csv
