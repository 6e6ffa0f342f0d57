// Root opens a path that the site's administrator or Slurm wrote.
#pragma once

#include <string>

#include "core/unique_fd.hpp"
#include "spank_plugin/roots_mounts.hpp"

namespace chainer {

/// How far a walk to such a path came.
struct SitePath {
  enum class Verdict {
    opened,
    absent,      ///< this host does not have it
    not_roots,   ///< others than root can change the way to it, so root stops
    unreadable,  ///< error_number says why
  };
  Verdict verdict{Verdict::absent};
  UniqueFd place;  ///< O_PATH
  bool is_folder{false};
  std::string
      name;  ///< the kernel's own name of the place, without a link; or of where the walk ended
  int error_number{0};
};

/// Whether an open place is root's, and nobody else may write to it. Not so where the kernel does not
/// say.
bool only_root_may_write(int place);

/// Opens `path` component by component. Searches only folders that root owns and that nobody else
/// can write to (sticky ones such as /tmp excepted), and follows only links that lie there and are
/// root's. So no user can lead the walk elsewhere, or into a file system of theirs, which could
/// hold root in a call without end. The place itself may be anybody's.
SitePath open_site_path(const std::string& path);

/// The same for one of many paths, which share what is known of the mounts on their ways.
SitePath open_site_path(const std::string& path, RootsMounts& mounts);

/// The same, but the place must be a folder that fits the rule too, so that what lies in it is
/// root's.
SitePath open_site_folder(const std::string& path);

}  // namespace chainer
