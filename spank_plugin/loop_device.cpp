#include "spank_plugin/loop_device.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

namespace chainer {

Result<LoopDevice> LoopDevice::attach(int file) {
  constexpr int most_tries = 256;  // more than the tasks that can race for devices on one machine
  // With blocks of a page, squashfs (Linux 6.4) keeps the pages that it reads two things from; with
  // smaller ones it reads them twice, every block of metadata among them. The store's files end on
  // a page.
  constexpr __u32 block_size = 4096;
  const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return Error::from_errno("cannot open /dev/loop-control", errno);

  loop_config config{};
  config.fd = static_cast<__u32>(file);
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
