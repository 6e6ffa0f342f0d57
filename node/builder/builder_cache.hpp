// What the builder has downloaded and built before, in the user's own files.
#pragma once

#include <string>

#include "core/digest.hpp"
#include "node/builder/pip_settings.hpp"

namespace chainer::builder {

/// One image's part of the cache: a built source package belongs to the image that it was built in
/// (it links the image's MPI). It lies in $UV_CACHE_DIR, else in chainer/uv below $XDG_CACHE_HOME
/// or ~/.cache, and counts against nobody's quota but the user's own.
class BuilderCache {
 public:
  /// Makes the folder and marks it as used now. A failure shows when the builder finds it unusable.
  static BuilderCache open(const Variables& variables, const Digest& image);

  /// The folder; empty when the user has no place for it.
  const std::string& folder() const { return folder_; }

  /// Removes one part that no build has used for a month. Parts of images that are gone do not pile
  /// up, and nobody waits for more than one removal.
  void remove_one_unused() const;

 private:
  explicit BuilderCache(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
};

}  // namespace chainer::builder
