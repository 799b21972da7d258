#include "store/hdf5.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "store/file.hpp"
#include "store/heap_texts.hpp"

namespace fullbase::store::hdf5 {
namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

// The walk goes from the outermost call inwards, so the last message is the innermost: the cause.
herr_t keep_message(unsigned, const H5E_error2_t* error, void* data) {
  if (error->desc && *error->desc) *static_cast<std::string*>(data) = error->desc;
  return 0;
}

/// What the system said to HDF5's file driver when the last failure began there; 0: the failure is another one. A lock that is
/// taken, or a place that a damaged file points to, is no trouble of the system.
int system_reason() {
  constexpr std::string_view mark = "errno = ";
  const std::string text = reason();
  const auto at = text.find(mark);
  if (at == std::string::npos) return 0;
  int number = 0;
  std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), number);
  return number == EAGAIN || number == EINVAL || number == EOVERFLOW ? 0 : number;
}

/// Throws if the last failure was the system's: full disks and lost file systems are no mistakes of who made a file.
void require_system(std::string_view action, const std::string& where) {
  if (const int number = system_reason(); number != 0) throw base::system_error(action, number, where);
}

std::string with_reason(std::string_view action) {
  const std::string cause = reason();
  return cause.empty() ? fmt::format("cannot {}", action) : fmt::format("cannot {} (HDF5: {})", action, cause);
}

Handle access_properties() {
  Handle properties = own_new(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "prepare file access", {});
  // Version 1.10 structures: object headers carry checksums, and the chunks of a dataset without filters lie in one piece.
  check(H5Pset_libver_bounds(properties.get(), H5F_LIBVER_V110, H5F_LIBVER_V110), "prepare file access", {});
  check(H5Pset_alignment(properties.get(), 4096, 4096), "prepare file access", {});
  check(H5Pset_fclose_degree(properties.get(), H5F_CLOSE_STRONG), "prepare file access", {});
  // File systems that know no locks (some parallel ones) must still do; our own locks guard outputs.
  check(H5Pset_file_locking(properties.get(), true, true), "prepare file access", {});
  return properties;
}

struct OpenAttribute {
  Handle attribute;
  Handle type;
  Handle space;
};

std::optional<OpenAttribute> open_attribute(hid_t object, const char* name, const std::string& where) {
  if (check_read(H5Aexists(object, name), "look for an attribute", where) == 0) return std::nullopt;
  const auto action = fmt::format("read attribute '{}'", name);
  OpenAttribute open;
  open.attribute = own(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, action, where);
  open.type = own(H5Aget_type(open.attribute.get()), H5Tclose, action, where);
  open.space = own(H5Aget_space(open.attribute.get()), H5Sclose, action, where);
  return open;
}

void write_value(hid_t object, const char* name, hid_t type, hid_t space, const void* value, const std::string& where) {
  const auto action = fmt::format("write attribute '{}'", name);
  Handle attribute = own_new(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, action, where);
  check(H5Awrite(attribute.get(), type, value), action, where);
  attribute.close(where);
}

Handle scalar() {
  return own_new(H5Screate(H5S_SCALAR), H5Sclose, "make a scalar", {});
}

}  // namespace

Session::Session() : lock_(library_mutex()) {
  // Every file is closed by its handle. What the library would do at the process's end is no more than close what it could not
  // close before, on a full disk say, and there 1.10.8 crashes. To be said before the library is used.
  static const bool no_cleanup = H5dont_atexit() >= 0;
  FULLBASE_EXPECTS(no_cleanup, "HDF5 lets its clean-up at exit be turned off");
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // a setting of the thread
  static const bool plugins_off = H5PLset_loading_state(0) >= 0;
  FULLBASE_EXPECTS(plugins_off, "HDF5 lets plugin loading be turned off");
}

void Handle::reset() noexcept {
  if (id_ >= 0) closer_(id_);
  id_ = -1;
}

