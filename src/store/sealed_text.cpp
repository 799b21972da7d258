#include "store/sealed_text.hpp"

#include <exception>

#include "base/hash.hpp"
#include "store/whole_number.hpp"

namespace fullbase::store {
namespace {

using nlohmann::ordered_json;

std::string dumped(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string checksum(const ordered_json& json) {
  const auto value = base::sha256(dumped(json));
  return base::hex(value);
}

}  // namespace

std::string sealed_text(std::string_view format, const ordered_json& json) {
  ordered_json whole = {{"format", format}};
  whole.update(json);
  whole["sha256"] = checksum(whole);
  return dumped(whole) + "\n";
}

std::optional<ordered_json> unsealed(std::string_view format, const std::string& text) noexcept {
  try {
    auto json = ordered_json::parse(text);
    // Some changes of a text, such as 1e-5 to 1E-5, change no value.
    if (dumped(json) + "\n" != text) return std::nullopt;
    const std::string sha256 = json.at("sha256");
    json.erase("sha256");
    if (json.at("format") != format || checksum(json) != sha256) return std::nullopt;
    return json;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

ordered_json seal_json(const FileSeal& seal) {
  return {{"bytes", seal.bytes}, {"hash", seal.hash}};
}

FileSeal seal_of_json(const ordered_json& json) {
  return {whole_number(json.at("bytes")), json.at("hash")};
}

}  // namespace fullbase::store
