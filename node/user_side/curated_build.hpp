// `chainer-node envs build`: an environment for everybody, made by the account that may make one.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer::user_side {

struct CuratedBuild {
  std::string curator;                    ///< the account of plugin.conf
  std::string image;                      ///< a reference, as --chainer-image takes it
  std::string file;                       ///< as --chainer-env takes it
  std::vector<std::string> srun_options;  ///< partition, account and the like
};

/// Has a node of the cluster prepare the environment as any step's is, in a job of the curator's.
/// Root becomes the curator for good; any account but these two is refused. Gives srun's exit code.
Result<int> build_curated(const CuratedBuild& wanted);

}  // namespace chainer::user_side
