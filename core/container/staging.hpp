// The folder where a container's root is put together.
#pragma once

#include <string>
#include <string_view>

#include "core/byte_size.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// For mount points, /etc/passwd and /etc/group.
inline constexpr auto small_staging = ByteSize::from_bytes(16 * 1024 * 1024);

/// A tmpfs of its own, seen only by whoever puts the container together.
class Staging {
 public:
  /// Mounts it over the folder `place`, which is called `path`.
  static Result<Staging> over(int place, const std::string& path, ByteSize size);

  std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  int fd() const { return tree_.get(); }

  Result<void> make_folder(const std::string& name) const;
  Result<UniqueFd> open_folder(const std::string& name) const;
  /// Both at once.
  Result<UniqueFd> new_folder(const std::string& name) const;
  /// A small file with `text`, as a detached read-only mount.
  Result<UniqueFd> file_mount(const std::string& name, std::string_view text) const;

 private:
  Staging(std::string path, UniqueFd tree) : path_(std::move(path)), tree_(std::move(tree)) {}
  std::string path_;
  UniqueFd tree_;
};

}  // namespace chainer
