// A file system that is about to be mounted: the kernel's fsopen, fsconfig and fsmount.
#pragma once

#include <sys/mount.h>

#include <string>

#include "core/container/mount_tree.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// The kernel keeps its own words about a failure in the context's log; they say more than errno.
class FsContext {
 public:
  static Result<FsContext> open(const char* type);

  Result<void> set(const char* key, const std::string& value) {
    return configure(FSCONFIG_SET_STRING, key, value.c_str());
  }
  Result<void> set_flag(const char* key) { return configure(FSCONFIG_SET_FLAG, key, nullptr); }

  /// A detached mount with the flags.
  Result<UniqueFd> mount(MountFlags flags);

 private:
  FsContext(const char* type, UniqueFd fd) : type_(type), fd_(std::move(fd)) {}
  Result<void> configure(fsconfig_command command, const char* key, const char* value);
  Error failed(int error_number) const;

  const char* type_;
  UniqueFd fd_;
};

}  // namespace chainer
