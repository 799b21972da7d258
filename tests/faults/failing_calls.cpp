// Preloaded into a command under test (LD_PRELOAD), makes the N-th call of a kind fail, and tells how many there were. Only calls
// on files below one folder count, so that N means the same on every machine, whatever libraries and MPI do elsewhere.
//
// FULLBASE_TEST_FAULT       KIND:ERRNO:N or KIND:ERRNO:N+ (this call and all later ones). KIND is open, write (which what makes
//                           room is too), fsync, rename or read; ERRNO is ENOSPC or EIO. N = 0 never fails.
// FULLBASE_TEST_FAULT_UNDER the folder
// FULLBASE_TEST_FAULT_RANK  the rank that it is about; without it, every process
// FULLBASE_TEST_FAULT_LOG   a file: "failed KIND CALL PATH" when one fails the first time, "KIND COUNT" a line at the end
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr const char* kinds[] = {"open", "write", "fsync", "rename", "read"};
enum Kind { opening, writing, syncing, renaming, reading };

std::atomic<long> counts[5];

/// What the environment asks for, read once.
struct Plan {
  int kind = -1;
  int error = 0;
  long first = 0;
  bool and_later = false;
  std::string under;
  std::string log;
  bool counts_here = false;

  Plan() {
    const char* const fault = std::getenv("FULLBASE_TEST_FAULT");
    const char* const folder = std::getenv("FULLBASE_TEST_FAULT_UNDER");
    const char* const rank = std::getenv("FULLBASE_TEST_FAULT_RANK");
    const char* const own = std::getenv("OMPI_COMM_WORLD_RANK");
    const char* const file = std::getenv("FULLBASE_TEST_FAULT_LOG");
    if (fault == nullptr || folder == nullptr) return;
    // The launcher and its shells have no rank.
    if (rank != nullptr && (own == nullptr || std::strcmp(rank, own) != 0)) return;
    under = folder;
    if (file != nullptr) log = file;
    const std::string text = fault;
    const auto colon = text.find(':'), second = text.rfind(':');
    for (int i = 0; i < 5; ++i)
      if (text.substr(0, colon) == kinds[i]) kind = i;
    const auto name = text.substr(colon + 1, second - colon - 1);
    error = name == "ENOSPC" ? ENOSPC : EIO;
    first = std::atol(text.c_str() + second + 1);
    and_later = text.back() == '+';
    counts_here = true;
  }
};
const Plan& plan() {
  static const Plan* const read_once = new Plan;  // calls come until the very end of the process
  return *read_once;
}

void note(const std::string& line) {
  if (plan().log.empty()) return;
  // Straight to the kernel: these are not calls under test.
  const auto file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, plan().log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
  if (file < 0) return;
  [[maybe_unused]] const auto written = syscall(SYS_write, file, line.data(), line.size());
  syscall(SYS_close, file);
}

std::string whole_path(int folder, const char* path) {
  if (path[0] == '/') return path;
  char start[4096];
  if (folder == AT_FDCWD) {
    if (getcwd(start, sizeof start) == nullptr) return path;
    return std::string(start) + "/" + path;
  }
  const auto length = readlink(("/proc/self/fd/" + std::to_string(folder)).c_str(), start, sizeof start);
  return length < 0 ? path : std::string(start, static_cast<std::size_t>(length)) + "/" + path;
}
std::string path_of(int file) {
  char path[4096];
  const auto length = readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path);
  return length < 0 ? std::string() : std::string(path, static_cast<std::size_t>(length));
}

/// Whether this call is to fail; sets errno then.
bool fails(Kind kind, const char* call, const std::string& path) {
  const auto& asked = plan();
  if (!asked.counts_here || !path.starts_with(asked.under)) return false;
  const auto number = ++counts[kind];
  if (kind != asked.kind || asked.first == 0 || number < asked.first || (number > asked.first && !asked.and_later)) return false;
  if (number == asked.first) note(std::string("failed ") + kinds[kind] + " " + call + " " + path + "\n");
  errno = asked.error;
  return true;
}

