// The maps of a user namespace in which one account exists.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer {

/// What a number outside of the namespace is inside.
struct IdPair {
  unsigned inside, outside;
};

/// Writes them for `process`, a folder of /proc, in the order that the kernel demands of who has no
/// rights outside.
Result<void> write_id_maps(const std::string& process, IdPair user, IdPair group);

}  // namespace chainer
