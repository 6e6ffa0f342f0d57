// Root opens files with another account's rights for the length of a scope.
#pragma once

#include "core/result.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {

/// A share with root_squash takes root for nobody, but knows the store's account. Destroying this
/// gives root its own rights back; a process that cannot have them back ends.
class FileSystemRights {
 public:
  /// Checks that the kernel did what it was told: setfsuid does not report failure.
  static Result<FileSystemRights> take(const Account& account);

  FileSystemRights(FileSystemRights&& other) noexcept;
  FileSystemRights& operator=(FileSystemRights&&) = delete;
  ~FileSystemRights();

 private:
  FileSystemRights() = default;
  bool taken_{true};
};

}  // namespace chainer
