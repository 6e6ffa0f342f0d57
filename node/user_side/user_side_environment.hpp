// The user's half of preparing an environment: resolves and builds inside the image, pipes the
// tree.
#pragma once

#include <string>

#include "core/digest.hpp"
#include "node/builder/variables.hpp"
#include "node/user_side/user_side.hpp"

namespace chainer::user_side {

struct UserSideEnvironment {
  std::string file;          ///< a requirements file, a conda environment file, or a lock of ours
  Digest image;              ///< the image that is mounted
  std::string scratch;       ///< a fresh folder of the user; the image sees it at `prefix`
  int inside{-1};            ///< chainer-inside's socket
  int outside{-1};           ///< the socket of one that runs programs on the host
  std::string host_tools{};  ///< the site's tools folder, on the host
  /// Where the image sees the curated environment of the base lock beside `file`; empty: nowhere.
  std::string base{};
  std::string prefix{"/opt/chainer/env"};
  std::string tools{"/opt/chainer/tools"};
};

/// `chainer-node user-side environment`: the exit code. SIGPIPE must be ignored.
int prepare_environment(UserSession& session, const UserSideEnvironment& wanted,
                        const builder::Variables& variables);

}  // namespace chainer::user_side
