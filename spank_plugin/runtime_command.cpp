#include "spank_plugin/runtime_command.hpp"

#include <iterator>

#include "core/container/started_task.hpp"

namespace chainer {
namespace {

/// A field of a line of comma-separated values (RFC 4180), as --mount takes them.
std::string field(const std::string& key, const std::string& value) {
  std::string quoted = "\"";
  for (const char c : key + "=" + value) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string mount_line(const RuntimeBind& bind) {
  const std::string line =
      "type=bind," + field("source", bind.source) + "," + field("destination", bind.destination);
  return bind.access == Access::read_only ? line + ",ro" : line;
}

/// Turns off what Apptainer mounts by itself, because the binds name everything that a step shows.
/// The working directory is chosen inside the container.
std::vector<std::string> apptainer_command(const RuntimeOrder& order) {
  std::vector<std::string> words{order.program, "--silent",   "exec",
                                 "--no-home",   "--no-mount", "home,tmp,cwd,bind-paths",
                                 "--pwd",       "/"};
  for (const auto& bind : order.binds) {
    words.emplace_back("--mount");
    words.push_back(mount_line(bind));
  }
  words.push_back(order.image);
  words.push_back(order.command);
  return words;
}

/// What podman would have of its own, and the native runtime has from the host: namespaces, limits,
/// name resolution and names of users, file systems in memory. The root folder cannot be written.
/// CAP_SETFCAP is what the kernel wants of a root that makes a user namespace; it ends there.
constexpr const char* as_on_the_host[] = {"--cgroups=no-conmon",
                                          "--cgroupns=host",
                                          "--userns=host",
                                          "--network=host",
                                          "--pid=host",
                                          "--ipc=host",
                                          "--uts=host",
                                          "--group-add=keep-groups",
                                          "--ulimit=host",
                                          "--cap-drop=all",
                                          "--cap-add=setfcap",
                                          "--security-opt=no-new-privileges",
                                          "--security-opt=seccomp=unconfined",
                                          "--security-opt=label=disable",
                                          "--security-opt=unmask=ALL",
                                          "--dns=none",
                                          "--no-hosts",
                                          "--passwd=false",
                                          "--http-proxy=false",
                                          "--systemd=false",
                                          "--no-healthcheck",
                                          "--sdnotify=ignore",
                                          "--read-only",
                                          "--read-only-tmpfs=false"};

/// What podman keeps lies in the task's own folder, and the streams are the task's own.
std::vector<std::string> podman_command(const RuntimeOrder& order) {
  const auto own = [&](const char* option, const char* name) {
    return std::string(option) + "=" + order.folder + "/" + name;
  };
  std::vector<std::string> words{order.program,
                                 own("--root", "storage"),
                                 own("--runroot", "run"),
                                 own("--tmpdir", "tmp"),
                                 "--storage-driver=vfs",
                                 "--events-backend=none",
                                 "--cgroup-manager=cgroupfs",
                                 "--log-level=error",
                                 "run",
                                 "--detach",
                                 "--log-driver=passthrough",
                                 own("--pidfile", "pid"),
                                 descriptors_option,
                                 "0"};
  words.insert(words.end(), std::begin(as_on_the_host), std::end(as_on_the_host));
  for (const auto& bind : order.binds)
    words.push_back("--mount=" + mount_line(bind) + ",bind-propagation=rslave");
  words.insert(words.end(), {"--rootfs", order.image, order.command});
  return words;
}

}  // namespace

std::vector<std::string> runtime_command(const RuntimeOrder& order) {
  switch (order.runtime) {
    case Runtime::apptainer:
    case Runtime::singularity: return apptainer_command(order);
    case Runtime::podman: return podman_command(order);
    case Runtime::native: break;
  }
  return {};
}

}  // namespace chainer
