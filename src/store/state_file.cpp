#include "store/state_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "store/file.hpp"

namespace fullbase::store {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

constexpr std::int64_t aligned(std::int64_t bytes) {
  return (bytes + state_alignment - 1) / state_alignment * state_alignment;
}

/// Looks at what is put.
class LayoutOnly final : public data::StateWriter {
 public:
  StateLayout layout;

 private:
  void write(const data::StateArray& array, base::RowRange, std::span<const std::byte>) override { layout.push_back(array); }
};

class StateFileWriter final : public data::StateWriter {
 public:
  /// `writes_common`: what all ranks have is written here.
  StateFileWriter(const File& file, bool writes_common) : file_(file), writes_common_(writes_common) {}

 private:
  void write(const data::StateArray& array, base::RowRange local, std::span<const std::byte> bytes) override {
    const bool is_common = local == everywhere;
    const auto row_bytes = array.width * data::state_type_bytes(array.type);
    const auto first = is_common ? 0 : local.first;
    const auto rows = is_common ? array.rows : local.size();
    FULLBASE_EXPECTS(first >= 0 && first + rows <= array.rows && std::ssize(bytes) == rows * row_bytes,
                     "a state's array is as large as it says");
    if ((!is_common || writes_common_) && !bytes.empty()) file_.write_at(offset_ + first * row_bytes, bytes);
    offset_ += aligned(array.bytes());
  }

  const File& file_;
  bool writes_common_;
  std::int64_t offset_ = 0;
};

class StateFileReader final : public data::StateReader {
 public:
  StateFileReader(File file, const StateLayout& layout) : file_(std::move(file)) {
    std::int64_t offset = 0;
    for (const auto& array : layout) {
      arrays_.push_back({array, offset});
      offset += aligned(array.bytes());
    }
  }

  bool has(std::string_view name) const override { return find(name) != nullptr; }
  std::int64_t rows(std::string_view name) const override {
    const auto* const placed = find(name);
    FULLBASE_EXPECTS(placed != nullptr, "a state has the arrays that are read");
    return placed->array.rows;
  }

 private:
  struct Placed {
    data::StateArray array;
    std::int64_t offset = 0;
  };

  const Placed* find(std::string_view name) const {
    const auto found = std::ranges::find_if(arrays_, [&](const Placed& placed) { return placed.array.name == name; });
    return found == arrays_.end() ? nullptr : &*found;
  }

  void read(std::string_view name, data::StateType type, std::int64_t width, base::RowRange wanted,
            std::span<std::byte> bytes) const override {
    const auto* const placed = find(name);
    FULLBASE_EXPECTS(placed != nullptr && placed->array.type == type && placed->array.width == width && wanted.first >= 0 &&
                         wanted.last <= placed->array.rows,
                     "a state is read as it was put");
    if (!bytes.empty()) file_.read_at(placed->offset + wanted.first * width * data::state_type_bytes(type), bytes);
  }

  File file_;
  std::vector<Placed> arrays_;
};

}  // namespace

std::optional<std::int64_t> state_bytes(const StateLayout& layout) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max() / 4;
  std::int64_t bytes = 0;
  for (const auto& array : layout) {
    if (array.rows < 0 || array.width < 1 || array.width > most / 8) return std::nullopt;
    if (array.rows > most / (array.width * data::state_type_bytes(array.type))) return std::nullopt;
    bytes += aligned(array.bytes());
    if (bytes > most) return std::nullopt;
  }
  return bytes;
}

StateLayout layout_of(const data::SaveState& save) {
  LayoutOnly writer;
  save(writer);
  return std::move(writer.layout);
}

StateLayout write_state(comm::Communicator& communicator, const std::string& path, const data::SaveState& save) {
  auto layout = comm::collective_try(communicator, "state", [&] {
    auto made = layout_of(save);
    if (communicator.is_root()) {
      const auto bytes = state_bytes(made);
      FULLBASE_EXPECTS(bytes.has_value(), "a state fits a file");
      const auto file = File::create(path);
      if (*bytes > 0) file.reserve(0, *bytes);
    }
    return made;
  });
  comm::collective_try(communicator, "state", [&] {
    const auto file = File::open_write(path);
    StateFileWriter writer(file, communicator.is_root());
    save(writer);
    file.sync();
  });
  return layout;
}

std::unique_ptr<data::StateReader> open_state(const std::string& path, const StateLayout& layout) {
  auto file = File::open_read(path);
  const auto bytes = state_bytes(layout);
  if (!bytes || file.size() != *bytes)
    throw base::input_error("is not as long as what it should hold", path, "remove it; it is computed again");
  return std::make_unique<StateFileReader>(std::move(file), layout);
}

}  // namespace fullbase::store
