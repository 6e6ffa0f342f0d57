#include "node/squashfs/squashfs_compressor.hpp"

#include <new>

namespace chainer::squashfs {
namespace {

/// First member: libsquashfs hands its address back.
struct Compressor {
  sqfs_compressor_t callbacks;
  OwnedSqfs<sqfs_compressor_t> lz4;
};

Compressor& self(const void* callbacks) {
  return *static_cast<Compressor*>(const_cast<void*>(callbacks));
}

sqfs_compressor_t* wrap(OwnedSqfs<sqfs_compressor_t> lz4);

void destroy(sqfs_object_t* object) { delete &self(object); }

sqfs_object_t* copy(const sqfs_object_t* object) {
  OwnedSqfs<sqfs_compressor_t> lz4(
      static_cast<sqfs_compressor_t*>(sqfs_copy(self(object).lz4.get())));
  return reinterpret_cast<sqfs_object_t*>(wrap(std::move(lz4)));
}

void get_configuration(const sqfs_compressor_t* callbacks, sqfs_compressor_config_t* config) {
  const auto* lz4 = self(callbacks).lz4.get();
  lz4->get_configuration(lz4, config);
}

int write_options(sqfs_compressor_t* callbacks, sqfs_file_t* file) {
  auto* lz4 = self(callbacks).lz4.get();
  return lz4->write_options(lz4, file);
}

int read_options(sqfs_compressor_t* callbacks, sqfs_file_t* file) {
  auto* lz4 = self(callbacks).lz4.get();
  return lz4->read_options(lz4, file);
}

sqfs_s32 do_block(sqfs_compressor_t* callbacks, const sqfs_u8* in, sqfs_u32 size, sqfs_u8* out,
                  sqfs_u32 out_size) {
  auto* lz4 = self(callbacks).lz4.get();
  const sqfs_s32 made = lz4->do_block(lz4, in, size, out, out_size);
  const bool grew = made > 0 && static_cast<sqfs_u32>(made) >= size;
  return grew ? 0 : made;  // 0: store it as it is
}

sqfs_compressor_t* wrap(OwnedSqfs<sqfs_compressor_t> lz4) {
  if (!lz4) return nullptr;
  auto* made = new (std::nothrow) Compressor{{}, std::move(lz4)};
  if (made == nullptr) return nullptr;
  made->callbacks.base.destroy = destroy;
  made->callbacks.base.copy = copy;
  made->callbacks.get_configuration = get_configuration;
  made->callbacks.write_options = write_options;
  made->callbacks.read_options = read_options;
  made->callbacks.do_block = do_block;
  return &made->callbacks;
}

}  // namespace

OwnedSqfs<sqfs_compressor_t> make_lz4_compressor(std::size_t block_size) {
  sqfs_compressor_config_t config{};
  if (sqfs_compressor_config_init(&config, SQFS_COMP_LZ4, block_size, 0) != 0) return nullptr;
  sqfs_compressor_t* lz4 = nullptr;
  if (sqfs_compressor_create(&config, &lz4) != 0) return nullptr;
  return OwnedSqfs<sqfs_compressor_t>(wrap(OwnedSqfs<sqfs_compressor_t>(lz4)));
}

}  // namespace chainer::squashfs
