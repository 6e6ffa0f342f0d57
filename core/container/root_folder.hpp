// The root folder of a container, put together in a mount namespace that nobody else is in yet: by
// root for the tasks of a step, by an account in its user namespace for itself.
#pragma once

#include <vector>

#include "core/byte_size.hpp"
#include "core/container/bind.hpp"
#include "core/container/image_mounts.hpp"
#include "core/container/mount_points.hpp"
#include "core/container/mount_tree.hpp"
#include "core/container/name_files.hpp"
#include "core/container/staging.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// A small file of ours, read-only in the container.
struct SmallFile {
  std::string name;  ///< a name of its own
  std::string destination;
  std::string text;
};

/// What goes into a container besides the image itself.
struct RootParts {
  std::vector<Bind> binds;
  UserNames names;
  ByteSize shm_size;
  bool writable{false};
  std::vector<SmallFile> files{};
  bool is_layered{false};  ///< the image has a layer over it already, for what is written

  /// As large as the job's memory, where its pages are charged, for what tasks write.
  ByteSize staging_size() const {
    return writable && !is_layered ? unbounded_tmpfs : small_staging;
  }
};

/// Adds /etc/passwd and /etc/group, the image's with the account in front, and the small files.
/// Where the container can be written these two are files of its own in the end.
Result<void> add_name_files(int image, const Staging& staging, RootParts& parts);

/// Puts the account into the image's /etc/passwd and /etc/group themselves, where these can be
/// written. Several steps may have one layer, whose first one does it.
void write_name_files(const ImageMounts& image, const UserNames& names);

/// The image (a detached mount) where all of `parts` have a mount point, attached in `staging`: as
/// it is, or with room for what it lacks, or below a layer where it is to be written.
Result<ImageMounts> attach_image(UniqueFd image, const Staging& staging, const RootParts& parts,
                                 CopyUp copy_up, MountedBy by);

/// Attaches all parts. The host's /dev must be among the binds. `open_as_user` as MountPoints takes
/// it.
Result<void> complete_root(ImageMounts& image, RootParts& parts,
                           const MountPoints::OpenAsUser& open_as_user);

/// Makes an attached folder the root of this mount namespace, which loses the one that it had.
Result<void> make_it_the_root(int root);

/// Over the /dev/shm of `dev`, a mount or folder of the host's own: no link of an image or a user's
/// leads elsewhere.
Result<void> attach_shm(int dev, ByteSize size);
/// The same for this process's own /dev.
Result<void> attach_own_shm(ByteSize size);

}  // namespace chainer
