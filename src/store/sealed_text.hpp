// JSON with a checksum of its own, so that a text that was damaged, be it by one bit, is none: records of a work folder, a
// store's manifest.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "store/file_seal.hpp"

namespace fullbase::store {

/// The text of `json`, an object, with "format" and, last, "sha256" added: of the text without it.
std::string sealed_text(std::string_view format, const nlohmann::ordered_json& json);

/// The object again; nothing for a text that is none of that format, or not byte for byte what was written. Throws nothing.
std::optional<nlohmann::ordered_json> unsealed(std::string_view format, const std::string& text) noexcept;

nlohmann::ordered_json seal_json(const FileSeal& seal);
/// Throws nlohmann::json::exception for what seal_json() did not write.
FileSeal seal_of_json(const nlohmann::ordered_json& json);

}  // namespace fullbase::store
