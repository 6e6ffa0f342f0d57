// A loop device over an open file.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {

/// A read-only loop device that detaches by itself when its last user, this owner or a mount, is
/// gone.
class LoopDevice {
 public:
  /// Loop devices belong to the whole machine and LOOP_CTL_GET_FREE reserves nothing: when another
  /// process takes the free one first, the next is tried. What the kernel shows of the device to
  /// everybody does not tell where `file` lies. `reader` is the account that may read the file.
  static Result<LoopDevice> attach(int file, const Account& reader);

  const std::string& path() const { return path_; }

 private:
  LoopDevice(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

}  // namespace chainer
