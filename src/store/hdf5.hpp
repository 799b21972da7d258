// HDF5 as the store uses it (private to this folder): handles that close themselves, errors with HDF5's own reason, one thread at
// a time, no plugins.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fullbase::store::hdf5 {

/// Hold one around every use of HDF5, destruction of handles included: the serial library is used by one thread at a time. May
/// nest in a thread. Turns automatic error printing and plugin loading off.
class Session {
 public:
  Session();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// An identifier and the function that closes it.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, -1);
      closer_ = other.closer_;
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }
  /// Closes now and reports a failure, which the destructor cannot.
  void close(const std::string& where);

 private:
  void reset() noexcept;
  hid_t id_ = -1;
  Closer closer_ = nullptr;
};

/// HDF5's reason for the last failure: its innermost message. Empty if there is none.
std::string reason();
/// Throws an io error "cannot <action> (HDF5: <reason>)", or "cannot <action>: <what the system says>" if that is the reason.
[[noreturn]] void fail(std::string_view action, const std::string& where);
/// Throws an input error, for what can only go wrong because a file is damaged or strange; an io error if the system is the
/// reason.
[[noreturn]] void fail_input(std::string_view action, const std::string& where);

/// Status of a call that returns a negative number when it fails.
template <class T>
T check(T status, std::string_view action, const std::string& where) {
  if (status < 0) fail(action, where);
  return status;
}
/// The same of a call that reads what a file holds: a failure is an input error.
template <class T>
T check_read(T status, std::string_view action, const std::string& where) {
  if (status < 0) fail_input(action, where);
  return status;
}
/// The handle of a call that opens what a file holds; a failure is an input error.
Handle own(hid_t id, Handle::Closer closer, std::string_view action, const std::string& where);
/// The handle of a call that makes something, or opens what we are writing; a failure is an io error.
Handle own_new(hid_t id, Handle::Closer closer, std::string_view action, const std::string& where);

/// Opens a file that exists. Throws an input error if it is not there, not HDF5, truncated or damaged; an io error if the system
/// is the reason.
Handle open_file(const std::string& path, bool writable = false);
/// A new file, or an existing one cut to nothing, with these access rights.
Handle create_file(const std::string& path, unsigned mode);

/// Properties of a new object of class H5P_DATASET_CREATE, H5P_GROUP_CREATE or H5P_FILE_CREATE, without the time of its making:
/// equal tables are equal files.
Handle creation_properties(hid_t object_class);

/// Fixed-length UTF-8 of `width` bytes, padded with zeros; variable-length UTF-8; h5py's boolean (an int8 enumeration).
Handle fixed_text_type(std::size_t width);
Handle text_type();
Handle boolean_type();

void write_attribute(hid_t object, const char* name, std::string_view text, const std::string& where);
void write_attribute(hid_t object, const char* name, std::int64_t value, const std::string& where);
void write_attribute(hid_t object, const char* name, std::span<const std::string> texts, const std::string& where);
void write_boolean_attribute(hid_t object, const char* name, bool value, const std::string& where);
/// Changes an int64 attribute that is there.
void change_attribute(hid_t object, const char* name, std::int64_t value, const std::string& where);

/// Nothing if the attribute is not there; an input error if it is of another kind than asked for.
std::optional<std::string> text_attribute(hid_t object, const char* name, const std::string& where);
std::optional<std::int64_t> integer_attribute(hid_t object, const char* name, const std::string& where);
std::optional<std::vector<std::string>> texts_attribute(hid_t object, const char* name, const std::string& where);

/// All texts of `object`, a 1-D dataset or attribute of fixed- or variable-length strings, read with `read(memory_type, buffer)`.
std::vector<std::string> texts_of(hid_t object, hid_t type, hid_t space, const std::string& where,
                                  const std::function<herr_t(hid_t memory_type, void* buffer)>& read);

}  // namespace fullbase::store::hdf5
