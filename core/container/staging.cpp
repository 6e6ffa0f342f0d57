#include "core/container/staging.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/container/mount_tree.hpp"
#include "core/fd_io.hpp"

namespace chainer {
Result<Staging> Staging::over(int place, const std::string& path, ByteSize size) {
  TRY_ASSIGN(auto tree, mount_tmpfs(size, 0700, nosuid_nodev(), TmpfsFiles::one_a_page));
  TRY(attach(tree.get(), place));
  return Staging(path, std::move(tree));
}

Result<void> Staging::make_folder(const std::string& name) const {
  if (::mkdirat(tree_.get(), name.c_str(), 0755) == 0) return {};
  return Error::from_errno("cannot make " + path_of(name), errno);
}

Result<UniqueFd> Staging::open_folder(const std::string& name) const {
  UniqueFd fd(::openat(tree_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return Error::from_errno("cannot open " + path_of(name), errno);
  return fd;
}

Result<UniqueFd> Staging::new_folder(const std::string& name) const {
  TRY(make_folder(name));
  return open_folder(name);
}

Result<UniqueFd> Staging::file_mount(const std::string& name, std::string_view text) const {
  const UniqueFd file(
      ::openat(tree_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return Error::from_errno("cannot make " + path_of(name), errno);
  TRY(write_all(file.get(), text));
  if (::fchmod(file.get(), 0644) != 0)
    return Error::from_errno("cannot chmod " + path_of(name), errno);
  return clone_tree(file.get(), read_only(nosuid_nodev()));
}

}  // namespace chainer
