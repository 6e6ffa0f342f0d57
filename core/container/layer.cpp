#include "core/container/layer.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace chainer {

Result<UniqueFd> put_layer_over(int below, const Staging& staging, unsigned number, CopyUp copy_up,
                                MountedBy by) {
  // Names of ours alone: the kernel reads a lower folder's path as a list with separators.
  const auto own = std::to_string(number);
  const std::string lower = "lower" + own, upper = "upper" + own, work = "work" + own;
  TRY_ASSIGN(const auto place, staging.new_folder(lower));
  TRY(attach(below, place.get()));
  for (const auto& name : {upper, work}) TRY(staging.make_folder(name));
  // The overlay's root takes its owner and mode from the upper folder.
  struct stat status {};
  if (::fstat(below, &status) != 0)
    return Error::from_errno("cannot stat the image's folder", errno);
  if (::fchownat(staging.fd(), upper.c_str(), status.st_uid, status.st_gid, 0) != 0 ||
      ::fchmodat(staging.fd(), upper.c_str(), status.st_mode & 07777, 0) != 0) {
    return Error::from_errno("cannot prepare the writable layer", errno);
  }
  return mount_overlay(staging.path_of(lower), staging.path_of(upper), staging.path_of(work),
                       copy_up, by, nosuid_nodev());
}

}  // namespace chainer
