// Conda environment files, whose text check and the node read as the person wrote it.
#include "core/conda/conda_file.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto file = read_conda_file(text_of(bytes, size), "environment.yml");
  if (!file.is_sound()) return 0;
  for (const auto& package : file.packages) {
    must_hold(!package.spec.name().empty(), "a package has a name");
    must_hold(static_cast<bool>(MatchSpec::parse(package.spec.text())),
              "what was read of a spec can be read again");
  }
  for (const auto& channel : file.channels)
    must_hold(fault_of_channel(channel.text).empty(), "a channel is one");
  for (const auto& line : file.pip)
    must_hold(line.text.find('\n') == std::string::npos, "a requirement is one line");
  return 0;
}