void Handle::close(const std::string& where) {
  if (id_ >= 0) check(closer_(std::exchange(id_, -1)), "finish writing", where);
}

std::string reason() {
  std::string message;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_message, &message);
  return message;
}

void fail(std::string_view action, const std::string& where) {
  require_system(action, where);
  throw base::io_error(with_reason(action), where);
}
void fail_input(std::string_view action, const std::string& where) {
  require_system(action, where);
  throw base::input_error(with_reason(action), where);
}

Handle own(hid_t id, Handle::Closer closer, std::string_view action, const std::string& where) {
  if (id < 0) fail_input(action, where);
  return Handle(id, closer);
}

Handle own_new(hid_t id, Handle::Closer closer, std::string_view action, const std::string& where) {
  if (id < 0) fail(action, where);
  return Handle(id, closer);
}

Handle open_file(const std::string& path, bool writable) {
  File::open_read(path);  // says what is wrong better than HDF5 does
  const htri_t is_hdf5 = H5Fis_hdf5(path.c_str());
  if (is_hdf5 < 0) require_system("read the file", path);
  if (is_hdf5 <= 0) throw base::input_error("is not an HDF5 file", path, "give an HDF5 file, or import it first if it is CSV");
  const Handle access = access_properties();
  const hid_t id = H5Fopen(path.c_str(), writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access.get());
  if (id < 0) {
    require_system("open the file", path);
    throw base::input_error(fmt::format("is damaged, truncated, or still being written (HDF5: {})", reason()), path,
                            "make it again, or wait until its writer is done");
  }
  return Handle(id, H5Fclose);
}

Handle create_file(const std::string& path, unsigned mode) {
  File::create(path, mode).close();
  const Handle access = access_properties();
  const Handle creation = creation_properties(H5P_FILE_CREATE);
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get());
  if (id < 0) fail("make the file", path);
  return Handle(id, H5Fclose);
}

Handle creation_properties(hid_t object_class) {
  Handle properties = own_new(H5Pcreate(object_class), H5Pclose, "prepare an object", {});
  check(H5Pset_obj_track_times(properties.get(), false), "prepare an object", {});
  return properties;
}

Handle fixed_text_type(std::size_t width) {
  Handle type = own_new(H5Tcopy(H5T_C_S1), H5Tclose, "make a text type", {});
  check(H5Tset_size(type.get(), width), "make a text type", {});
  check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "make a text type", {});
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make a text type", {});
  return type;
}

Handle text_type() {
  Handle type = own_new(H5Tcopy(H5T_C_S1), H5Tclose, "make a text type", {});
  check(H5Tset_size(type.get(), H5T_VARIABLE), "make a text type", {});
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make a text type", {});
  return type;
}

Handle boolean_type() {
  Handle type = own_new(H5Tenum_create(H5T_STD_I8LE), H5Tclose, "make a boolean type", {});
  for (const std::int8_t value : {std::int8_t{0}, std::int8_t{1}}) {
    check(H5Tenum_insert(type.get(), value ? "TRUE" : "FALSE", &value), "make a boolean type", {});
  }
  return type;
}

void write_attribute(hid_t object, const char* name, std::string_view text, const std::string& where) {
  const std::string copy(text);
  const char* pointer = copy.c_str();
  write_value(object, name, text_type().get(), scalar().get(), &pointer, where);
}

void write_attribute(hid_t object, const char* name, std::int64_t value, const std::string& where) {
  write_value(object, name, H5T_STD_I64LE, scalar().get(), &value, where);
}

void write_attribute(hid_t object, const char* name, std::span<const std::string> texts, const std::string& where) {
  std::vector<const char*> pointers;
  for (const auto& text : texts) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);  // data() of an empty vector may be null
  const hsize_t size = texts.size();
  const Handle space = own_new(H5Screate_simple(1, &size, nullptr), H5Sclose, "make a list", where);
  write_value(object, name, text_type().get(), space.get(), pointers.data(), where);
}

