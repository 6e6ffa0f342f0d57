#include "spank_plugin/chainer_runtime/own_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

Error no_namespace(int error_number) {
  return Error::from_errno("cannot make a user namespace for the container", error_number)
      .with_hint(
          "an administrator must allow accounts to use user namespaces on this node; leave "
          "--chainer-runtime out until then");
}

Result<void> write_setting(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file) return no_namespace(errno);
  auto written = write_all(file.get(), text);
  if (!written) return no_namespace(written.error().error_number);
  return {};
}

std::string line_of(unsigned inside, unsigned outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1\n";
}

}  // namespace

Result<void> enter_own_namespace(uid_t user, gid_t group, int further) {
  const auto users = line_of(user, ::geteuid());
  const auto groups = line_of(group, ::getegid());
  if (::unshare(CLONE_NEWUSER | further) != 0) return no_namespace(errno);
  TRY(write_setting("/proc/self/uid_map", users));
  // The kernel demands this before the group map: dropping a group can open what keeps that group
  // out.
  TRY(write_setting("/proc/self/setgroups", "deny"));
  return write_setting("/proc/self/gid_map", groups);
}

}  // namespace chainer
