// The environment that a recipe asks for, in the files that a node builds it from.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "submit/input/recipe.hpp"
#include "submit/input/site.hpp"

namespace chainer::curate {

struct CuratedEnvironment {
  input::Recipe recipe;
  bool has_gpus{false};  ///< for runs with use_gpu
  std::string image;     ///< the site's image for such runs

  /// `7.8.1`, or `7.8.1.gpu`.
  std::string name() const;
};

/// What the recipes of a site are for: each on the site's image, and once more on its image for
/// GPUs where the recipe has packages for those. An error names a version without a recipe, or says
/// that the site has no image.
Result<std::vector<CuratedEnvironment>> environments_of(const input::Site& site,
                                                        const std::vector<std::string>& versions);

/// Writes `text` into a file that all may read, unless it holds that already; gives whether it did
/// not. Without a text there is to be no file.
Result<bool> update_file(const std::string& path, const std::string& text);

/// Writes the requirements and what lies beside them into `folder`, and gives what a node is to
/// build from: the lock of the last time where there is one and nothing has changed since, so
/// that the same is made again.
Result<std::string> write_files(const CuratedEnvironment& environment, const std::string& folder);

/// The lock that a node has written for it.
std::string lock_in(const std::string& folder, const CuratedEnvironment& environment);

}  // namespace chainer::curate
