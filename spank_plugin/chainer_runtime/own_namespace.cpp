#include "spank_plugin/chainer_runtime/own_namespace.hpp"

#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "core/container/id_maps.hpp"

namespace chainer {
namespace {

Error no_namespace(int error_number) {
  return Error::from_errno("cannot make a user namespace for the container", error_number)
      .with_hint(
          "an administrator must allow accounts to use user namespaces on this node; leave "
          "--chainer-runtime out until then");
}

}  // namespace

Result<void> enter_own_namespace(uid_t user, gid_t group, int further) {
  const IdPair users{user, ::geteuid()}, groups{group, ::getegid()};
  if (::unshare(CLONE_NEWUSER | further) != 0) return no_namespace(errno);
  const auto written = write_id_maps("/proc/self", users, groups);
  return written ? written : no_namespace(written.error().error_number);
}

}  // namespace chainer
