// The places of a container at which trees are attached.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/container/bind.hpp"
#include "core/container/image_mounts.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// Attaches trees to the container whose root is `image`, in this mount namespace. This process
/// itself looks only into the image; beyond it `open_as_user` opens the mount point. Fixed places
/// come first, and nothing of the user's may cover one, whatever links the image holds.
class MountPoints {
 public:
  /// Opens a path of the container (O_PATH) with the user's rights, as a process that is chrooted to
  /// it would; the error has errno.
  using OpenAsUser = std::function<Result<UniqueFd>(const std::string& path)>;

  MountPoints(ImageMounts& image, OpenAsUser open_as_user);

  /// Brings the binds into the order in which they are attached.
  Result<void> attach_all(std::vector<Bind>& binds);

 private:
  struct Found {
    UniqueFd place;
    std::string path;  ///< in the container, without a link
  };

  Result<void> attach(const Bind& bind);
  Result<Found> find(const Bind& bind) const;
  Result<UniqueFd> open(const std::string& destination, Bind::Kind kind) const;
  Result<void> check_cover(const Bind& bind, const std::string& path) const;

  ImageMounts& image_;
  OpenAsUser open_as_user_;
  std::string name_of_root_;
  std::vector<std::string> fixed_;  ///< where fixed places lie, without a link
};

/// Attaches `tree` over `folder`/`name`, which is a real folder of root's.
Result<void> attach_beneath(int folder, const char* name, int tree);

}  // namespace chainer
