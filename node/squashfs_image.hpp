// From tar streams to one squashfs file: the only way into the store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/byte_source.hpp"

namespace chainer {

/// What bounds a conversion; hostile input ends in an error, not in a full disk.
struct ConversionLimits {
  std::uint64_t unpacked_bytes{0};  ///< of all streams together; a bomb ends here
  std::uint64_t entries{8'000'000};  ///< names in all streams: bounds our memory
  /// Asked before the file grows by `bytes`: Store::make_room.
  std::function<Result<void>(std::uint64_t bytes)> make_room{};
};

/// A squashfs file under construction, from layers given top first.
///
/// Every regular file's data is written once, when its topmost layer shows it: what a lower layer has
/// under the same name is skipped. Owners are kept as numbers, times in seconds; xattrs are dropped.
class SquashfsImage {
 public:
  /// Writes into `fd`, which stays the caller's.
  static Result<SquashfsImage> create(int fd, ConversionLimits limits);
  SquashfsImage(SquashfsImage&&) noexcept;
  SquashfsImage& operator=(SquashfsImage&&) noexcept;
  ~SquashfsImage();

  /// Opens a layer again from its start. Called a second time only when a hard link needs a file whose
  /// own name an upper layer hides.
  using OpenLayer = std::function<Result<std::unique_ptr<ByteSource>>()>;

  /// Merges the next lower layer: a plain tar stream with OCI whiteouts (image-spec, layer.md).
  Result<void> add_layer(const OpenLayer& open);
  /// Puts a file at `path`, over whatever the layers have there; before the first add_layer.
  Result<void> add_file(std::string_view path, std::string_view content, std::uint32_t mode);
  /// Makes an empty directory or file where the layers have nothing; after the last add_layer.
  Result<void> ensure_directory(std::string_view path, std::uint32_t mode);
  Result<void> ensure_file(std::string_view path);

  /// Writes inodes, directories and tables. The file's size.
  Result<std::uint64_t> finish();

 private:
  struct State;
  explicit SquashfsImage(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chainer
