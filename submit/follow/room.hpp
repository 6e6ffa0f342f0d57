// Whether a folder takes more files.
#pragma once

#include <string>

namespace chainer::follow {

/// False where the file system is full or the user's quota is used up. Of a quota only who tries
/// learns, so a small file is written and taken away again. Whatever cannot be found out is true.
bool has_room(const std::string& folder);

}  // namespace chainer::follow
