#include "node/doctor/kernel_health.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/text_file.hpp"
#include "core/unique_fd.hpp"

namespace chainer::doctor {
namespace {

constexpr std::size_t largest_list = 4 << 20;  // modules.dep of a distribution has 700 kB
constexpr char loop_control[] = "/dev/loop-control";

bool file_holds(const std::string& path, const std::string& text) {
  const auto read = read_file(path, largest_list);
  return read && read->find(text) != std::string::npos;
}

/// A module that is there is loaded by the first mount of its kind.
bool has_file_system(const std::string& name, const std::string& release) {
  if (file_holds("/proc/filesystems", "\t" + name + "\n")) return true;
  const auto modules = "/lib/modules/" + release + "/modules.";
  return file_holds(modules + "builtin", "/" + name + ".ko") ||
         file_holds(modules + "dep", "/" + name + ".ko");
}

/// The call is answered, even if by a refusal of what it is given here.
bool has_call(long answer) { return answer >= 0 || errno != ENOSYS; }

bool has_openat2() {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  const UniqueFd opened(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how))));
  return has_call(opened ? 0 : -1);
}

bool has_mount_api() {
  return has_call(::syscall(SYS_fsopen, nullptr, 0)) &&
         has_call(::syscall(SYS_open_tree, -1, "", 0)) &&
         has_call(::syscall(SYS_mount_setattr, -1, "", 0, nullptr, 0));
}

/// As root, has the kernel name a free device, which opening the control also loads the module for.
std::string why_no_loop_device(bool may_try) {
  struct stat status {};
  if (::stat(loop_control, &status) != 0) return std::strerror(errno);
  if (!may_try) return "";
  const UniqueFd control(::open(loop_control, O_RDWR | O_CLOEXEC));
  if (!control) return std::strerror(errno);
  const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
  if (number < 0) return std::strerror(errno);
  const auto device = "/dev/loop" + std::to_string(number);
  return ::stat(device.c_str(), &status) == 0 ? ""
                                              : device + ": " + std::string(std::strerror(errno));
}

/// Idmapped mounts below an overlay came with Linux 6.2.
bool has_writable_containers(const std::string& release) {
  int major = 0;
  int minor = 0;
  if (std::sscanf(release.c_str(), "%d.%d", &major, &minor) != 2) return true;
  return major > 6 || (major == 6 && minor >= 2);
}

HealthFinding missing(const std::string& what, const std::string& where, const std::string& why,
                      const std::string& next) {
  return {HealthLevel::problem, what, where, why, next};
}

}  // namespace

KernelFacts look_at_kernel() {
  KernelFacts kernel;
  utsname names{};
  ::uname(&names);
  kernel.release = names.release;
  kernel.has_squashfs = has_file_system("squashfs", kernel.release);
  kernel.has_overlay = has_file_system("overlay", kernel.release);
  kernel.is_loop_tried = ::geteuid() == 0;
  kernel.loop_failure = why_no_loop_device(kernel.is_loop_tried);
  kernel.has_openat2 = has_openat2();
  kernel.has_mount_api = has_mount_api();
  const auto most = read_file("/proc/sys/user/max_user_namespaces", 64);
  kernel.user_namespaces = most ? std::strtoul(most->c_str(), nullptr, 10) : 0;
  return kernel;
}

HealthFindings check_kernel(const KernelFacts& kernel) {
  HealthFindings found;
  const auto kernel_itself = "Linux " + kernel.release;
  if (!kernel.loop_failure.empty()) {
    found.push_back(missing("no loop device can be had: " + kernel.loop_failure, loop_control,
                            "images are mounted through one: every job with an image fails here",
                            "modprobe loop, and name loop in /etc/modules-load.d/loop.conf"));
  }
  if (!kernel.has_squashfs) {
    found.push_back(missing("the kernel has no squashfs", kernel_itself,
                            "images are squashfs files: every job with an image fails here",
                            "modprobe squashfs; else install the kernel package that has it"));
  }
  if (!kernel.has_overlay) {
    found.push_back(
        missing("the kernel has no overlay file system", kernel_itself,
                "containers that are writable, or whose image lacks a mount point, fail here",
                "modprobe overlay; else install the kernel package that has it"));
  }
  if (!kernel.has_openat2 || !kernel.has_mount_api) {
    found.push_back(missing(std::string("the kernel lacks ") +
                                (kernel.has_openat2 ? "the mount calls fsopen, open_tree and "
                                                      "mount_setattr"
                                                    : "the call openat2"),
                            kernel_itself, "no container can be put together safely without",
                            "use Linux 5.12 or newer on this node"));
  }
  if (!has_writable_containers(kernel.release)) {
    found.push_back({HealthLevel::warning, "the kernel maps no ids below an overlay", kernel_itself,
                     "--chainer-writable and --chainer-root are refused here",
                     "use Linux 6.2 or newer where people want these"});
  }
  if (kernel.user_namespaces == 0) {
    found.push_back({HealthLevel::warning, "there may be no user namespaces",
                     "/proc/sys/user/max_user_namespaces",
                     "--chainer-writable, --chainer-root and chainer-node run fail here",
                     "sysctl user.max_user_namespaces=10000 where people want these"});
  }
  if (!kernel.is_loop_tried && kernel.loop_failure.empty()) {
    found.push_back({HealthLevel::unseen, "whether a loop device can be had", loop_control,
                     "root alone may try", "run this as root"});
  }
  return found;
}

}  // namespace chainer::doctor
