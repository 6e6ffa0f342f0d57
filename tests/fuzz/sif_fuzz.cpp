// The header and the list of parts of a SIF file.
#include "node/source/sif_file.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto file = text_of(bytes, size);
  const auto read = [&](std::uint64_t offset, std::size_t count) -> Result<std::string> {
    return offset > file.size() ? std::string() : std::string(file.substr(offset, count));
  };
  static_cast<void>(source::is_sif(file));
  if (const auto parts = source::find_sif_parts(read, size)) {
    must_hold(parts->root.offset <= size && parts->root.size <= size - parts->root.offset,
              "the root file system lies in the file");
    const auto config = parts->oci_config.value_or(source::FileRange{});
    must_hold(config.offset <= size && config.size <= size - config.offset,
              "the configuration lies in the file");
  }
  return 0;
}
