// Drives a target without libFuzzer: every seed as it is, each of its starts in some steps, then as many mutants as asked for.
// The same bytes in every run. usage: fuzz_NAME SEEDS_FOLDER MUTANTS [SEED]
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/target.hpp"
#include "mutator.hpp"

namespace {

std::vector<std::string> seeds_of(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

/// What an input that ends the process was: it is left in the current folder.
void take(const std::string& input) {
  std::ofstream("last_input", std::ios::binary) << input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  fullbase::fuzz::require(argc >= 3, "usage: SEEDS_FOLDER MUTANTS [SEED]");
  const auto seeds = seeds_of(argv[1]);
  fullbase::fuzz::require(!seeds.empty(), "there are seeds");
  long taken = 0;
  for (const auto& seed : seeds) {
    const std::size_t step = std::max<std::size_t>(1, seed.size() / 16);
    for (std::size_t length = seed.size() % step; length <= seed.size(); length += step, ++taken) take(seed.substr(0, length));
  }
  auto mutator = fullbase::testing::yaml_mutator(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
  for (long mutants = std::atol(argv[2]); mutants > 0; --mutants, ++taken)
    take(mutator.mutated(seeds[mutator.below(seeds.size())]));
  std::filesystem::remove("last_input");
  std::printf("%ld inputs\n", taken);
  return 0;
}
