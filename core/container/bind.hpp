// A place of the host's that a container sees.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/unique_fd.hpp"

namespace chainer {

/// One detached tree and where it goes.
struct Bind {
  enum class Kind { directory, file };
  /// What another mount may do to it, and what happens where it cannot be attached.
  enum class Standing {
    fixed,        ///< the kernel's, Slurm's, the site's and ours: nothing of the user's covers it
    replaceable,  ///< shown by default: a mount of the user's may lie over it
    wished,       ///< home and working directory: left out where they cannot be shown
    asked_for,    ///< the user's mount: an error where it cannot be attached
  };
  UniqueFd tree;
  Kind kind{Kind::directory};
  std::string destination;
  Standing standing{Standing::fixed};
};

/// Whether the container shows the host's `path` (the kernel's own name, without a link) anyway.
bool is_shown(std::string_view path, const std::vector<Bind>& binds);

/// Whether a container has the image's own version of it: of the host's system, or of its root.
bool belongs_to_the_system(std::string_view path);

/// Home and working directory, each where nothing else shows it already, and neither where it is a
/// folder of the host's system. The working directory is the kernel's own name, without a link, and
/// so is whatever lies above it.
std::vector<std::string> folders_of_user(const std::vector<Bind>& of_host, const std::string& home,
                                         const std::string& working_directory);

}  // namespace chainer
