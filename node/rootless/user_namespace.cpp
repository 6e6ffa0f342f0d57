#include "node/rootless/user_namespace.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/child_end.hpp"
#include "core/container/id_maps.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/text_file.hpp"

namespace chainer::rootless {
namespace {

constexpr std::size_t largest_setting = 64;

/// A kernel setting's first character; NUL where this kernel does not have it.
char setting(const std::string& proc_sys, const char* name) {
  const auto text = read_file(proc_sys + "/" + name, largest_setting);
  return text && text->size() <= 2 && !text->empty() ? text->front() : '\0';
}

Result<void> write_maps(pid_t child, const Identity& inside) {
  return write_id_maps("/proc/" + std::to_string(child), {inside.uid, ::geteuid()},
                       {inside.gid, ::getegid()});
}

/// In the child. A parent that ends before it has written the maps shows as the end of the pipe.
[[noreturn]] void run(Pipe gate, const std::function<int()>& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  gate.write_end.reset();
  char go = 0;
  if (::read(gate.read_end.get(), &go, 1) != 1) ::_exit(126);
  gate.read_end.reset();
  ::_exit(body());
}

}  // namespace

Result<pid_t> start_in_user_namespace(const Identity& inside, int further,
                                      const std::function<int()>& body) {
  TRY_ASSIGN(auto gate, Pipe::create());
  const auto child = static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_NEWUSER | further | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child < 0) return no_user_namespaces(errno);
  if (child == 0) run(std::move(gate), body);
  if (auto written = write_maps(child, inside); !written) {
    gate.write_end.reset();
    wait_for_end(child);
    return no_user_namespaces(written.error().error_number);
  }
  TRY(write_all(gate.write_end.get(), "g"));
  return child;
}

Error no_user_namespaces(int error_number, const std::string& proc_sys) {
  const auto error = Error::from_errno(
      "cannot make a user namespace, which a container without root needs", error_number);
  const auto with = [&](const std::string& hint) { return Error(error).with_hint(hint); };
  if (setting(proc_sys, "user/max_user_namespaces") == '0') {
    return with(
        "user namespaces are off here; an administrator can allow them: "
        "sysctl user.max_user_namespaces=15000");
  }
  if (setting(proc_sys, "kernel/unprivileged_userns_clone") == '0') {
    return with(
        "user namespaces are for root alone here; an administrator can allow them: "
        "sysctl kernel.unprivileged_userns_clone=1");
  }
  if (setting(proc_sys, "kernel/apparmor_restrict_unprivileged_userns") == '1') {
    return with(
        "AppArmor restricts user namespaces here; an administrator can allow them: "
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile with "
        "'userns,' for this program");
  }
  return with(
      "something keeps user namespaces from this process, such as the container that it "
      "runs in: run it outside of that");
}

}  // namespace chainer::rootless
