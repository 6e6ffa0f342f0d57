// The root folder of a container, put together in a mount namespace that nobody else is in yet: by
// root for the tasks of a step, by an account in its user namespace for itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/byte_size.hpp"
#include "core/container/bind.hpp"
#include "core/container/mount_points.hpp"
#include "core/container/mount_tree.hpp"
#include "core/container/name_files.hpp"
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
};

/// The folder where the new root is put together: a tmpfs of its own.
class Staging {
 public:
  /// Over the folder `place`, which is called `path`, with room for what `parts` make.
  static Result<Staging> over(int place, const std::string& path, const RootParts& parts);

  std::string path_of(const char* name) const { return path_ + "/" + name; }
  int fd() const { return tree_.get(); }

  Result<void> make_folder(const char* name) const;
  Result<UniqueFd> open_folder(const char* name) const;
  /// A small file with `text`, as a detached read-only mount.
  Result<UniqueFd> file_mount(const char* name, std::string_view text) const;

 private:
  Staging(std::string path, UniqueFd tree) : path_(std::move(path)), tree_(std::move(tree)) {}
  std::string path_;
  UniqueFd tree_;
};

/// Adds /etc/passwd and /etc/group, the image's with the account in front, and the small
/// files.
Result<void> add_name_files(int image, const Staging& staging, RootParts& parts);

/// Whether the image alone will not do: it is to be written, or lacks a mount point.
bool needs_layer(int image, const RootParts& parts);

/// The image (a detached mount) below a layer that can be written.
Result<UniqueFd> put_layer_over(int image, const Staging& staging, CopyUp copy_up, MountedBy by);

/// Attaches all parts to `root` (a detached mount, with the layer where one is needed) and makes it
/// the root of this mount namespace. The host's /dev must be among the binds. `open_as_user` as
/// MountPoints takes it.
Result<void> enter_root(int root, const Staging& staging, RootParts& parts,
                        const MountPoints::OpenAsUser& open_as_user);

/// Over the /dev/shm of `dev`, a mount or folder of the host's own: no link of an image or a user's
/// leads elsewhere.
Result<void> attach_shm(int dev, ByteSize size);

}  // namespace chainer
