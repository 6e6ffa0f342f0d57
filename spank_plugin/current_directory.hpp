// Where this process stands.
#pragma once

#include <string>

namespace chainer {

/// Under the name that the kernel has for it. getcwd would say the same, but it makes root search
/// the folders on the way up, which a share that squashes root refuses.
std::string current_directory();

}  // namespace chainer
