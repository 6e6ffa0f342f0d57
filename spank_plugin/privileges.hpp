// Which capabilities a task holds, from Slurm's setuid until the program starts.
#pragma once

#include "core/account.hpp"
#include "core/result.hpp"

namespace chainer {

/// Root, before Slurm becomes the user: the permitted capabilities outlive the setuid.
Result<void> keep_capabilities_over_setuid();

/// The user, in task_init: makes the two capabilities that setns into a mount namespace takes
/// (CAP_SYS_ADMIN, CAP_SYS_CHROOT) effective.
Result<void> raise_namespace_capabilities();

/// Takes every capability away for good, those in the bounding set too where that is allowed, and
/// sets no_new_privs, so that no setuid program of the image or the host gives any back.
Result<void> drop_every_capability();

/// In a user namespace that the task has just joined, where every capability is its own: keeps those
/// that installing packages takes (owners, modes, chroot, signals), gives up all others for good, and
/// sets no_new_privs. They count inside alone.
Result<void> keep_what_root_inside_needs();

/// A forked child of root becomes `account` for good. Only async-signal-safe calls; errno on
/// failure.
int become(const Account& account);

}  // namespace chainer
