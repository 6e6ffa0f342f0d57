// The scratch folder that an environment grows in, and who removes it.
#pragma once

#include <functional>
#include <string>

namespace chainer::builder {

/// Runs `work` in a child and gives its exit status; whatever ends it, SIGTERM, SIGINT and SIGHUP
/// to us included, all in the folder `path` is then removed, and the folder where its place allows
/// it. The child alone keeps the descriptors from 3 up, so its end is the end of its pipes. Call
/// while there is one thread.
int run_with_scratch_folder(const std::string& path, const std::function<int()>& work);

}  // namespace chainer::builder
