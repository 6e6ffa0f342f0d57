// The machine that this runs on, as a compute target: what compute_target = "local" means.
#pragma once

#include <string>

#include "submit/input/site.hpp"

namespace chainer::input {

/// How the target's processes are started: by the image's own MPI.
inline constexpr std::string_view local_mpi = "mpirun";

/// Its processors may be shared by more processes than there are; its memory may not.
ComputeTarget target_of_this_machine();

/// What a machine without a site file has instead.
struct OwnFolders {
  std::string runs;     ///< absolute
  std::string recipes;  ///< those that come with this program
};

/// The site that such a machine is: no target but itself, no image, the newest recipe.
Site site_of_this_machine(const OwnFolders& folders);

}  // namespace chainer::input
