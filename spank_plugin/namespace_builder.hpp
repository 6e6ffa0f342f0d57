// A mount namespace put together by a child of root's, so that the task itself never leaves the
// host's.
#pragma once

#include <functional>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Forks a child that goes into a new mount namespace, out of which nothing propagates, and runs
/// `build` there, with umask 0: what it makes has the mode that it says. Returns the namespace, or
/// the child's error. The task keeps its namespace, root, working directory (which may be on a
/// user's file system: to come back there, root would have to ask it) and umask. Waits as long as
/// the step lives.
Result<UniqueFd> build_namespace(const Attached&, const std::function<Result<void>()>& build);

}  // namespace chainer
