#include "spank_plugin/user_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/result.hpp"

namespace chainer {
namespace {

std::string map_line(std::uint64_t inside, std::uint64_t outside, std::uint64_t count) {
  if (count == 0) return std::string();
  return std::to_string(inside) + " " + std::to_string(outside) + " " + std::to_string(count) +
         "\n";
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return Error::from_errno("cannot open " + path, errno);
  return write_all(fd.get(), text);
}

Result<void> write_maps(const std::string& process, const IdMaps& maps) {
  TRY(write_file(process + "/setgroups", "deny"));
  TRY(write_file(process + "/uid_map", maps.users.text()));
  return write_file(process + "/gid_map", maps.groups.text());
}

}  // namespace

IdMap IdMap::swap_with_root(unsigned id) {
  if (id == 0) return IdMap(map_line(0, 0, 0xffffffff));
  return IdMap(
      map_line(0, id, 1) + map_line(1, 1, id - 1) + map_line(id, 0, 1) +
      map_line(id + std::uint64_t{1}, id + std::uint64_t{1}, 0xffffffff - std::uint64_t{id} - 1));
}

IdMap IdMap::root_alone(unsigned id) { return IdMap(map_line(0, id, 1)); }

Result<UniqueFd> make_user_namespace(const IdMaps& maps) {
  // The child only holds the namespace until its descriptor is open.
  const auto child = static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child < 0) return Error::from_errno("cannot make a user namespace", errno);
  if (child == 0) {
    for (;;) ::pause();
  }
  const std::string process = "/proc/" + std::to_string(child);
  const auto mapped = write_maps(process, maps);
  UniqueFd fd(::open((process + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  const int open_error = errno;
  ::kill(child, SIGKILL);
  wait_for_end(child);
  if (!mapped) return mapped.error();
  if (!fd) return Error::from_errno("cannot open the user namespace", open_error);
  return fd;
}

}  // namespace chainer
