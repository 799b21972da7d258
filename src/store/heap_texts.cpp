#include "store/heap_texts.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "store/file.hpp"

namespace fullbase::store::hdf5 {
namespace {

constexpr std::size_t most_heap_bytes = 1 << 20;

[[noreturn]] void fail_damaged(const std::string& where) {
  throw base::input_error("refers to a text that is not in the file: the file is damaged or truncated", where);
}

/// Where things lie in this file.
struct Placement {
  std::size_t address_bytes;
  std::size_t size_bytes;
  std::uint64_t base;  ///< of the file's addresses
};

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < width; ++i) number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

std::uint64_t to_multiple_of_8(std::uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

/// One collection of the global heap, with its objects.
class Heap {
 public:
  Heap(const File& file, std::uint64_t address, const Placement& placement, const std::string& where) {
    const std::size_t head_bytes = to_multiple_of_8(8 + placement.size_bytes);
    const auto file_bytes = static_cast<std::uint64_t>(file.size());
    if (address > file_bytes || placement.base > file_bytes - address) fail_damaged(where);
    const std::uint64_t at = placement.base + address;
    if (file_bytes - at < head_bytes) fail_damaged(where);
    read(file, at, head_bytes);
    const std::uint64_t size = number_at(content_, 8, placement.size_bytes);
    if (!content_.starts_with(std::string_view("GCOL\1", 5)) || size < head_bytes || size > file_bytes - at) fail_damaged(where);
    read(file, at, size);
    find_objects(head_bytes, placement.size_bytes);  // the heads of objects are as long
  }
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  std::size_t bytes() const noexcept { return content_.size() + objects_.size() * sizeof(objects_[0]); }

  /// Nothing, if there is no such object, or not so much of it.
  const char* find(std::uint64_t index, std::uint64_t length) const noexcept {
    return index < objects_.size() && length <= objects_[index].size() ? objects_[index].data() : nullptr;
  }

 private:
  void read(const File& file, std::uint64_t at, std::size_t bytes) {
    content_.resize(bytes);
    file.read_at(static_cast<std::int64_t>(at), std::as_writable_bytes(std::span(content_)));
  }

  /// Up to where the collection ends, or one of them claims more than is left of it. Object 0 is what is free, its head included.
  void find_objects(std::size_t head_bytes, std::size_t size_bytes) {
    const std::string_view content = content_;
    for (std::size_t at = head_bytes; content.size() - at >= head_bytes;) {
      const std::size_t left = content.size() - at - head_bytes;
      const auto index = static_cast<std::size_t>(number_at(content, at, 2));
      std::uint64_t size = number_at(content, at + 8, size_bytes);
      if (index == 0) size -= std::min<std::uint64_t>(size, head_bytes);
      if (size > left) return;
      if (index > 0) {
        if (index >= objects_.size()) objects_.resize(index + 1);
        objects_[index] = content.substr(at + head_bytes, size);
      }
      at += head_bytes + std::min<std::size_t>(left, to_multiple_of_8(size));
    }
  }

  std::string content_;
  std::vector<std::string_view> objects_;  ///< by their indexes
};

/// What HDF5 is told to be the way from a text of variable length to as many bytes: they stay as they lie in the file.
herr_t keep_reference(hid_t from, hid_t to, H5T_cdata_t* data, size_t, size_t, size_t, void*, void*, hid_t) {
  if (data->command != H5T_CONV_INIT) return 0;
  data->need_bkg = H5T_BKG_NO;
  return H5Tis_variable_str(from) > 0 && H5Tget_class(to) == H5T_OPAQUE ? 0 : -1;
}

Handle reference_type(std::size_t bytes) {
  Handle type = own_new(H5Tcreate(H5T_OPAQUE, bytes), H5Tclose, "make a type", {});
  static const bool is_registered =
      H5Tregister(H5T_PERS_SOFT, "reference to a text", text_type().get(), type.get(), keep_reference) >= 0;
  FULLBASE_EXPECTS(is_registered, "HDF5 takes ways to convert types");
  return type;
}

Placement placement_of(hid_t file, const std::string& where) {
  const Handle creation = own(H5Fget_create_plist(file), H5Pclose, "read texts", where);
  Placement placement = {};
  hsize_t before = 0;
  check_read(H5Pget_sizes(creation.get(), &placement.address_bytes, &placement.size_bytes), "read texts", where);
  check_read(H5Pget_userblock(creation.get(), &before), "read texts", where);
  if (placement.address_bytes > 8 || placement.size_bytes > 8)
    throw base::input_error("has addresses of more than 64 bits", where);
  placement.base = before;
  return placement;
}

/// The file as HDF5 has it open, whatever its path has come to lead to.
File opened_file(hid_t file, const std::string& where) {
  unsigned intent = 0;
  check(H5Fget_intent(file, &intent), "read texts", where);
  if ((intent & H5F_ACC_RDWR) != 0) check(H5Fflush(file, H5F_SCOPE_LOCAL), "read texts", where);
  void* descriptor = nullptr;
  check(H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor), "read texts", where);
  const int own_descriptor = fcntl(*static_cast<int*>(descriptor), F_DUPFD_CLOEXEC, 0);
  if (own_descriptor < 0) throw base::system_error("read texts", errno, where);
  return File(own_descriptor, where);
}

}  // namespace

std::vector<std::string> heap_texts(hid_t object, std::size_t count, const std::string& where,
                                    const std::function<herr_t(hid_t memory_type, void* buffer)>& read) {
  const Handle file = own(H5Iget_file_id(object), H5Fclose, "read texts", where);
  const Placement placement = placement_of(file.get(), where);
  const std::size_t width = 4 + placement.address_bytes + 4;
  std::string references(count * width, '\0');
  if (read(reference_type(width).get(), references.data()) < 0) fail_input("read texts", where);

  const File opened = opened_file(file.get(), where);
  std::unordered_map<std::uint64_t, Heap> heaps;
  std::size_t heap_bytes = 0;
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::size_t at = 0; at < references.size(); at += width) {
    const std::uint64_t length = number_at(references, at, 4);
    const std::uint64_t address = number_at(references, at + 4, placement.address_bytes);
    if (length == 0 || address == 0) {
      texts.emplace_back();
      continue;
    }
    auto heap = heaps.find(address);
    if (heap == heaps.end()) {
      if (heap_bytes > most_heap_bytes) {
        heaps.clear();
        heap_bytes = 0;
      }
      heap = heaps.try_emplace(address, opened, address, placement, where).first;
      heap_bytes += heap->second.bytes();
    }
    const char* const text = heap->second.find(number_at(references, at + 4 + placement.address_bytes, 4), length);
    if (text == nullptr) fail_damaged(where);
    texts.emplace_back(text, std::find(text, text + length, '\0'));
  }
  return texts;
}

}  // namespace fullbase::store::hdf5
