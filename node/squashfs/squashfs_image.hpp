// From tar streams to one squashfs file: the only way into the store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/squashfs/layer_merge.hpp"

namespace chainer::squashfs {

/// The bounds of a conversion, so that hostile input ends in an error and not in a full disk, and
/// what becomes of whiteouts.
struct ConversionLimits {
  std::uint64_t unpacked_bytes{0};   ///< of the files of all layers together; a bomb ends here
  std::uint64_t entries{4'000'000};  ///< names in all layers: bounds our memory
  /// Whether the file may have that many bytes in all: StoreRoom::hold_output.
  std::function<Result<void>(std::uint64_t bytes)> make_room{};
  Whiteouts whiteouts{Whiteouts::spent};
  std::string place{"the store"};  ///< where the file is, in errors
};

/// A squashfs file under construction, from layers given top first.
///
/// Every regular file's data is written once, when its topmost layer shows it: what a lower layer
/// has under the same name is skipped. Owners are kept as numbers, times in seconds; xattrs are
/// dropped.
class SquashfsImage {
 public:
  /// Writes into `fd`, which stays the caller's.
  static Result<SquashfsImage> create(int fd, ConversionLimits limits);
  SquashfsImage(SquashfsImage&&) noexcept;
  SquashfsImage& operator=(SquashfsImage&&) = delete;
  ~SquashfsImage();

  /// Merges the next lower layer: a plain tar stream with OCI whiteouts (image-spec, layer.md).
  Result<void> add_layer(const LayerMerge::OpenLayer& open);

  /// The owners of all files of the layers so far, except root.
  struct Owners {
    std::set<std::uint32_t> users{}, groups{};
  };
  Owners owners() const;

  // After the last layer. Paths lead through the image's symlinks; a symlink at the end is left
  // alone by ensure_*, as is whatever else is there.
  Result<void> put_file(std::string_view path, std::string_view content);
  Result<void> ensure_directory(std::string_view path, std::uint32_t mode);
  Result<void> ensure_file(std::string_view path);

  /// Writes inodes, directories and tables, and gives the file's size.
  Result<std::uint64_t> finish();
  /// How large the file is by now; may be asked from another thread.
  std::uint64_t size() const;

 private:
  struct State;
  explicit SquashfsImage(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chainer::squashfs
