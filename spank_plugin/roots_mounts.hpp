// Which of the machine's mounts are root's, and not file systems that a user brought.
#pragma once

#include <cstdint>
#include <vector>

namespace chainer {

/// Each mount is looked up once.
class RootsMounts {
 public:
  /// `root` is a place on the mount of the root folder.
  explicit RootsMounts(int root);
  /// Whether `place` lies on a mount of root's. Asks no file system anything.
  bool include(int place);

 private:
  std::vector<std::uint64_t> known_;
};

}  // namespace chainer
