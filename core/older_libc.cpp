// The probes are built with the libc of the node, and also run with that of an image, which may be
// older. Debian 12's static libstdc++ asks for one function that libc has only since 2.36, for its
// std::random_device, which nobody uses here. With one of our own, 2.35 is enough.
#include <sys/random.h>

extern "C" unsigned arc4random() {
  unsigned number = 0;
  [[maybe_unused]] const auto got = ::getrandom(&number, sizeof number, 0);
  return number;
}
