// A GPU that hangs never answers: the program must not wait for it for ever.
#pragma once

#include <string>

namespace chainer::gpu_probe {

/// From now on there is a minute for `what`. When it is over, the program says that `what` has not
/// answered, and ends as one that failed.
void allow_time_for(const std::string& what);

/// Nothing is waited for any more.
void end_of_time();

}  // namespace chainer::gpu_probe
