// Kernel calls that a step which asks nothing of us must not make.
#pragma once

namespace chainer::fixtures {

/// From here on this process is killed (SIGSYS) when it opens a file or makes a socket, a pipe, a
/// process, a thread, a namespace or a mount.
void forbid_work();

}  // namespace chainer::fixtures
