// A squashfs file of a user's, read as the user's side reads it.
#include <sys/mman.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "node/source/squashfs_tree.hpp"
#include "node/source/tree_settings.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  must_hold(write_all(file.get(), text_of(bytes, size)).has_value(), "memory can be written");
  auto tree = source::SquashfsTree::open("input", std::move(file), {0, size}, {"", false});
  if (!tree) return 0;
  static_cast<void>(source::settings_of(*tree, {}));
  // A few bytes may say that they are exabytes of zeros.
  std::uint64_t left = std::uint64_t{1} << 24;
  const archive::Sink count = [&](std::string_view piece) -> Result<void> {
    if (piece.size() > left) return Error{"enough"};
    left -= piece.size();
    return {};
  };
  static_cast<void>(tree->write_tar(count).has_value());
  return 0;
}
