// A mount namespace put together by a child of root's, so that the task itself never leaves the
// host's namespace.
#pragma once

#include <functional>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Forks a child that goes into a new mount namespace, from which nothing propagates, and runs
/// `build` there with umask 0, so that what it makes gets exactly the mode that it asks for.
/// Returns the namespace, or the child's error. The task keeps its own namespace, root, umask and
/// working directory: that may be on a user's file system, which root would have to ask to come
/// back there. Waits as long as the step lives.
Result<UniqueFd> build_namespace(const Attached&, const std::function<Result<void>()>& build);

/// The same for a detached mount that outlives the namespace: the one that `build` gives.
Result<UniqueFd> build_mount(const Attached&, const std::function<Result<UniqueFd>()>& build);

}  // namespace chainer
