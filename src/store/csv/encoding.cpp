#include "store/csv/encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace fullbase::store::csv {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 16;
constexpr char never_utf8 = '\xff';

/// iconv's conversion to UTF-8.
class Conversion {
 public:
  explicit Conversion(const std::string& encoding) : handle_(iconv_open("UTF-8", encoding.c_str())) {}
  ~Conversion() {
    if (is_open()) iconv_close(handle_);
  }
  Conversion(const Conversion&) = delete;
  Conversion& operator=(const Conversion&) = delete;

  bool is_open() const noexcept { return handle_ != reinterpret_cast<iconv_t>(-1); }
  /// iconv(): 0, or the errno value of what ended it.
  int convert(char*& in, std::size_t& in_left, char*& out, std::size_t& out_left) noexcept {
    return iconv(handle_, &in, &in_left, &out, &out_left) == static_cast<std::size_t>(-1) ? errno : 0;
  }

 private:
  iconv_t handle_;
};

/// Bytes of the encoding's smallest unit.
std::size_t unit_bytes(std::string_view encoding) noexcept {
  if (encoding.starts_with("utf-16") || encoding.starts_with("ucs-2")) return 2;
  if (encoding.starts_with("utf-32") || encoding.starts_with("ucs-4")) return 4;
  return 1;
}

class DecodingReader final : public ByteReader {
 public:
  DecodingReader(std::unique_ptr<ByteReader> bytes, const std::string& encoding, const std::string& path)
      : bytes_(std::move(bytes)), unit_(unit_bytes(encoding)), in_(buffer_bytes), out_(buffer_bytes) {
    fill();
    conversion_ = std::make_unique<Conversion>(actual_encoding(encoding, path));
    if (!conversion_->is_open()) throw base::job_file_error("iconv does not know the encoding '" + encoding + "'", path);
  }

  std::size_t read(std::span<char> to) override {
    std::size_t done = 0;
    while (done < to.size()) {
      if (out_begin_ == out_end_ && !convert()) break;
      const std::size_t count = std::min(to.size() - done, out_end_ - out_begin_);
      std::memcpy(to.data() + done, out_.data() + out_begin_, count);
      out_begin_ += count;
      done += count;
    }
    return done;
  }

 private:
  /// What iconv is to read after the byte-order mark, which is passed over.
  std::string actual_encoding(const std::string& encoding, const std::string& path) {
    const std::string_view marked = marked_encoding({in_.data(), in_end_});
    if (marked.empty()) {
      if (encoding != "utf-16" || in_end_ == 0) return encoding == "utf-16" ? "utf-16le" : encoding;
      throw base::input_error("there is no byte-order mark, so the order of its bytes is not known", path,
                              "set the import's `encoding` to utf-16le or utf-16be");
    }
    if (marked == encoding || (encoding == "utf-16" && marked != utf8_name)) {
      in_begin_ = 2;
      return std::string(marked);
    }
    if (encoding.starts_with("utf-32")) return encoding;  // its mark begins like that of utf-16
    throw base::input_error("the file begins with the byte-order mark of " + std::string(marked) + ", not of " + encoding, path,
                            "set the import's `encoding` to " + std::string(marked));
  }

  void fill() {
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(in_begin_), in_.begin() + static_cast<std::ptrdiff_t>(in_end_),
              in_.begin());
    in_end_ -= std::exchange(in_begin_, 0);
    const auto room = std::span(in_).subspan(in_end_);
    const std::size_t got = bytes_->read(room);
    in_end_ += got;
    at_end_ = got < room.size();
  }

  /// Makes some text; false at its end.
  bool convert() {
    out_begin_ = out_end_ = 0;
    while (out_end_ == 0) {
      if (in_begin_ == in_end_) {
        if (at_end_) return false;
        fill();
        continue;
      }
      char* in = in_.data() + in_begin_;
      std::size_t in_left = in_end_ - in_begin_;
      char* out = out_.data();
      std::size_t out_left = out_.size();
      const int stopped = conversion_->convert(in, in_left, out, out_left);
      in_begin_ = in_end_ - in_left;
      out_end_ = out_.size() - out_left;
      const bool cut_off = stopped == EINVAL && at_end_;
      if (stopped == EINVAL && !at_end_) fill();
      if ((stopped == EILSEQ || cut_off) && out_left > 0) pass_over_unit();
    }
    return true;
  }

  /// A byte that begins nothing in UTF-8 stands for itself, so that rejects show it.
  void pass_over_unit() {
    const char byte = in_[in_begin_];
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    out_[out_end_++] = unit_ == 1 && continues ? byte : never_utf8;
    in_begin_ += std::min(unit_, in_end_ - in_begin_);
  }

  std::unique_ptr<ByteReader> bytes_;
  std::size_t unit_;
  std::unique_ptr<Conversion> conversion_;
  std::vector<char> in_;
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
  bool at_end_ = false;
  std::vector<char> out_;
  std::size_t out_begin_ = 0;
  std::size_t out_end_ = 0;
};

}  // namespace

std::string encoding_name(std::string_view text) {
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; });
  if (name.starts_with("utf") && name.size() > 3 && name[3] >= '0' && name[3] <= '9') name.insert(3, "-");
  if (name == utf8_name) return name;
  // What follows a slash is iconv's options.
  if (name.empty() || name.find('/') != std::string::npos || !Conversion(name).is_open()) {
    throw base::job_file_error(
        "'" + std::string(text) + "' is no encoding that iconv knows", "encoding",
        "there are utf-8, utf-16, utf-16le, utf-16be, gb18030, latin1, windows-1252 and others; `iconv -l` lists "
        "them");
  }
  return name;
}

std::unique_ptr<ByteReader> decoded(std::unique_ptr<ByteReader> bytes, const std::string& encoding, const std::string& path) {
  return std::make_unique<DecodingReader>(std::move(bytes), encoding, path);
}

std::string_view marked_encoding(std::string_view begin) noexcept {
  if (begin.starts_with("\xef\xbb\xbf")) return utf8_name;
  if (begin.starts_with("\xff\xfe")) return "utf-16le";
  if (begin.starts_with("\xfe\xff")) return "utf-16be";
  return {};
}

}  // namespace fullbase::store::csv
