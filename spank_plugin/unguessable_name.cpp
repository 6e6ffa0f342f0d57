#include "spank_plugin/unguessable_name.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>

namespace chainer {

Result<std::string> unguessable_name() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    return Error::from_errno("cannot get random bytes", errno);
  }
  return std::to_string(number);
}

}  // namespace chainer
