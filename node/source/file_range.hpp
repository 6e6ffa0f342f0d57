// A part of a file: where a squashfs file system begins in it, and how long it is.
#pragma once

#include <cstdint>

namespace chainer::source {

struct FileRange {
  std::uint64_t offset{0};
  std::uint64_t size{0};
};

}  // namespace chainer::source
