// Which of the machine's mounts are root's, and not file systems that a user brought.
#pragma once

#include <cstdint>
#include <vector>

namespace chainer {

/// Each mount is looked up once.
class RootsMounts {
 public:
  /// Knows the mount that this process's root folder is on.
  static RootsMounts known_at_first();
  /// `root` is a place on the mount of the root folder.
  explicit RootsMounts(int root);
  /// Whether `place` lies on a mount of root's. Asks no file system anything.
  bool include(int place);

 private:
  std::vector<std::uint64_t> known_;
};

}  // namespace chainer
