// A process in a user namespace of its own, made without root.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "core/result.hpp"

namespace chainer::rootless {

/// What this account is called inside.
struct Identity {
  uid_t uid;
  gid_t gid;
};

/// Forks a child into a new user namespace, and into those of `further` (CLONE_NEW…). There this
/// account is `inside`, and no other account exists. The child runs `body`, whose result is its
/// exit code, and never outlives this process. Only for a process without threads.
Result<pid_t> start_in_user_namespace(const Identity& inside, int further,
                                      const std::function<int()>& body);

/// Why this machine gives accounts no user namespaces, and what its administrator can do about it.
/// `proc_sys` is where the kernel shows its settings.
Error no_user_namespaces(int error_number, const std::string& proc_sys = "/proc/sys");

}  // namespace chainer::rootless
