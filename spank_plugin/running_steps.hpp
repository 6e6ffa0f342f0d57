// The steps that run in containers on this node, as later steps of their jobs find them.
//
// A note of root's, RUN_DIR/steps/JOB.STEP.PID, says which slurmstepd a step has and where that
// process holds the channel with the step's namespace. The note itself holds nothing: the namespace
// lives as long as slurmstepd and the tasks, and a note whose process has ended is void.
#pragma once

#include <string>

#include "core/result.hpp"
#include "spank_plugin/named_step.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Called in a task, as root: notes the step of its parent, slurmstepd, which has the channel's
/// waiting end open as `waiting_end`. Removes the notes of processes that are gone. A step that
/// cannot be noted runs all the same, but cannot be entered.
void note_running_step(const std::string& run_dir, const Step& step, int waiting_end);

/// Called in that slurmstepd. It is no failure when the step was never noted.
void forget_running_step(const std::string& run_dir, const Step& step);

/// Called as root in a task of the step `by`: the container of a step of the same job and user.
/// Only slurmstepd is asked. What it was found by is checked again once it is held, so that no
/// other process can have taken its number.
Result<SharedContainer> find_running_step(const std::string& run_dir, const NamedStep& named,
                                          const Step& by);

}  // namespace chainer
