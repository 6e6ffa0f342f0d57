// The user's half of preparing an environment: resolves and builds inside the image, pipes the tree.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "node/variables.hpp"

namespace chainer {

/// What root asks for, on the command line and by descriptors.
struct EnvironmentTask {
  std::string label;    ///< "node n1, step 12.0"
  std::string file;     ///< a requirements file, or a lock of ours
  Digest image;         ///< the image that is mounted
  std::string scratch;  ///< a fresh folder of the user, mounted in the image at prefix
  std::string prefix{"/opt/chainer/env"};
  std::string tools{"/opt/chainer/tools"};
  int data_out{3};
  int control_in{4};
  int inside{6};  ///< chainer-inside's socket
};

/// Serves the task and prints what a person should know through `say`. SIGPIPE must be ignored. The exit
/// status: 0, or as design §8 says. The scratch folder is gone afterwards, also after SIGTERM.
int serve_environment_task(const EnvironmentTask& task, const Variables& variables,
                           const std::function<void(std::string_view line)>& say);

}  // namespace chainer
