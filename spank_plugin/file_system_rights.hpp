// Root opens files with another account's rights for the length of a scope.
#pragma once

#include "core/result.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {

/// A share with root_squash knows root as nobody, but the store's account as itself. Root's own
/// rights come back when this goes; a process that cannot have them back ends.
class FileSystemRights {
 public:
  /// Looks that the kernel did what it was told: setfsuid has no result of its own.
  static Result<FileSystemRights> take(const Account& account);

  FileSystemRights(FileSystemRights&& other) noexcept;
  FileSystemRights& operator=(FileSystemRights&&) = delete;
  ~FileSystemRights();

 private:
  FileSystemRights() = default;
  bool taken_{true};
};

}  // namespace chainer
