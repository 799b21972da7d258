#include "operations/pace.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "runtime/process.hpp"
#include "runtime/resources.hpp"
#include "store/file.hpp"
#include "store/whole_number.hpp"

namespace fullbase::operations {
namespace {

using Clock = std::chrono::steady_clock;

/// Seconds of the fastest of three goes: what disturbs a measurement only ever makes it longer.
template <class Work>
double fastest(Work&& work) {
  double best = 1e9;
  for (int go = 0; go < 3; ++go) {
    const auto start = Clock::now();
    work();
    best = std::min(best, base::seconds_since(start));
  }
  return best;
}

/// Numbers without a pattern, the same every time.
std::vector<std::uint64_t> mixed_numbers(std::size_t count) {
  std::vector<std::uint64_t> numbers(count);
  std::uint64_t state = 1;
  for (auto& number : numbers) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    number = state ^ (state >> 29U);
  }
  return numbers;
}

// What steps of the runs in benchmarks/ took, in these loops' seconds: a value passes through decoding, an expression and a
// batch; a row with a key through its dictionary, a hash table and its group's words.
constexpr double loops_a_value = 2.5;
constexpr double loops_a_keyed_row = 0.5;

double measure_value() {
  const auto numbers = mixed_numbers(std::size_t{1} << 20U);
  std::vector<std::uint64_t> copy(numbers.size());
  std::uint64_t kept = 0;
  const double seconds = fastest([&] {
    std::memcpy(copy.data(), numbers.data(), numbers.size() * sizeof(numbers[0]));
    kept ^= base::xxh3(std::as_bytes(std::span(copy)));
    for (auto& value : copy) value = value % 7 == kept % 7 ? 0 : value;
  });
  return loops_a_value * seconds / static_cast<double>(numbers.size());
}

double measure_keyed_row() {
  const auto numbers = mixed_numbers(std::size_t{1} << 17U);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> rows(numbers.size());
  const double seconds = fastest([&] {
    for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = {numbers[i], i};
    std::ranges::sort(rows);
  });
  return loops_a_keyed_row * seconds / static_cast<double>(rows.size());
}

/// This loop runs on the instruction set that the build targets, two lanes wide, and waits for nothing; kernels use what the
/// machine has, and reach a third of what it could.
double measure_multiply_add() {
  constexpr std::size_t lanes = 16;
  double sums[lanes] = {};
  const double factor = 1 + 1e-9 * static_cast<double>(getpid() % 2);
  constexpr int rounds = 1 << 17;
  const double seconds = fastest([&] {
    for (int round = 0; round < rounds; ++round) {
      for (double& sum : sums) sum = sum * factor + 1;
    }
    asm volatile("" : : "r"(sums) : "memory");  // or the loop is left out
  });
  double faster = 1;
  if (base::machine_isa() == base::Isa::avx2) faster = 4.0 / 3;
  if (base::machine_isa() == base::Isa::avx512) faster = 6.0 / 3;
  return seconds / (rounds * lanes) / faster;
}

double measure_digest() {
  const auto numbers = mixed_numbers(std::size_t{1} << 19U);
  const auto bytes = std::as_bytes(std::span(numbers));
  return static_cast<double>(bytes.size()) / fastest([&] { base::sha256(bytes); });
}

double measure_copies() {
  const auto numbers = mixed_numbers(std::size_t{1} << 20U);
  std::vector<std::uint64_t> copy(numbers.size());
  const auto bytes = numbers.size() * sizeof(numbers[0]);
  // In and out of a buffer that ranks share.
  return static_cast<double>(bytes) / (2 * fastest([&] { std::memcpy(copy.data(), numbers.data(), bytes); }));
}

void measure_folder(MachinePace& pace, const std::string& folder) {
  const auto path = fmt::format("{}/.fullbase-pace-{}-{}", folder, pace.host, getpid());
  const auto numbers = mixed_numbers(std::size_t{1} << 18U);
  const auto bytes = std::as_bytes(std::span(numbers));
  constexpr int pieces = 8;
  try {
    const auto start = Clock::now();
    auto file = store::File::create(path);
    for (int piece = 0; piece < pieces; ++piece) file.write_at(piece * std::ssize(bytes), bytes);
    file.sync();
    const double whole = base::seconds_since(start);
    pace.sync_seconds = fastest([&] {
      file.write_at(0, bytes.first(4096));
      file.sync();
    });
    const double beside = std::max(whole - pace.sync_seconds, whole / 10);
    pace.written_bytes = pieces * static_cast<double>(bytes.size()) / beside;
    file.close();
    store::remove_file(path);
  } catch (const base::Error&) {
    unlink(path.c_str());  // what was measured so far is not worth an error: a run will say what is wrong with the folder
  }
}

}  // namespace

MachinePace measure_pace(const std::string& folder) {
  MachinePace pace;
  pace.host = runtime::host_name();
  pace.cpus = static_cast<int>(runtime::Surroundings::here().cpus.size());
  pace.value_seconds = measure_value();
  pace.keyed_row_seconds = measure_keyed_row();
  pace.multiply_add_seconds = measure_multiply_add();
  pace.digested_bytes = measure_digest();
  pace.sent_bytes = measure_copies();
  pace.written_bytes = 200e6;
  pace.sync_seconds = 0.005;
  if (!folder.empty() && store::is_folder(folder)) measure_folder(pace, folder);
  return pace;
}

namespace {

constexpr const char* pace_format = "fullbase pace 1";

/// name, member: of every number of a pace.
constexpr std::pair<const char*, double MachinePace::*> pace_numbers[] = {
    {"value_seconds", &MachinePace::value_seconds},
    {"keyed_row_seconds", &MachinePace::keyed_row_seconds},
    {"multiply_add_seconds", &MachinePace::multiply_add_seconds},
    {"digested_bytes_per_second", &MachinePace::digested_bytes},
    {"written_bytes_per_second", &MachinePace::written_bytes},
    {"sync_seconds", &MachinePace::sync_seconds},
    {"sent_bytes_per_second", &MachinePace::sent_bytes}};

}  // namespace

void write_pace(const MachinePace& pace, const std::string& path) {
  nlohmann::ordered_json json = {{"format", pace_format}, {"host", pace.host}, {"cpus", pace.cpus}};
  for (const auto& [name, member] : pace_numbers) json[name] = pace.*member;
  store::replace_text(path, json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

MachinePace read_pace(const std::string& path) {
  const char* const advice = "`fullbase plan --save-rates FILE JOB.yaml` writes one";
  const auto json = nlohmann::ordered_json::parse(store::read_text(path), nullptr, false);
  if (!json.is_object() || json.value("format", nlohmann::ordered_json()) != pace_format)
    throw base::input_error("this is no file of a machine's rates", path, advice);
  MachinePace pace;
  try {
    pace.host = json.at("host");
    pace.cpus = store::whole_number<int>(json.at("cpus"));
    for (const auto& [name, member] : pace_numbers) pace.*member = json.at(name).get<double>();
  } catch (const nlohmann::json::exception&) {
    throw base::input_error("rates are missing or of the wrong kind", path, advice);
  }
  const bool is_right =
      pace.cpus > 0 && std::ranges::all_of(pace_numbers, [&](const auto& number) { return pace.*number.second > 0; });
  if (!is_right) throw base::input_error("a rate is 0 or less", path, advice);
  return pace;
}

}  // namespace fullbase::operations
