// Which capabilities a task holds, from Slurm's setuid until the program starts.
#pragma once

#include "core/account.hpp"
#include "core/result.hpp"

namespace chainer {

/// As root, before Slurm becomes the user: makes the permitted capabilities outlive the setuid.
Result<void> keep_capabilities_over_setuid();

/// As the user, in task_init: makes the two capabilities effective that setns needs for a mount
/// namespace (CAP_SYS_ADMIN, CAP_SYS_CHROOT).
Result<void> raise_namespace_capabilities();

/// Takes every capability away for good, those in the bounding set too where that is allowed, and
/// sets no_new_privs, so that no setuid program of the image or the host gives any back.
Result<void> drop_every_capability();

/// Takes away only what keep_capabilities_over_setuid has kept. The task then has what any task of
/// Slurm has, and setuid programs work for it. Not for a job of uid 0, which would keep everything.
Result<void> drop_what_setuid_left();

/// In a user namespace that the task has just joined, where it has every capability: keeps those
/// that installing packages needs (owners, modes, chroot, signals), gives up all others for good,
/// and sets no_new_privs. They count only inside.
Result<void> keep_what_root_inside_needs();

/// A forked child of root becomes `account` for good. Only async-signal-safe calls; errno on
/// failure.
int become(const Account& account);

}  // namespace chainer
