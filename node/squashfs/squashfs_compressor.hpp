// The lz4 compressor of libsquashfs, kept from making blocks larger.
#pragma once

#include <sqfs/compressor.h>

#include <memory>

namespace chainer::squashfs {

struct DestroySqfs {
  void operator()(void* object) const { sqfs_destroy(object); }
};
template <typename T>
using OwnedSqfs = std::unique_ptr<T, DestroySqfs>;

/// libsquashfs 1.2 keeps what lz4 made of a small block even when that is longer than the block
/// (four bytes of ids become five): the kernel reads it, unsquashfs calls it corruption. Here such
/// a block is stored as it is. Null without memory.
OwnedSqfs<sqfs_compressor_t> make_lz4_compressor(std::size_t block_size);

}  // namespace chainer::squashfs
