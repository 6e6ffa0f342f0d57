// Replays a corpus where there is no libFuzzer: every file, cut short, and with one byte changed.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/input.hpp"

namespace {

constexpr std::size_t variants_of_a_file = 200;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run(const std::string& input) {
  // A copy of its exact size, so that a sanitizer or valgrind sees a read beyond its end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " CORPUS-FOLDER\n";
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    files.push_back(entry.path());
  if (files.empty()) {
    std::cerr << argv[0] << ": " << argv[1] << " holds no inputs\n";
    return 1;
  }
  std::ranges::sort(files);
  std::size_t inputs = 0;
  for (const auto& path : files) {
    const auto content = content_of(path);
    run(content);
    const auto step = std::max<std::size_t>(1, content.size() / variants_of_a_file);
    for (std::size_t at = 0; at < content.size(); at += step) {
      run(content.substr(0, at));
      auto changed = content;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      run(changed);
      inputs += 2;
    }
    ++inputs;
  }
  std::cout << inputs << " inputs from " << files.size() << " files\n";
}
