#include "store/spill.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "store/file.hpp"

namespace fullbase::store {
namespace {

class UnnamedFile final : public data::SpillFile {
 public:
  explicit UnnamedFile(File file) : file_(std::move(file)) {}
  void write(std::int64_t offset, std::span<const std::byte> bytes) override { file_.write_at(offset, bytes); }
  void read(std::int64_t offset, std::span<std::byte> bytes) const override { file_.read_at(offset, bytes); }

 private:
  File file_;
};

}  // namespace

std::unique_ptr<data::SpillFile> FileSpill::open(std::string_view purpose) {
  const std::string where = fmt::format("spill of {} in {}", purpose, folder_);
  int descriptor = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    std::string name = folder_ + "/spill-XXXXXX";
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor >= 0) ::unlink(name.c_str());
  }
  if (descriptor < 0) throw base::system_error("make a spill file", errno, where, "check the folder and its access rights");
  return std::make_unique<UnnamedFile>(File(descriptor, where));
}

}  // namespace fullbase::store
