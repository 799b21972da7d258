// What a broken-off run leaves: any text for the record of a checkpoint or a step, with a right checksum or not, and any bytes
// for the state beside it, is read or is none.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "fuzz/target.hpp"
#include "runtime/finished_steps.hpp"
#include "runtime/step_checkpoints.hpp"
#include "runtime/step_json.hpp"
#include "store/csv_file.hpp"
#include "store/sealed_text.hpp"
#include "store/state_file.hpp"

namespace {

using namespace fullbase;

void read_state(const runtime::CheckpointRecord& record, std::string_view bytes) {
  const testing::ScratchFile file(bytes, "1.state");
  fuzz::reads_or_refuses([&] {
    const auto reader = store::open_state(file.path(), record.layout);
    std::set<std::string> names;
    for (const auto& array : record.layout) {
      if (!names.insert(array.name).second) continue;  // the first of a name is the one that is found
      fuzz::require(reader->has(array.name), "a state has the arrays of its layout");
      if (array.type == data::StateType::byte && array.width == 1) reader->text(array.name);
      if (array.type == data::StateType::float64)
        reader->get_rows<double>(array.name, array.width, {0, reader->rows(array.name)});
    }
  });
}

/// The text, and the same with the checksum that it should have.
void read_record(const std::string& text, std::string_view state) {
  if (const auto record = runtime::parse_checkpoint(text)) {
    fuzz::require(record->generation >= 1, "generations count from 1");
    fuzz::require(runtime::parse_checkpoint(runtime::checkpoint_text(*record)).has_value(),
                  "a record that is read can be written");
    read_state(*record, state);
  }
  if (const auto json = store::unsealed(runtime::step_format, text)) {
    try {
      runtime::step_of_json(json->at("step"), json->at("digests"));
    } catch (const nlohmann::json::exception&) {
      return;  // as FinishedSteps does
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // Text and state are parted by a zero byte, which JSON does not have.
  const auto end = input.find('\0');
  const std::string text(input.substr(0, end));
  const auto state = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  read_record(text, state);
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) return 0;
  for (const auto format : {runtime::checkpoint_format, runtime::step_format}) {
    auto content = json;
    content.erase("format");
    content.erase("sha256");
    read_record(store::sealed_text(format, content), state);
  }
  return 0;
}
