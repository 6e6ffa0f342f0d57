// Files of the store that several processes lock: which of them a name leads to, and a short turn.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::store {

/// True while `path` leads to the file that `fd` has open: a lock on a file that has no name any
/// more, or another one, keeps nobody away.
bool still_named(int fd, const std::string& path);

/// Waits for the only turn at what `path` guards, which the descriptor holds. For a few system
/// calls, or a walk over the store: it is held by processes of the store's account alone.
Result<UniqueFd> take_turn(const std::string& path);

}  // namespace chainer::store
