// The machine that this runs on, as a compute target: what compute_target = "local" means.
#pragma once

#include <string>

#include "submit/input/site.hpp"

namespace chainer::input {

/// How processes are started on this target: by the image's own MPI.
inline constexpr std::string_view local_mpi = "mpirun";

/// More processes than there are processors may share them; memory is not shared that way.
ComputeTarget target_of_this_machine();

/// What a machine without a site file has instead.
struct OwnFolders {
  std::string runs;     ///< absolute
  std::string recipes;  ///< those that come with this program
};

/// The site that such a machine is: no target but itself, no image, the newest recipe.
Site site_of_this_machine(const OwnFolders& folders);

}  // namespace chainer::input