void write_boolean_attribute(hid_t object, const char* name, bool value, const std::string& where) {
  const std::int8_t byte = value ? 1 : 0;
  write_value(object, name, boolean_type().get(), scalar().get(), &byte, where);
}

void change_attribute(hid_t object, const char* name, std::int64_t value, const std::string& where) {
  const auto action = fmt::format("write attribute '{}'", name);
  Handle attribute = own_new(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, action, where);
  check(H5Awrite(attribute.get(), H5T_NATIVE_INT64, &value), action, where);
  attribute.close(where);
}

std::vector<std::string> texts_of(hid_t object, hid_t type, hid_t space, const std::string& where,
                                  const std::function<herr_t(hid_t memory_type, void* buffer)>& read) {
  const auto count = static_cast<std::size_t>(check_read(H5Sget_simple_extent_npoints(space), "read texts", where));
  if (count == 0) return {};
  if (check_read(H5Tis_variable_str(type), "read texts", where) > 0) return heap_texts(object, count, where, read);
  // The character set must match the file's; it does not alter the bytes.
  const Handle memory = own_new(H5Tcopy(type), H5Tclose, "read texts", where);
  std::vector<std::string> texts;
  texts.reserve(count);
  const std::size_t width = H5Tget_size(type);
  std::vector<char> buffer(count * width);
  if (read(memory.get(), buffer.data()) < 0) fail_input("read texts", where);
  const bool blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  for (std::size_t i = 0; i < count; ++i) {
    std::string_view text(buffer.data() + i * width, width);
    if (H5Tget_strpad(type) == H5T_STR_NULLTERM) text = text.substr(0, text.find('\0'));
    const auto last = text.find_last_not_of(blanks ? ' ' : '\0');
    texts.emplace_back(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
  }
  return texts;
}

std::optional<std::vector<std::string>> texts_attribute(hid_t object, const char* name, const std::string& where) {
  const auto open = open_attribute(object, name, where);
  if (!open) return std::nullopt;
  // 2^20 names of 64 KiB: no table of ours comes near, and a hostile attribute cannot ask for more memory than that.
  constexpr hssize_t most_texts = 1 << 20;
  if (H5Tget_class(open->type.get()) != H5T_STRING) {
    // An empty list of names is written by h5py as an empty list of numbers.
    if (H5Sget_simple_extent_npoints(open->space.get()) == 0) return std::vector<std::string>{};
    throw base::input_error(fmt::format("attribute '{}' holds no text", name), where);
  }
  if (H5Tget_size(open->type.get()) > 65536 || H5Sget_simple_extent_npoints(open->space.get()) > most_texts) {
    throw base::input_error(fmt::format("attribute '{}' is too large", name), where);
  }
  return texts_of(open->attribute.get(), open->type.get(), open->space.get(), where,
                  [&](hid_t memory, void* buffer) { return H5Aread(open->attribute.get(), memory, buffer); });
}

std::optional<std::string> text_attribute(hid_t object, const char* name, const std::string& where) {
  auto texts = texts_attribute(object, name, where);
  if (!texts) return std::nullopt;
  if (texts->size() != 1) throw base::input_error(fmt::format("attribute '{}' is not one text", name), where);
  return std::move(texts->front());
}

std::optional<std::int64_t> integer_attribute(hid_t object, const char* name, const std::string& where) {
  const auto open = open_attribute(object, name, where);
  if (!open) return std::nullopt;
  if (H5Tget_class(open->type.get()) != H5T_INTEGER || H5Sget_simple_extent_npoints(open->space.get()) != 1) {
    throw base::input_error(fmt::format("attribute '{}' is not one whole number", name), where);
  }
  std::int64_t value = 0;
  check_read(H5Aread(open->attribute.get(), H5T_NATIVE_INT64, &value), "read an attribute", where);
  return value;
}

}  // namespace fullbase::store::hdf5
