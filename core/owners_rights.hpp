// What a program does about a umask that no file of its own could bear.
#pragma once

#include <sys/stat.h>

namespace chainer {

/// A umask that takes the owner's own rights, such as 777, would leave runs and stores that not even
/// their owner can read. The rest of it stays.
inline void keep_owners_rights() { ::umask(::umask(077) & 077); }

}  // namespace chainer