/// Counts are told when a process ends in the ordinary way.
struct AtEnd {
  ~AtEnd() {
    if (!plan().counts_here) return;
    std::string lines;
    for (int i = 0; i < 5; ++i) lines += std::string(kinds[i]) + " " + std::to_string(counts[i]) + "\n";
    note(lines);
  }
} at_end;

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

#define OPEN(NAME)                                                                           \
  int NAME(const char* path, int flags, ...) {                                               \
    va_list rest;                                                                            \
    va_start(rest, flags);                                                                   \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;     \
    va_end(rest);                                                                            \
    static auto* const real = next<int(const char*, int, ...)>(#NAME);                       \
    return fails(opening, #NAME, whole_path(AT_FDCWD, path)) ? -1 : real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(NAME)                                                                               \
  int NAME(int folder, const char* path, int flags, ...) {                                         \
    va_list rest;                                                                                  \
    va_start(rest, flags);                                                                         \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;           \
    va_end(rest);                                                                                  \
    static auto* const real = next<int(int, const char*, int, ...)>(#NAME);                        \
    return fails(opening, #NAME, whole_path(folder, path)) ? -1 : real(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(NAME)                                                                        \
  FILE* NAME(const char* path, const char* mode) {                                         \
    static auto* const real = next<FILE*(const char*, const char*)>(#NAME);                \
    return fails(opening, #NAME, whole_path(AT_FDCWD, path)) ? nullptr : real(path, mode); \
  }
FOPEN(fopen)
FOPEN(fopen64)

// RESULT NAME(int file, ...) of KIND
#define ON_FILE(KIND, RESULT, NAME, PARAMETERS, ARGUMENTS)                  \
  RESULT NAME PARAMETERS {                                                  \
    static auto* const real = next<RESULT PARAMETERS>(#NAME);               \
    return fails(KIND, #NAME, path_of(file)) ? RESULT(-1) : real ARGUMENTS; \
  }
ON_FILE(writing, ssize_t, write, (int file, const void* bytes, size_t size), (file, bytes, size))
ON_FILE(writing, ssize_t, pwrite, (int file, const void* bytes, size_t size, off_t at), (file, bytes, size, at))
ON_FILE(writing, ssize_t, pwrite64, (int file, const void* bytes, size_t size, off64_t at), (file, bytes, size, at))
ON_FILE(writing, ssize_t, writev, (int file, const iovec* parts, int number), (file, parts, number))
ON_FILE(writing, int, ftruncate, (int file, off_t size) noexcept, (file, size))
ON_FILE(writing, int, ftruncate64, (int file, off64_t size) noexcept, (file, size))
ON_FILE(writing, int, fallocate, (int file, int mode, off_t at, off_t size), (file, mode, at, size))
ON_FILE(writing, int, fallocate64, (int file, int mode, off64_t at, off64_t size), (file, mode, at, size))
ON_FILE(syncing, int, fsync, (int file), (file))
ON_FILE(syncing, int, fdatasync, (int file), (file))
ON_FILE(reading, ssize_t, read, (int file, void* bytes, size_t size), (file, bytes, size))
ON_FILE(reading, ssize_t, pread, (int file, void* bytes, size_t size, off_t at), (file, bytes, size, at))
ON_FILE(reading, ssize_t, pread64, (int file, void* bytes, size_t size, off64_t at), (file, bytes, size, at))

// These say by their result what went wrong.
int posix_fallocate(int file, off_t at, off_t size) {
  static auto* const real = next<int(int, off_t, off_t)>("posix_fallocate");
  return fails(writing, "posix_fallocate", path_of(file)) ? errno : real(file, at, size);
}
int posix_fallocate64(int file, off64_t at, off64_t size) {
  static auto* const real = next<int(int, off64_t, off64_t)>("posix_fallocate64");
  return fails(writing, "posix_fallocate64", path_of(file)) ? errno : real(file, at, size);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return fails(renaming, "rename", whole_path(AT_FDCWD, to)) ? -1 : real(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  static auto* const real = next<int(int, const char*, int, const char*)>("renameat");
  return fails(renaming, "renameat", whole_path(to_folder, to)) ? -1 : real(from_folder, from, to_folder, to);
}
}
