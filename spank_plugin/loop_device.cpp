#include "spank_plugin/loop_device.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "spank_plugin/file_system_rights.hpp"

namespace chainer {
namespace {

/// The same file, opened anew on a mount of its own that nothing else sees. The kernel shows
/// everybody the path of a loop device's file (/sys/block/loopN/loop/backing_file), and the store's
/// paths say who uses which image; of this file it shows only that it is its mount's root: "/".
Result<UniqueFd> without_a_path(int file, const Account& reader) {
  const UniqueFd mount(static_cast<int>(
      ::syscall(SYS_open_tree, file, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  if (!mount) return Error::from_errno("cannot clone the mount of a store entry", errno);
  TRY_ASSIGN(const auto rights, FileSystemRights::take(reader));
  const std::string path = "/proc/self/fd/" + std::to_string(mount.get());
  UniqueFd reopened(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!reopened) return Error::from_errno("cannot open a store entry again", errno);
  return reopened;
}

}  // namespace

Result<LoopDevice> LoopDevice::attach(int file, const Account& reader) {
  constexpr int most_tries = 256;  // more than the tasks that can race for devices on one machine
  // With blocks of a page, squashfs (Linux 6.4) keeps a page from which it reads two things; with
  // smaller blocks it reads the page twice, and so every block of metadata. The store's files end
  // on a page boundary.
  constexpr __u32 block_size = 4096;
  const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return Error::from_errno("cannot open /dev/loop-control", errno);

  TRY_ASSIGN(auto anonymous, without_a_path(file, reader));
  loop_config config{};
  config.fd = static_cast<__u32>(anonymous.get());
  config.block_size = block_size;
  config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
  for (int i = 0; i < most_tries; ++i) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return Error::from_errno("cannot get a free loop device", errno);
    std::string path = "/dev/loop" + std::to_string(number);
    UniqueFd device(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!device) return Error::from_errno("cannot open " + path, errno);
    if (::ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) {
      return LoopDevice(std::move(device), std::move(path));
    }
    if (errno != EBUSY) return Error::from_errno("cannot set up " + path, errno);
  }
  return Error::from_errno("cannot get a free loop device", EBUSY, Fault::try_again);
}

}  // namespace chainer
