// What the builder has downloaded and built before, in the user's own files.
#pragma once

#include <string>

#include "core/digest.hpp"
#include "node/builder/pip_settings.hpp"

namespace chainer::builder {

/// One image's part of it: a built source package belongs to the image that it was built in (it
/// links the image's MPI). It lies in $UV_CACHE_DIR, else in chainer/uv below $XDG_CACHE_HOME or
/// ~/.cache, and counts against nobody's quota but the user's own.
class BuilderCache {
 public:
  /// Makes the folder, which counts as used now. A failure shows where the builder finds it
  /// unusable.
  static BuilderCache open(const Variables& variables, const Digest& image);

  /// Empty when the user has no place for it.
  const std::string& folder() const { return folder_; }

  /// Removes one part that no build has used for a month, so that parts of images that are history
  /// do not pile up and nobody waits for more than one.
  void remove_one_unused() const;

 private:
  explicit BuilderCache(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
};

}  // namespace chainer::builder
