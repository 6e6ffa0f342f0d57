// The scratch folder that an environment grows in, and who removes it.
#pragma once

#include <functional>
#include <string>

namespace chainer::builder {

/// Runs `work` in a child and gives its exit status. However it ends, SIGTERM, SIGINT and SIGHUP to
/// this process included, everything in the folder `path` is then removed, and the folder too where
/// its place allows it. Only the child keeps the descriptors from 3 up, so its pipes end with it.
/// Call this while there is only one thread.
int run_with_scratch_folder(const std::string& path, const std::function<int()>& work);

}  // namespace chainer::builder
