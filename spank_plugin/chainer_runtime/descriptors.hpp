// The open files that a task has from Slurm, on their way into a container that a runtime starts in
// the background. Such a runtime hands on all descriptors from 3 to a number, and has its own idea
// of the first three.
#pragma once

#include "core/container/handover.hpp"
#include "core/result.hpp"

namespace chainer {

/// On the host: copies the standard streams behind all that is open, fills the gaps, and gives the
/// terminal up, so that the task can have it in the container.
Result<Handover> gather_descriptors();

/// How many a runtime must hand on.
int number_of_descriptors(const Handover& handover);

/// In the container: puts the streams in their places, closes what the task did not have, and takes
/// the limit and the terminal back.
Result<void> take_descriptors(const Handover& handover);

}  // namespace chainer
