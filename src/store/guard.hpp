// What a file may not do when we read it (private to this folder). A file that others made is taken as hostile: it may not lead
// us to other files, make us load code, or claim more than it holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/hdf5.hpp"

namespace fullbase::store {

/// "/a/b": one slash before each part, none behind.
std::string normal_path(const std::string& table);

/// Opens the object at `path` below `root`. Each step of the path must be a plain link within the file: an external, soft or
/// user-defined one is an input error. If there is no such object: a job-file error with the nearest name.
hdf5::Handle open_object(hid_t root, const std::string& path, const std::string& where);

/// Names of a group's members, in order of creation if the group keeps it, else by name; at most 65,536 (else an input error).
/// Links that lead elsewhere are an input error.
std::vector<std::string> member_names(hid_t group, const std::string& where);

bool is_group(hid_t object);
bool is_dataset(hid_t object);

/// Checks what can be known before reading a dataset: no external storage, no virtual layout, only the filters deflate,
/// shuffle and fletcher32 (those that unpack N-bit, scale-offset and szip data have read and written beyond their buffers), and
/// as many bytes in a file of `file_bytes` as its extent could at most be unpacked from.
void check_dataset(hid_t dataset, std::int64_t file_bytes, const std::string& where);

/// open_object() of a dataset that check_dataset() lets pass. What is not there, or is no dataset, is an input error.
hdf5::Handle open_dataset(hid_t root, const std::string& path, std::int64_t file_bytes, const std::string& where);

/// Extent of a dataset, one number a dimension.
std::vector<std::int64_t> extent_of(hid_t dataset, const std::string& where);

}  // namespace fullbase::store
