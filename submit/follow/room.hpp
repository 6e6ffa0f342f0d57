// Whether a folder takes more files.
#pragma once

#include <string>

namespace chainer::follow {

/// False where the file system is full or the user's quota is used up. A quota shows only when one
/// writes, so a small file is written and removed again. True where this cannot be found out.
bool has_room(const std::string& folder);

}  // namespace chainer::follow
