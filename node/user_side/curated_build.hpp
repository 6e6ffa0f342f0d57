// `chainer-node envs build`: the environment of everybody's, made by the account that may.
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

/// Has a node of the cluster prepare the environment as every step's is, by a job of the curator's.
/// Root becomes the curator for good; any other account is refused. srun's exit code.
Result<int> build_curated(const CuratedBuild& wanted);

}  // namespace chainer::user_side
