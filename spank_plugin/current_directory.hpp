// Where this process stands.
#pragma once

#include <string>

namespace chainer {

/// By the name that the kernel has for it. getcwd would say the same, but root needs to search the
/// folders on the way up for it, which a share that squashes root refuses.
std::string current_directory();

}  // namespace chainer
