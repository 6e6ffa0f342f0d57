// Files of the store that several processes lock: which of them a name leads to, how old one is,
// and a short turn.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "node/store/lease.hpp"
#include "node/store/lock_kind.hpp"

namespace chainer::store {

/// True while `path` leads to the file that `fd` has open: a lock on a file that has no name any
/// more, or another one, keeps nobody away.
bool still_named(int fd, const std::string& path);

/// Holds a turn for as long as it lives.
using Turn = std::variant<UniqueFd, Lease>;

/// Waits for the only turn at what `path` guards. For a few system calls, or a walk over the store:
/// it is held by processes of the store's account alone. But they are in their steps' cgroups, and
/// whoever owns a step can stop it for as long as it may run (scancel --signal=STOP), in the middle
/// of its turn too. So a turn ends after `patience`, or with a lease that is not renewed: whatever is
/// done in it is wasteful at most when done twice at once.
Result<Turn> take_turn(const std::string& path, LockKind kind,
                       std::chrono::milliseconds patience = std::chrono::seconds(30));

/// For names that nobody else has.
std::uint64_t random_number();

/// Locks a file unless somebody else has it locked; true when it is locked now.
bool lock_now(int fd);

/// The present time by the clock of the file system that `folder` lies on, which its files' times
/// are compared with. A file named `.clock` stays there. 0, long ago, when the time cannot be found
/// out.
time_t time_at(const std::string& folder);

/// Whether a file was last written, or marked as used, before `time`.
bool is_older(int fd, time_t time);

}  // namespace chainer::store
