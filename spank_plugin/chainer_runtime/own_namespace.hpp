// A user namespace that this process makes for itself.
#pragma once

#include <sys/types.h>

#include "core/result.hpp"

namespace chainer {

/// Enters a new user namespace, and those of `further` (CLONE_NEW…). There this account has these
/// ids, and no other account exists. Only for a process without threads.
Result<void> enter_own_namespace(uid_t user, gid_t group, int further);

}  // namespace chainer
