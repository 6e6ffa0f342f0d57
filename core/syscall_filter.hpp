// System calls that a process gives up for good, for itself and all that it starts.
//
// A list of what is never needed, not of what is: libraries, and the programs of images above all,
// call what their release of libc likes, and a filter that breaks them after an upgrade would be
// switched off. What is on the list reaches far into the kernel or beyond the process: mounts,
// namespaces, tracing, keys, io_uring, modules. A refused call gives EPERM. Depends on libc alone:
// it is part of chainer-inside too.
#pragma once

namespace chainer {

enum class Confinement {
  builder,      ///< runs programs of an image, and has the network
  users_side,   ///< has the network, and starts no program
  stores_side,  ///< has no network, starts no program and no other process; threads it may start
};

/// Sets no_new_privs and the filter. Returns 0, or the errno of what failed; ENOSYS where this was
/// built for a processor whose calls are not known here, and then nothing was done.
int give_up_system_calls(Confinement confinement);

/// For a task that is root where there is no other account: chown and its like do nothing from now
/// on, and succeed. There is nobody to give a file to, and packages that try would not install.
/// Programs for another processor keep the calls. Returns what the above does.
int give_files_to_nobody();

}  // namespace chainer
