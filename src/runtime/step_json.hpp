// What is written of a step in manifests, and read back.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/manifest.hpp"

namespace fullbase::runtime {

std::int64_t bytes_sent(const comm::Statistics::Table& traffic);
nlohmann::ordered_json fingerprint_json(const Fingerprint& fingerprint);
/// Throws nlohmann::json::exception for what fingerprint_json() did not write.
Fingerprint fingerprint_of_json(const nlohmann::ordered_json& json);
nlohmann::ordered_json note_json(const Note& note);
/// The step's object in a manifest; digests of its tables stand elsewhere there: docs/format.md.
nlohmann::ordered_json step_json(const StepRecord& step);
/// Of its published tables: name -> digest.
nlohmann::ordered_json digests_json(const StepRecord& step);

/// What step_json() and digests_json() wrote, but for figures of the run that made it. Throws nlohmann::json::exception for what
/// they did not write.
StepRecord step_of_json(const nlohmann::ordered_json& json, const nlohmann::ordered_json& digests);

}  // namespace fullbase::runtime
