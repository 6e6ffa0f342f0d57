#include "core/container/id_maps.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string_view>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

Result<void> write_setting(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return Error::from_errno("cannot open " + path, errno);
  return write_all(file.get(), text);
}

std::string line_of(IdPair ids) {
  return std::to_string(ids.inside) + " " + std::to_string(ids.outside) + " 1\n";
}

}  // namespace

Result<void> write_id_maps(const std::string& process, IdPair user, IdPair group) {
  TRY(write_setting(process + "/uid_map", line_of(user)));
  // The kernel demands this before the group map: dropping a group can open what keeps that group
  // out.
  TRY(write_setting(process + "/setgroups", "deny"));
  return write_setting(process + "/gid_map", line_of(group));
}

}  // namespace chainer
