// What an archive says of a file beside its name and its content.
#pragma once

#include <cstdint>

namespace chainer::archive {

enum class FileType { directory, regular, symlink, character_device, block_device, fifo, socket };

struct Attributes {
  std::uint32_t mode{0755};  ///< permission, setuid, setgid and sticky bits
  std::uint32_t uid{0};
  std::uint32_t gid{0};
  std::uint32_t mtime{0};  ///< seconds since 1970, as squashfs holds them
};

}  // namespace chainer::archive
