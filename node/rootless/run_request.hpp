// What `chainer-node run` is asked for.
#pragma once

#include <string>
#include <vector>

#include "core/byte_size.hpp"
#include "core/container/mount_spec.hpp"
#include "core/image_ref.hpp"
#include "core/result.hpp"

namespace chainer::rootless {

/// As written on the command line.
struct RunOptions {
  std::string image, env, shm_size, workdir, auth, keep, tools;
  std::vector<std::string> mounts;
  bool writable{false}, unpack{false}, prepare{false};
  std::vector<std::string> command;
};

/// The same, verified.
struct RunRequest {
  ImageRef image;
  ByteSize shm_size;
  std::string env_file;   ///< empty: no environment
  std::string auth_file;  ///< empty: docker's default places
  std::string workdir;    ///< empty: where it was started, else the image's
  std::string tools;      ///< folder of the builders
  std::vector<MountSpec> mounts;
  std::vector<std::string> keep;  ///< variables that win over the image's
  bool writable{false};
  bool unpacks{false};        ///< does so even where there is FUSE
  bool only_prepares{false};  ///< the command is not run
  std::vector<std::string> command;

  /// Errors are the user's and name the option.
  static Result<RunRequest> parse(const RunOptions& options);
};

}  // namespace chainer::rootless
